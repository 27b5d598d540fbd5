import { stopLocalChain } from '../chain/services.ts';
import type { Toolbox } from './toolbox.ts';

/** Stops what was started in the background; the local chain's state stays. Says whether anything ran. */
export function down({ config }: Toolbox): Promise<boolean> {
  return stopLocalChain(config.dataDir);
}
