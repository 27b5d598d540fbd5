import { join } from 'node:path';
import { localAccount, operatorAccount, type Signer } from '../chain/account.ts';
import { type Chain, connect } from '../chain/client.ts';
import { deploymentPath } from '../chain/deployment.ts';
import { refuseOldOutbox } from '../chain/oldOutbox.ts';
import { type Outbox, type OutboxOptions, openOutbox } from '../chain/outbox.ts';
import { ensureLocalChain } from '../chain/services.ts';
import { noteEvents } from './noteEvents.ts';
import { type JournalSession, openJournal } from './openJournal.ts';
import { openStore } from './openStore.ts';
import { requireAnchoredJournal } from './requireAnchoredJournal.ts';
import type { Toolbox } from './toolbox.ts';

/** A connection with a writer: close it, or the account's nonces stay taken while the process lives. */
export type ChainSession = {
  readonly chain: Chain;
  readonly outbox: Outbox;
  /** The database, and the journal that is told of every transaction. */
  readonly journal: JournalSession;
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
  const { rpcUrls, chainId } = config.chain;
  if (rpcUrls.length > 0) return { chain: await connect({ rpcUrl: rpcUrls, chainId }), isEmbedded: false };
  const label = 'local chain';
  onProgress({ label });
  const local = await ensureLocalChain({ folder: config.dataDir, genesisTimeSec });
  onProgress({ label, finished: true, note: local.note ?? `${local.how}, ${local.url}` });
  return { chain: await connect({ rpcUrl: local.url, chainId: local.chainId }), isEmbedded: true };
}

/**
 * Connects, and takes the operator's nonces: what an earlier process left unsent goes out first. Before that the journal
 * must be as new as what is anchored on the chain.
 * @throws ChainUnavailableError, OperatorKeyError, OutboxLockedError, OutboxFileError, JournalTruncatedError and what
 * `openStore`, `openJournal` and `openOutbox` throw
 */
export async function openChain(toolbox: Toolbox, onStep?: OutboxOptions['onStep']): Promise<ChainSession> {
  const { config } = toolbox;
  const { chain, isEmbedded } = await connectChain(toolbox);
  const account = await chooseAccount(toolbox, { chain, isEmbedded });
  await refuseOldOutbox(join(config.dataDir, 'outbox'), { chainId: chain.chainId, address: account.address });
  const deploymentFile = deploymentPath({ root: config.root, dataDir: config.dataDir, chainId: chain.chainId });
  const session = await openStore(toolbox);
  try {
    const journal = await openJournal(toolbox, session);
    await requireAnchoredJournal(journal, { chain, deploymentFile, sender: account.address });
    const outbox = await openWriter(toolbox, { chain, account, journal, onStep });
    const close = async () => {
      await outbox.close();
      await session.store.close();
    };
    return { chain, outbox, journal, deploymentFile, isEmbedded, close };
  } catch (error) {
    await session.store.close();
    throw error;
  }
}

type WriterOptions = {
  readonly chain: Chain;
  readonly account: Signer;
  readonly journal: JournalSession;
  readonly onStep: OutboxOptions['onStep'];
};

async function openWriter(toolbox: Toolbox, { chain, account, journal, onStep }: WriterOptions): Promise<Outbox> {
  const { config, onProgress, signal } = toolbox;
  const { finality, feeCapGwei, bumpAfterSec, spendPerDayGwei } = config.chain;
  const gwei = (count: number | undefined) => (count === undefined ? undefined : BigInt(count) * 10n ** 9n);
  const label = 'waiting to send';
  const outbox = await openOutbox({
    ...{ chain, account, store: journal.store, tenant: journal.journal.tenant, signal, onStep },
    note: noteEvents(journal.journal),
    finalityBlocks: finality,
    ...{ feeCapWei: gwei(feeCapGwei), perDayWei: gwei(spendPerDayGwei) },
    bumpMs: bumpAfterSec === undefined ? undefined : bumpAfterSec * 1_000,
    onWait: (reason) => onProgress(reason === undefined ? { label, finished: true } : { label, note: reason }),
  });
  for (const { what, state } of outbox.recovered) {
    onProgress({ label: `finished what an earlier run left: ${what}`, finished: true, note: state });
  }
  return outbox;
}

/** The operator's, or the local chain's first when none is named. @throws OperatorKeyError */
function chooseAccount(
  { config }: Toolbox,
  { chain, isEmbedded }: { readonly chain: Chain; readonly isEmbedded: boolean },
): Promise<Signer> {
  const { operatorKeyFile } = config.chain;
  const hasOwnKey = process.env.TALLY_OPERATOR_KEY !== undefined || operatorKeyFile !== undefined;
  if (isEmbedded && !hasOwnKey) return Promise.resolve(localAccount());
  return operatorAccount({ env: process.env, keyFile: operatorKeyFile, chainId: chain.chainId });
}
