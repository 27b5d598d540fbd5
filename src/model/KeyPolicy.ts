/** @module Which keys may meet which chains. A development key's secrets are known, so it must never guard value. */
import { DevelopmentKeyError } from '../errors.ts';
import type { KeyClass } from './VerifyingKey.ts';

/** Chains that run on one's own machine: anvil, hardhat and ganache use these ids. */
const localChains: readonly number[] = [31337, 1337];

/** Public test networks, without value of their own. Source: https://chainlist.org. */
const testnets: Readonly<Record<number, string>> = {
  11155111: 'sepolia',
  17000: 'holesky',
  560048: 'hoodi',
  84532: 'base-sepolia',
  421614: 'arbitrum-sepolia',
  11155420: 'op-sepolia',
  80002: 'polygon-amoy',
  534351: 'scroll-sepolia',
};

/**
 * Checks that a key of this class may be registered or used on a chain: a ceremony key anywhere; a development key on
 * a local chain, and on a known test network where `allowList` names its chain id.
 * @throws DevelopmentKeyError
 */
export function requireKeyForChain(keyClass: KeyClass, chainId: number, allowList: readonly number[] = []): void {
  if (keyClass === 'ceremony' || localChains.includes(chainId)) return;
  const testnet = Object.hasOwn(testnets, chainId) ? testnets[chainId] : undefined;
  if (testnet !== undefined && allowList.includes(chainId)) return;
  throw new DevelopmentKeyError(`a development key may not be used on chain ${chainId}`, {
    at: testnet === undefined ? `chain ${chainId}` : `chain ${chainId} (${testnet})`,
    details: ['whoever knows its seed can prove anything'],
    remedy:
      testnet === undefined
        ? 'make a ceremony key'
        : 'make a ceremony key, or name the chain id in the list of test networks that take development keys',
  });
}
