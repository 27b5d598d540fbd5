import type { Deployment } from '../chain/deployment.ts';
import { registerKey } from '../chain/registerKey.ts';
import { registerProgram } from '../chain/registerProgram.ts';
import { requireKeyForChain } from '../model/KeyPolicy.ts';
import type { ChainSession } from './openChain.ts';
import type { Prepared } from './prepare.ts';
import type { Toolbox } from './toolbox.ts';

export type Registered = { readonly adopted: boolean; readonly gasUsed: bigint };

/**
 * Registers a program and its key, or adopts them when they are there. The registry examines the key itself.
 * @throws DevelopmentKeyError, DeploymentError, ContractForbiddenError and what sending a transaction throws
 */
export async function register(
  { config, onProgress }: Toolbox,
  { chain, outbox }: ChainSession,
  { deployment, circuit, keys }: Pick<Prepared, 'circuit' | 'keys'> & { readonly deployment: Deployment },
): Promise<Registered> {
  const label = `register ${circuit.name}`;
  onProgress({ label });
  // Before anything is sent: a program whose key may not follow would stay behind.
  requireRegistrable({ config }, { chain }, keys);
  const { verifyingKey } = keys;
  const { developmentChains } = config;
  const { programId, kind, parameters, publicCount: signalCount } = circuit;
  const program = await registerProgram(outbox, deployment, { programId, kind, parameters, signalCount });
  const key = await registerKey(outbox, deployment, { programId, verifyingKey, developmentChains });
  const adopted = program.adopted && key.adopted;
  const gasUsed = (program.sent?.gasUsed ?? 0n) + (key.sent?.gasUsed ?? 0n);
  onProgress({ label, finished: true, note: adopted ? 'already there' : `${gasUsed.toLocaleString('en')} gas` });
  return { adopted, gasUsed };
}

/** Whether a key may be registered on the session's chain at all. @throws DevelopmentKeyError */
export function requireRegistrable(
  { config }: Pick<Toolbox, 'config'>,
  { chain }: Pick<ChainSession, 'chain'>,
  { verifyingKey }: Prepared['keys'],
): void {
  requireKeyForChain(verifyingKey.keyClass, chain.chainId, config.developmentChains);
}
