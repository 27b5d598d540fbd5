import { type Deployment, openDeployment } from '../chain/deployment.ts';
import type { ChainSession } from './openChain.ts';

/** The contracts on the session's chain. @throws DeploymentError when there are none */
export function openDeployed({ chain, deploymentFile }: ChainSession): Promise<Deployment> {
  return openDeployment(chain, deploymentFile);
}
