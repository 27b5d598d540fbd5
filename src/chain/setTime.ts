/** @module The clock of a local chain: real data lies in the past, and a window's deadline cannot be waited for. */
import { createTestClient, http } from 'viem';
import { ConfigError } from '../errors.ts';
import { type Chain, isLocal } from './client.ts';
import { chainFailure } from './failure.ts';

/**
 * Moves a local chain's clock to a time, in seconds since 1970, with an empty block at that time, and returns the time
 * that it shows. The clock never goes back: when it is later already, nothing happens.
 * @throws ConfigError when the chain is not local, ChainUnavailableError
 */
export async function setTime(chain: Chain, timeSec: number): Promise<number> {
  if (!isLocal(chain.chainId)) {
    throw new ConfigError(`the clock of chain ${chain.chainId} cannot be moved: only local chains allow it`);
  }
  try {
    const now = Number((await chain.client.getBlock()).timestamp);
    if (now >= timeSec) return now;
    const clock = createTestClient({ mode: 'anvil', transport: http(chain.rpcUrl) });
    await clock.setNextBlockTimestamp({ timestamp: BigInt(timeSec) });
    await clock.mine({ blocks: 1 });
    return timeSec;
  } catch (cause) {
    throw chainFailure(cause, { what: "moving the chain's clock" });
  }
}
