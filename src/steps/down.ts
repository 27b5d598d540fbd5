import { stopLocalChain } from '../chain/services.ts';
import { stopDatabase } from '../store/embedded.ts';
import type { Toolbox } from './toolbox.ts';

/** What was stopped; both keep their state for the next start. */
export type Stopped = { readonly chain: boolean; readonly database: boolean };

/** Stops what was started in the background. @throws ChainUnavailableError, StoreUnavailableError when one does not end */
export async function down({ config }: Toolbox): Promise<Stopped> {
  const [chain, database] = await Promise.all([stopLocalChain(config.dataDir), stopDatabase(config.dataDir)]);
  return { chain, database };
}
