import type { Chain } from '../chain/client.ts';
import { readDeployment } from '../chain/deployment.ts';
import { findLastAnchor } from '../chain/readAnchors.ts';
import { requireAnchored } from '../journal/anchors.ts';
import type { Hex } from '../model/Hex.ts';
import type { JournalSession } from './openJournal.ts';

export type AnchoredOptions = {
  readonly chain: Chain;
  readonly deploymentFile: string;
  /** Whose anchors count: others may anchor journals of their own with the same ledger. */
  readonly sender: Hex;
};

/**
 * Makes sure that the journal is not older than its last anchor on the chain, as a database restored from a backup would
 * be: such a one does not know what was sent since, and must send nothing.
 * @throws JournalTruncatedError, ChainUnavailableError, DeploymentError
 */
export async function requireAnchoredJournal(
  { store, journal, signer: { key } }: JournalSession,
  { chain, deploymentFile, sender }: AnchoredOptions,
): Promise<void> {
  const deployment = await readDeployment(deploymentFile);
  if (!deployment || deployment.genesis !== chain.genesis) return;
  const anchor = await findLastAnchor(chain, deployment, sender);
  if (!anchor) return;
  await store.transaction(journal.tenant, (tx) => requireAnchored(tx, { journal, key }, [anchor]));
}
