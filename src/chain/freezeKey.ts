import { encodeFunctionData } from 'viem/utils';
import { DeploymentError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Deployment } from './deployment.ts';
import { programRegistry } from './generated/contracts.ts';
import type { Outbox } from './outbox.ts';
import { adoptedOutcome, fromSent, type Outcome } from './outcome.ts';
import { readKey } from './readKey.ts';

/**
 * Freezes a key for ever: no proof is accepted under it from then on, what it recorded stays. Adopts it when it is
 * frozen already.
 * @throws DeploymentError when the registry does not know the key; ContractForbiddenError when the sender is no
 * guardian; what `Outbox.retry` throws
 */
export async function freezeKey(
  outbox: Outbox,
  deployment: Deployment,
  keyId: Hex,
): Promise<Outcome & { readonly programId: Hex }> {
  const { address } = deployment.contracts.programRegistry;
  const { abi } = programRegistry;
  const found = await readKey(outbox.chain, deployment, keyId);
  if (!found) {
    throw new DeploymentError('the registry does not know the key', {
      at: keyId,
      remedy: 'check the id and the chain',
    });
  }
  const { programId } = found;
  if (found.frozen) return { ...adoptedOutcome, programId };
  const data = encodeFunctionData({ abi, functionName: 'freezeKey', args: [keyId] });
  return { ...fromSent(await outbox.retry({ what: `freeze key ${keyId}`, to: address, data })), programId };
}
