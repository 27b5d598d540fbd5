import { deploymentPath, openDeployment } from '../chain/deployment.ts';
import { type RecordRow, readRecords } from '../chain/readRecords.ts';
import { connectChain } from './openChain.ts';
import type { Toolbox } from './toolbox.ts';

/**
 * The rows of the ledger in order, checked against their hash chain; with `last`, the newest ones only.
 * @throws ChainUnavailableError, DeploymentError, RecordsBrokenError
 */
export async function records(
  toolbox: Toolbox,
  { last }: { readonly last?: number | undefined } = {},
): Promise<readonly RecordRow[]> {
  const { config } = toolbox;
  const { chain } = await connectChain(toolbox);
  const path = deploymentPath({ root: config.root, dataDir: config.dataDir, chainId: chain.chainId });
  const deployment = await openDeployment(chain, path);
  const { records: rows } = await readRecords(chain, deployment);
  return last === undefined ? rows : rows.slice(-last);
}
