/**
 * @module The one way onto the chain. An intent becomes a signed transaction, which is on the disk before it leaves this
 * machine; after a crash at any point the very same transaction goes out again, so it is included once or not at all.
 * One process at a time owns an account's nonces. Several transactions travel at once, in the order of their nonces.
 */
import { join } from 'node:path';
import type { LocalAccount } from 'viem/accounts';
import { ContractForbiddenError, ContractRevertError, OutboxLockedError } from '../errors.ts';
import { type Lock, tryLock } from '../lock.ts';
import type { Hex } from '../model/Hex.ts';
import type { Chain } from './client.ts';
import { broadcast, conclude, type Deliveries, type Entry, enlist, type Sent, sendUnsent, settle } from './delivery.ts';
import { type OutboxRow, openOutboxFile, unwritable } from './outboxFile.ts';
import { recover, replay } from './recovery.ts';
import { createSlots, type Slots } from './slots.ts';
import { type Intent, intentId, sign, simulate } from './transaction.ts';

export type OutboxOptions = {
  readonly chain: Chain;
  readonly account: LocalAccount;
  /** Where the files lie, such as `.tally/outbox`. */
  readonly folder: string;
  /** How many transactions may be under way at once. */
  readonly inFlightMax?: number | undefined;
  /** How long to wait until a transaction is included. */
  readonly waitMs?: number | undefined;
};

export type Outbox = {
  readonly chain: Chain;
  readonly address: Hex;
  /** What was found unfinished when the outbox was opened, and what became of it. */
  readonly recovered: readonly { readonly what: string; readonly hash: Hex; readonly state: OutboxRow['state'] }[];
  /**
   * Does an intent once: sends it, or says what became of it when it was sent before.
   * @throws ContractRevertError, ContractForbiddenError, BalanceError, GasLimitError, ChainUnavailableError,
   * DeadlineError, OutboxLockedError, OutboxWriteError
   */
  readonly send: (intent: Intent) => Promise<Sent>;
  /** Like `send`, but an intent that failed on the chain is signed and sent anew. */
  readonly retry: (intent: Intent) => Promise<Sent>;
  /** Waits for what is under way, then gives up the account's nonces. */
  readonly close: () => Promise<void>;
};

/** Nodes keep at least 16 executable transactions of one account (geth's default). */
const defaultInFlightMax = 16;
/** Fifteen blocks of Ethereum. */
const defaultWaitMs = 180_000;

type State = {
  readonly deliveries: Deliveries;
  /** By intent: what is being waited for in this process. */
  readonly ongoing: Map<Hex, Promise<Sent>>;
  readonly signing: Slots;
  readonly travelling: Slots;
};

/**
 * Takes the account's nonces and finishes what an earlier process left unfinished.
 * @throws OutboxLockedError, OutboxFileError, OutboxWriteError, ChainUnavailableError, DeadlineError, BalanceError
 */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const address = options.account.address.toLowerCase() as Hex;
  const path = join(options.folder, `${options.chain.chainId}-${address}`);
  const lock = await takeNonces(`${path}.lock`, address);
  try {
    return await openLocked(options, { address, path: `${path}.ndjson`, lock });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openLocked(
  { chain, account, inFlightMax = defaultInFlightMax, waitMs = defaultWaitMs }: OutboxOptions,
  { address, path, lock }: { readonly address: Hex; readonly path: string; readonly lock: Lock },
): Promise<Outbox> {
  const { chainId, genesis } = chain;
  const file = await openOutboxFile(path, { chainId, genesis, address });
  const indexes = { entries: [], byIntent: new Map(), underWay: new Set<Entry>() };
  const deliveries: Deliveries = { chain, account, file, waitMs, nextNonce: 0, ...indexes };
  const state: State = {
    deliveries,
    ongoing: new Map(),
    signing: createSlots(1),
    travelling: createSlots(inFlightMax),
  };
  try {
    replay(deliveries, file.rows);
    const recovered = await recover(deliveries);
    return {
      chain,
      address,
      recovered: recovered.map(({ what, hash, row }) => ({ what, hash, state: row.state })),
      send: (intent) => once(state, intent, ['replaced']),
      retry: (intent) => once(state, intent, ['replaced', 'failed']),
      close: async () => {
        await Promise.allSettled(state.ongoing.values());
        await file.close();
        await lock.release();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Two callers with one intent get one answer. `anew`: the ends after which an intent is signed again. */
function once(state: State, intent: Intent, anew: readonly OutboxRow['state'][]): Promise<Sent> {
  const id = intentId(intent);
  const ongoing = state.ongoing.get(id);
  if (ongoing) return ongoing;
  const entry = state.deliveries.byIntent.get(id);
  const promise = (entry && !anew.includes(entry.row.state) ? resume(state, entry) : submit(state, intent)).finally(
    () => state.ongoing.delete(id),
  );
  state.ongoing.set(id, promise);
  return promise;
}

function submit({ deliveries, signing, travelling }: State, intent: Intent): Promise<Sent> {
  return travelling(async () => conclude(deliveries, await signing(() => signAndSend(deliveries, intent))));
}

async function resume({ deliveries, signing }: State, entry: Entry): Promise<Sent> {
  if (entry.row.state === 'signed') await signing(() => sendUnsent(deliveries));
  return conclude(deliveries, entry);
}

async function signAndSend(deliveries: Deliveries, intent: Intent): Promise<Entry> {
  // A transaction never follows one that did not leave: it could not be included before it.
  await sendUnsent(deliveries);
  const gas = await simulateInOrder(deliveries, intent);
  const committed = [...deliveries.underWay].reduce((sum, { costMax }) => sum + costMax, 0n);
  const { chain, account, nextNonce: nonce } = deliveries;
  const entry = await enlist(deliveries, await sign(chain, intent, { account, nonce, gas, committed }));
  await broadcast(deliveries, entry);
  return entry;
}

/** Tries an intent out behind those under way; a node that does not see these needs them to be included first. */
async function simulateInOrder(deliveries: Deliveries, intent: Intent): Promise<bigint> {
  const { chain, account, underWay } = deliveries;
  const from = account.address;
  if (underWay.size === 0) return simulate(chain, intent, { from, state: 'latest' });
  try {
    return await simulate(chain, intent, { from, state: 'pending' });
  } catch (error) {
    if (!(error instanceof ContractRevertError || error instanceof ContractForbiddenError)) throw error;
    // Whoever sent them hears of their failures; here only their being over counts.
    await Promise.allSettled([...underWay].map((entry) => settle(deliveries, entry)));
    return simulate(chain, intent, { from, state: 'latest' });
  }
}

async function takeNonces(folder: string, address: Hex): Promise<Lock> {
  const outcome = await tryLock(folder).catch((cause) => {
    throw unwritable(folder, cause);
  });
  if ('lock' in outcome) return outcome.lock;
  throw new OutboxLockedError(`process ${outcome.heldBy} is sending transactions of this account`, {
    at: address,
    remedy: 'wait until it has finished',
  });
}
