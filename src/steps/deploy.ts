import { type DeployResult, deploy as deployContracts } from '../chain/deploy.ts';
import type { ChainSession } from './openChain.ts';
import type { Toolbox } from './toolbox.ts';

/**
 * Brings the contracts onto the session's chain and gives out their roles, or adopts them when they are there.
 * @throws DeploymentError and what sending a transaction throws
 */
export async function deploy({ config, onProgress }: Toolbox, session: ChainSession): Promise<DeployResult> {
  const label = 'deploy contracts';
  onProgress({ label });
  const result = await deployContracts(session.outbox, {
    path: session.deploymentFile,
    developmentChains: config.developmentChains,
  });
  const gas = result.sent.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const note = result.adopted ? 'already there' : `${gas.toLocaleString('en')} gas`;
  onProgress({ label, finished: true, note });
  return result;
}
