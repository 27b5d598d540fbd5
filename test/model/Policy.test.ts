import { describe, expect, test } from 'vitest';
import { InputPrecisionError, JsonError, PolicyError, SchemaVersionError } from '../../src/errors.ts';
import { Policy } from '../../src/model/Policy.ts';

const token = `0x${'11'.repeat(20)}`;

describe('Policy', () => {
  test('default: nothing is tolerated, and what is twice in three windows is systemic', () => {
    const standard = { tolerance: 0n, lateSeconds: 0, driftMax: 0n, systemic: { windows: 2, of: 3 }, tokens: {} };
    expect(Policy.parse('{"version":1}', 'p')).toEqual({ version: 1, reconcile: standard });
    expect(Policy.parse('{"version":1,"reconcile":{}}', 'p')).toEqual(Policy.standard);
  });

  test('behavior: every entry can be set', () => {
    const entries = {
      tolerance: '5',
      lateSeconds: 60,
      driftMax: '100',
      systemic: { windows: 3, of: 5 },
      tokens: { 203: token },
    };
    expect(Policy.parse(JSON.stringify({ version: 1, reconcile: entries }), 'p').reconcile).toEqual({
      ...entries,
      ...{ tolerance: 5n, driftMax: 100n },
    });
  });

  test('behavior: the hash is of what holds, however it is written', () => {
    const hash = Policy.hash(Policy.standard);
    expect(Policy.hash(Policy.parse('{ "reconcile": {"tolerance": "0"}, "version": 1 }', 'p'))).toBe(hash);
    expect(Policy.hash(Policy.parse('{"version":1,"reconcile":{"tolerance":"1"}}', 'p'))).not.toBe(hash);
  });

  test.each([
    ['no object', '[]', PolicyError],
    ['no JSON', '{', JsonError],
    ['no version', '{}', SchemaVersionError],
    ['a later version', '{"version":2}', SchemaVersionError],
    ['an unknown entry', '{"version":1,"roles":{}}', PolicyError],
    ['an unknown entry below', '{"version":1,"reconcile":{"grace":1}}', PolicyError],
    ['a tolerance as a number', '{"version":1,"reconcile":{"tolerance":5}}', PolicyError],
    ['a tolerance below 0', '{"version":1,"reconcile":{"tolerance":"-5"}}', PolicyError],
    ['half a second', '{"version":1,"reconcile":{"lateSeconds":0.5}}', InputPrecisionError],
    ['more than a century', '{"version":1,"reconcile":{"lateSeconds":9999999999}}', PolicyError],
    ['more windows than are looked at', '{"version":1,"reconcile":{"systemic":{"windows":4,"of":3}}}', PolicyError],
    ['half a rule', '{"version":1,"reconcile":{"systemic":{"windows":2}}}', PolicyError],
    ['an asset with a name', `{"version":1,"reconcile":{"tokens":{"CZK":"${token}"}}}`, PolicyError],
    ['an asset beyond 32 bits', `{"version":1,"reconcile":{"tokens":{"4294967296":"${token}"}}}`, PolicyError],
    ['a token that is no address', '{"version":1,"reconcile":{"tokens":{"203":"0x11"}}}', PolicyError],
    ['a token of two assets', `{"version":1,"reconcile":{"tokens":{"1":"${token}","2":"${token}"}}}`, PolicyError],
  ])('error: %s', (_, text, Class) => {
    expect(() => Policy.parse(text, 'p')).toThrow(Class);
  });
});
