import { readTextBounded } from '../files.ts';
import { Json } from '../model/Json.ts';
import { ProofFile } from '../model/ProofFile.ts';
import { crossCheck } from './crossCheck.ts';
import { openChain } from './openChain.ts';
import { openDeployed } from './openDeployed.ts';
import type { Toolbox } from './toolbox.ts';
import { findKey } from './verifyFile.ts';

/**
 * Asks every verifier there is of a proof on disk, and whether they agree; what they say is for `verifyFile` to tell.
 * @throws VerifiersDisagreeError, DeploymentError and what opening the chain and the file throws
 */
export async function verifyEverywhere(toolbox: Toolbox, path: string): Promise<void> {
  const proofs = [ProofFile.parse(Json.parse(await readTextBounded(path), path), path)];
  const session = await openChain(toolbox);
  try {
    const deployment = await openDeployed(session);
    await crossCheck(toolbox, session, { deployment, proofs, findKey: (id) => findKey(toolbox, id) });
  } finally {
    await session.close();
  }
}
