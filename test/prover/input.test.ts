/** Bad inputs, as a file says them, on their way through the JSON parser and the prover. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProver, type Prover } from '../../prover/index.ts';
import { TallyError } from '../../src/errors.ts';
import type { Values } from '../../src/model/Computation.ts';
import { r } from '../../src/model/Field.ts';
import { Input } from '../../src/model/Input.ts';
import { Json } from '../../src/model/Json.ts';
import type { Fixture } from '../support/fixtures.ts';
import { loadSmall } from '../support/small.ts';

let fixture: Fixture;
let prover: Prover;

beforeAll(async () => {
  fixture = await loadSmall();
  prover = createProver({ threads: 1 });
});
afterAll(() => prover.close());

/** The members of a good input, each as JSON text. */
const good: Readonly<Record<string, string>> = {
  context: '1',
  y: '12',
  x: '"3"',
  d: '"-4"',
  h: '"0x5"',
  m: '[[2, "3"], ["4", 7]]',
};

/** Changes one member; `undefined` leaves it out. */
const withMember = (name: string, json: string | undefined): string =>
  text(
    Object.entries({ ...good, [name]: json }).filter((member): member is [string, string] => member[1] !== undefined),
  );

const text = (members: readonly (readonly [string, string])[]): string =>
  `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;

/** Like a command that reads an input file: parse, then prove. */
async function prove(json: string) {
  const { circuit, keys } = fixture;
  return prover.prove({ id: 'input', circuit, keys, input: Json.parse(json) as unknown as Values });
}

type Refusal = { readonly name: string; readonly at?: string | RegExp };

/** The error is of one class, names its place, and quotes nothing of a private value. */
async function expectRefused(json: string, { name, at }: Refusal, secret?: string): Promise<void> {
  const error = await prove(json).then(
    () => 'proven',
    (error) => error,
  );
  expect(error, json.slice(0, 200)).toBeInstanceOf(TallyError);
  expect(error, json.slice(0, 200)).toMatchObject({ name, exitCode: 2 });
  if (typeof at === 'string') expect(error.at).toBe(at);
  else if (at) expect(error.at).toMatch(at);
  if (secret !== undefined) expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret);
}

/** The same refusal without a worker. */
function expectParseRefused(json: string, name: string): void {
  expect(() => Input.parse(fixture.circuit.signals, Json.parse(json))).toThrow(expect.objectContaining({ name }));
}

test('default: the good input is proven', async () => {
  expect((await prove(text(Object.entries(good)))).signals).toEqual([1n, 12n]);
});

describe('rows', () => {
  test('L24 an input that is not below r, or beyond its range, with its path', async () => {
    for (const value of [r, r + 5n, 2n ** 256n - 1n]) {
      const decimal = JSON.stringify(`${value}`);
      await expectRefused(withMember('h', decimal), { name: 'InputRangeError', at: 'h' }, `${value}`);
      await expectRefused(withMember('m', `[[1, 2], [${decimal}, 4]]`), { name: 'InputRangeError', at: 'm[1][0]' });
      expectParseRefused(withMember('h', decimal), 'InputRangeError');
    }
    await expectRefused(withMember('x', `"${2n ** 64n}"`), { name: 'InputRangeError', at: 'x' }, `${2n ** 64n}`);
    await expectRefused(withMember('d', '"101"'), { name: 'InputRangeError', at: 'd' });
    await expectRefused(withMember('context', `"${2n ** 248n}"`), { name: 'InputRangeError', at: 'context' });
  });

  test('L25 a negative input where the schema is unsigned; a signed one within its bounds', async () => {
    for (const name of ['x', 'h', 'context']) {
      await expectRefused(withMember(name, '"-1"'), { name: 'InputRangeError', at: name });
      await expectRefused(withMember(name, '-1'), { name: 'InputRangeError', at: name });
    }
    await expectRefused(withMember('d', '-101'), { name: 'InputRangeError', at: 'd' });
    expect((await prove(text(Object.entries({ ...good, d: '-4' })))).signals).toEqual([1n, 12n]);
  });

  test('L26 a number beyond 2^53, a fraction, an exponent', async () => {
    for (const number of ['9007199254740993', '1e21', '1.5', '1e400', '-1e21', '123456789012345678901234567890']) {
      await expectRefused(withMember('x', number), { name: 'InputPrecisionError', at: 'x' }, number);
      await expectRefused(withMember('m', `[[1, 2], [3, ${number}]]`), { name: 'InputPrecisionError', at: 'm[1][1]' });
    }
    const { circuit, keys, job } = fixture;
    const { input } = job({
      context: 1n,
      y: 12n,
      x: 3n,
      d: -4n,
      h: 5n,
      m: [
        [2n, 3n],
        [4n, 7n],
      ],
    });
    for (const x of [2 ** 53, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const refused = prover.prove({ id: 'number', circuit, keys, input: { ...input, x } as unknown as Values });
      await expect(refused).rejects.toMatchObject({ name: 'InputPrecisionError', exitCode: 2, at: 'x' });
    }
  });

  test('L27 any notation but plain decimal; hex where the schema allows it', async () => {
    const notations = [
      '0X1',
      '+3',
      ' 3',
      '3 ',
      '1_0',
      '٣',
      '３',
      '0b11',
      '0o7',
      '1e3',
      '3.0',
      '03',
      '-0',
      '--1',
      '0x',
      'three',
    ];
    for (const notation of notations) {
      const json = JSON.stringify(notation);
      for (const name of ['x', 'd', 'h'])
        await expectRefused(withMember(name, json), { name: 'InputTypeError', at: name });
      expectParseRefused(withMember('x', json), 'InputTypeError');
    }
    await expectRefused(withMember('x', '"0x3"'), { name: 'InputTypeError', at: 'x' });
    await expectRefused(withMember('h', '"0xA"'), { name: 'InputTypeError', at: 'h' });
    await expectRefused(withMember('x', `"${'9'.repeat(1_000_000)}"`), { name: 'InputTypeError', at: 'x' }, '999');
  });

  test('L28 an empty string, null, a boolean, an object', async () => {
    for (const json of ['""', 'null', 'true', 'false', '{}', '{"0": 3}']) {
      await expectRefused(withMember('x', json), { name: 'InputTypeError', at: 'x' });
      await expectRefused(withMember('m', `[[1, 2], [3, ${json}]]`), { name: 'InputTypeError', at: 'm[1][1]' });
      expectParseRefused(withMember('x', json), 'InputTypeError');
    }
    for (const json of ['null', '[]', '"input"', '3', 'true']) await expectRefused(json, { name: 'InputTypeError' });
  });

  test('L29 an array for a scalar, a scalar for an array, a flattened matrix', async () => {
    await expectRefused(withMember('x', '[3]'), { name: 'InputShapeError', at: 'x' });
    await expectRefused(withMember('x', '[]'), { name: 'InputShapeError', at: 'x' });
    await expectRefused(withMember('m', '3'), { name: 'InputShapeError', at: 'm' });
    await expectRefused(withMember('m', '[2, 3, 4, 7]'), { name: 'InputShapeError', at: 'm' });
    await expectRefused(withMember('m', '[2, 3]'), { name: 'InputShapeError', at: 'm[0]' });
    await expectRefused(withMember('m', '[[[2], 3], [4, 7]]'), { name: 'InputShapeError', at: 'm[0][0]' });
    await expectRefused(withMember('m', '{"0": [2, 3], "1": [4, 7]}'), { name: 'InputShapeError', at: 'm' });
  });

  test('L30 a missing signal is named', async () => {
    for (const name of Object.keys(good)) {
      await expectRefused(withMember(name, undefined), { name: 'InputMissingError', at: name });
    }
    await expectRefused('{}', { name: 'InputMissingError', at: 'context' });
  });

  test('L31 an extra signal is named', async () => {
    for (const name of ['z', 'X', 'main.x', 'x ', 'determinant', '']) {
      await expectRefused(withMember(name, '1'), { name: 'InputUnknownError', at: name });
    }
  });

  test('L32 an array that is too long or too short: expected and got', async () => {
    const error = await prove(withMember('m', '[[2, 3, 5], [4, 7]]')).catch((error) => error);
    expect(error).toMatchObject({ name: 'InputShapeError', exitCode: 2, at: 'm[0]' });
    expect(error.message).toContain('must have 2 elements, got 3');
    await expectRefused(withMember('m', '[[2, 3]]'), { name: 'InputShapeError', at: 'm' });
    await expectRefused(withMember('m', '[[2], [4, 7]]'), { name: 'InputShapeError', at: 'm[0]' });
    await expectRefused(withMember('m', '[]'), { name: 'InputShapeError', at: 'm' });
  });

  test('L32 an array of ten million elements', () => {
    const huge = { context: 1n, y: 12n, x: 3n, d: -4n, h: 5n, m: new Array(10_000_000).fill(1n) };
    const started = performance.now();
    expect(() => Input.parse(fixture.circuit.signals, huge)).toThrow('m must have 2 elements, got 10000000');
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('L33 `__proto__` and `constructor` are unknown signals; Object.prototype is unchanged', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype).toSorted();
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      for (const json of ['1', '{"polluted": 1}', '{"x": 3}']) {
        await expectRefused(`${text(Object.entries(good)).slice(0, -1)},"${name}":${json}}`, {
          name: 'InputUnknownError',
          at: name,
        });
      }
    }
    await expectRefused('{"__proto__":{"context":1,"y":12,"x":3,"d":-4,"h":"5","m":[[2,3],[4,7]]}}', {
      name: 'InputUnknownError',
      at: '__proto__',
    });
    expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(before);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('L34 a key that is there twice', async () => {
    const members = Object.entries(good);
    await expectRefused(text([...members, ['x', '"4"']]), { name: 'JsonError', at: 'x' });
    await expectRefused(`${text(members).slice(0, -1)},"\\u0078":"4"}`, { name: 'JsonError', at: 'x' });
  });

  test('an input that is not data is refused, not sent', async () => {
    const { circuit, keys } = fixture;
    const input = { x: () => 3n } as unknown as Values;
    await expect(prover.prove({ id: 'function', circuit, keys, input })).rejects.toMatchObject({
      name: 'InputTypeError',
      exitCode: 2,
    });
  });
});
