import { localChainId } from '../chain/anvil.ts';
import { deploymentPath, readDeployment } from '../chain/deployment.ts';
import type { StatementPlace } from './planStatements.ts';
import type { Toolbox } from './toolbox.ts';

/**
 * The ledger of the configured chain as its deployment file names it, for statements that need a context; nothing when
 * nothing is deployed. The chain itself is not asked: proving needs none.
 * @throws DeploymentError when the file is damaged
 */
export async function findPlace(
  { config }: Toolbox,
  { stream, window }: { readonly stream: number; readonly window: number },
): Promise<StatementPlace | undefined> {
  const chainId = config.chain.rpcUrls.length === 0 ? localChainId : config.chain.chainId;
  if (chainId === undefined) return undefined;
  const deployment = await readDeployment(deploymentPath({ root: config.root, dataDir: config.dataDir, chainId }));
  // The beneficiary is the operator, who deployed.
  return deployment && { deployment, stream, window, beneficiary: deployment.deployer };
}
