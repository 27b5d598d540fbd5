import type { Hex } from '../model/Hex.ts';
import type { KeyClass } from '../model/VerifyingKey.ts';
import type { Chain } from './client.ts';
import type { Deployment } from './deployment.ts';
import { programRegistry } from './generated/contracts.ts';
import { ask } from './reading.ts';

export type RegisteredKey = {
  /** The program that it verifies. */
  readonly programId: Hex;
  readonly keyClass: KeyClass;
  /** Whether it was stopped: nothing is proven under it any more. */
  readonly frozen: boolean;
};

/** In the order of the contract's enumeration. */
export const keyClasses: readonly KeyClass[] = ['development', 'ceremony'];

/** What the registry knows of a key; undefined when it knows none with this id. @throws ChainUnavailableError */
export async function readKey(chain: Chain, { contracts }: Deployment, keyId: Hex): Promise<RegisteredKey | undefined> {
  const { address } = contracts.programRegistry;
  const { abi } = programRegistry;
  const [{ keyClass, frozen }, programId] = await ask(
    `looking for key ${keyId}`,
    chain.client.readContract({ address, abi, functionName: 'keyOf', args: [keyId] }),
  );
  if (BigInt(programId) === 0n) return undefined;
  return { programId, keyClass: keyClasses[keyClass] as KeyClass, frozen };
}
