import { ContractRevertError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Proof } from '../model/Proof.ts';
import { Seal } from '../model/Seal.ts';
import type { Statement } from '../model/Statement.ts';
import type { Chain } from './client.ts';
import type { Deployment } from './deployment.ts';
import { programRegistry } from './generated/contracts.ts';
import { ask } from './reading.ts';

/**
 * Whether the deployed verifier accepts a proof of a statement under a registered key. Nothing is sent.
 * @throws ContractForbiddenError when program or key is unknown or frozen, ChainUnavailableError
 */
export async function verifyOnChain(
  chain: Chain,
  { contracts }: Deployment,
  { statement, keyId, proof }: { readonly statement: Statement; readonly keyId: Hex; readonly proof: Proof },
): Promise<boolean> {
  const { address } = contracts.programRegistry;
  const args = [statement.programId, keyId, statement.signals, Seal.encode(proof)] as const;
  try {
    await ask(
      'verifying a proof on chain',
      chain.client.readContract({ address, abi: programRegistry.abi, functionName: 'verify', args }),
    );
    return true;
  } catch (error) {
    if (error instanceof ContractRevertError && error.reason.name === 'ProofRejected') return false;
    throw error;
  }
}
