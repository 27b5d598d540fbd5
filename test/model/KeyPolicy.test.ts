import { describe, expect, test } from 'vitest';
import { DevelopmentKeyError } from '../../src/errors.ts';
import { requireKeyForChain } from '../../src/model/KeyPolicy.ts';

const testnets = [11155111, 17000, 560048, 84532, 421614, 11155420, 80002, 534351];
const withValue = [1, 10, 56, 100, 137, 8453, 42161, 59144, 534352, 0, 2, 31338];

describe('requireKeyForChain', () => {
  test('default: a ceremony key goes anywhere, a development key to local chains', () => {
    for (const chainId of [1, 31337, ...testnets]) expect(() => requireKeyForChain('ceremony', chainId)).not.toThrow();
    for (const chainId of [31337, 1337]) expect(() => requireKeyForChain('development', chainId)).not.toThrow();
  });

  test('L19 a development key goes to a known test network only where the list names it', () => {
    for (const chainId of testnets) {
      expect(() => requireKeyForChain('development', chainId)).toThrow(DevelopmentKeyError);
      expect(() => requireKeyForChain('development', chainId, [chainId + 1])).toThrow(DevelopmentKeyError);
      expect(() => requireKeyForChain('development', chainId, [chainId])).not.toThrow();
    }
  });

  test('L19 a development key goes to no other chain, whatever the list says', () => {
    for (const chainId of withValue) {
      expect(() => requireKeyForChain('development', chainId)).toThrow(DevelopmentKeyError);
      expect(() => requireKeyForChain('development', chainId, [chainId, ...testnets])).toThrow(DevelopmentKeyError);
    }
    expect(new DevelopmentKeyError('').exitCode).toBe(7);
  });
});
