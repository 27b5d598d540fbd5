import { freezeKey as freeze } from '../chain/freezeKey.ts';
import { UsageError } from '../errors.ts';
import { Hex } from '../model/Hex.ts';
import type { ChainSession } from './openChain.ts';
import { openDeployed } from './openDeployed.ts';
import type { Toolbox } from './toolbox.ts';

export type Frozen = { readonly keyId: Hex; readonly programId: Hex; readonly adopted: boolean };

/**
 * Stops a key on chain for ever. Statements that were recorded under it stay, and stay unique: under a standby key only
 * new ones are taken.
 * @throws UsageError, DeploymentError, ContractForbiddenError and what sending a transaction throws
 */
export async function freezeKey({ onProgress }: Toolbox, session: ChainSession, keyId: string): Promise<Frozen> {
  if (!Hex.is(keyId, 32)) throw new UsageError('a key is frozen by its whole id: 0x and 64 digits', { at: keyId });
  const label = `freeze key ${keyId.slice(0, 10)}…`;
  onProgress({ label });
  const { adopted, programId } = await freeze(session.outbox, await openDeployed(session), keyId);
  onProgress({ label, finished: true, note: adopted ? 'frozen before' : 'frozen' });
  return { keyId, programId, adopted };
}
