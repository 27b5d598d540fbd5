import { deploymentPath, openDeployment } from '../chain/deployment.ts';
import { type Anchor, readAnchors } from '../chain/readAnchors.ts';
import { connectChain } from './openChain.ts';
import type { Toolbox } from './toolbox.ts';

/** The journal heads that the configured chain's ledger has. @throws ChainUnavailableError, DeploymentError */
export async function findAnchors(toolbox: Toolbox): Promise<readonly Anchor[]> {
  const { config } = toolbox;
  const { chain } = await connectChain(toolbox);
  const path = deploymentPath({ root: config.root, dataDir: config.dataDir, chainId: chain.chainId });
  return readAnchors(chain, await openDeployment(chain, path));
}
