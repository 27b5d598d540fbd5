import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputPrecisionError, JsonError } from '../../src/errors.ts';
import { Json, jsonDepthMax } from '../../src/model/Json.ts';

describe('Json.parse', () => {
  test('default: values of every kind', () => {
    const value = Json.parse('{"a": [1, -2, "3", true, null], "b": {"c": ""}}');
    expect(JSON.parse(JSON.stringify(value))).toEqual({ a: [1, -2, '3', true, null], b: { c: '' } });
  });

  test('L26 a number that a double does not hold exactly', () => {
    for (const text of ['9007199254740993', '9007199254740992', '1.5', '0.1', '1e21', '-9007199254740993']) {
      expect(() => Json.parse(`{"x": ${text}}`), text).toThrow(InputPrecisionError);
    }
    expect(() => Json.parse('{"x": {"y": [0, 1.5]}}')).toThrow(expect.objectContaining({ at: 'x.y[1]' }));
  });

  test('L33 `__proto__` and `constructor` are ordinary keys; Object.prototype stays as it was', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const value = Json.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  });

  test('L34 duplicate keys, also when written with escapes', () => {
    for (const text of [
      '{"x": 1, "x": 1}',
      '{"a": {"x": 1, "x": 2}}',
      '{"x": 1, "\\u0078": 2}',
      '{"__proto__":1,"__proto__":2}',
    ]) {
      expect(() => Json.parse(text), text).toThrow(JsonError);
    }
  });

  test('error: malformed text is refused with its place and without its content', () => {
    const secret = '31337133731337';
    for (const text of [
      '',
      '{',
      '[1,]',
      '{"a":1,}',
      "{'a':1}",
      '{a:1}',
      '[NaN]',
      '[01]',
      '[+1]',
      '[1] 2',
      `["${secret}`,
      '// x\n1',
      'undefined',
    ]) {
      expect(() => Json.parse(text), text).toThrow(JsonError);
    }
    expect(() => Json.parse(`{"x": ${secret} ${secret}}`)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) }),
    );
  });

  test('error: a byte-order mark, nesting without end', () => {
    expect(() => Json.parse('\uFEFF{}')).toThrow(JsonError);
    expect(() => Json.parse('['.repeat(100_000))).toThrow(JsonError);
    expect(() => Json.parse('{"a":'.repeat(100_000))).toThrow(JsonError);
    const deepest = `${'['.repeat(jsonDepthMax)}${']'.repeat(jsonDepthMax)}`;
    expect(Json.parse(deepest)).toBeInstanceOf(Array);
    expect(Json.parse(`"${'['.repeat(1000)}"`)).toHaveLength(1000);
  });
});

describe('Json.parseLine', () => {
  const outcome = (parse: () => unknown) => {
    try {
      return { value: JSON.stringify(parse()) };
    } catch (error) {
      return { error: (error as Error).name };
    }
  };
  const member = fc.oneof(
    ...[fc.string(), fc.integer(), fc.maxSafeInteger(), fc.double(), fc.boolean(), fc.constant(null)],
    ...[fc.array(fc.string()), fc.object()],
  );
  const key = fc.oneof(fc.string(), fc.constantFrom('a', '1', '__proto__', 'constructor', 'amount'));
  const object = fc.dictionary(key, member, { noNullPrototype: true });

  test('default: gives what the strict parser gives, or fails as it does', () => {
    fc.assert(
      fc.property(
        object,
        fc.nat(),
        fc.constantFrom('', ' ', '"', '{', '}', ',', '0', '9', 'e', '.', '-', '\\'),
        (value, at, piece) => {
          const text = JSON.stringify(value);
          const place = at % (text.length + 1);
          for (const each of [text, `${text.slice(0, place)}${piece}${text.slice(place)}`, text.slice(place)]) {
            expect(
              outcome(() => Json.parseLine(each, 'x')),
              each,
            ).toEqual(outcome(() => Json.parse(each, 'x')));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":9007199254740993}',
    '{"a":1.5}',
    '{"a":1e3}',
    '{"a":-0}',
    '{"__proto__":{}}',
    '\uFEFF{}',
  ])('behavior: %s as the strict parser does', (text) => {
    expect(outcome(() => Json.parseLine(text, 'x'))).toEqual(outcome(() => Json.parse(text, 'x')));
  });

  test('error: nesting without end', () => {
    expect(() => Json.parseLine('{"a":'.repeat(100_000), 'x')).toThrow(JsonError);
    expect(() => Json.parseLine(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'x')).toThrow(JsonError);
  });
});

describe('Json.canonical', () => {
  test('default: sorted keys, no white space, bigints as strings', () => {
    expect(Json.canonical({ b: [1n, { d: -5n, c: 'x' }], a: undefined, A: null })).toBe(
      '{"A":null,"b":["1",{"c":"x","d":"-5"}]}',
    );
  });
});
