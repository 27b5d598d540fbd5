import { join } from 'node:path';
import { localAccount, operatorAccount } from '../chain/account.ts';
import { type Chain, connect } from '../chain/client.ts';
import { deploymentPath } from '../chain/deployment.ts';
import { type Outbox, openOutbox } from '../chain/outbox.ts';
import { ensureLocalChain } from '../chain/services.ts';
import type { Toolbox } from './toolbox.ts';

/** A connection with a writer: close it, or the account's nonces stay taken while the process lives. */
export type ChainSession = {
  readonly chain: Chain;
  readonly outbox: Outbox;
  /** Where this chain's deployment is written down. */
  readonly deploymentFile: string;
  /** Whether the chain is the embedded one, whose clock may be moved. */
  readonly isEmbedded: boolean;
  readonly close: () => Promise<void>;
};

/** The embedded chain begins with the first day of the oldest data that is netted on it. */
const genesisTimeSec = Date.UTC(1993, 0, 1) / 1000;

/** The chain that the configuration names, or the embedded one, started or adopted. @throws ChainUnavailableError */
export async function connectChain({ config, onProgress }: Toolbox): Promise<{ chain: Chain; isEmbedded: boolean }> {
  const { rpcUrl, chainId } = config.chain;
  if (rpcUrl !== undefined) return { chain: await connect({ rpcUrl, chainId }), isEmbedded: false };
  const label = 'local chain';
  onProgress({ label });
  const local = await ensureLocalChain({ folder: config.dataDir, genesisTimeSec });
  onProgress({ label, finished: true, note: local.note ?? `${local.how}, ${local.url}` });
  return { chain: await connect({ rpcUrl: local.url, chainId: local.chainId }), isEmbedded: true };
}

/**
 * Connects, and takes the operator's nonces: what an earlier process left unsent goes out first.
 * @throws ChainUnavailableError, OperatorKeyError, OutboxLockedError
 */
export async function openChain(toolbox: Toolbox): Promise<ChainSession> {
  const { config, onProgress } = toolbox;
  const { chain, isEmbedded } = await connectChain(toolbox);
  const { chainId } = chain;
  const hasOwnKey = process.env.TALLY_OPERATOR_KEY !== undefined || config.chain.operatorKeyFile !== undefined;
  const account =
    isEmbedded && !hasOwnKey
      ? localAccount()
      : await operatorAccount({ env: process.env, keyFile: config.chain.operatorKeyFile, chainId });
  const outbox = await openOutbox({ chain, account, folder: join(config.dataDir, 'outbox') });
  for (const { what, state } of outbox.recovered) {
    onProgress({ label: `finished what an earlier run left: ${what}`, finished: true, note: state });
  }
  const deploymentFile = deploymentPath({ root: config.root, dataDir: config.dataDir, chainId });
  return { chain, outbox, deploymentFile, isEmbedded, close: () => outbox.close() };
}
