/**
 * @module The one way onto the chain. An intent becomes a signed transaction, which is in the database before it leaves
 * this machine; after a crash at any point the very same transaction goes out again, so it is included once or not at
 * all. One process at a time owns an account's nonces. Several transactions travel at once, in the order of their nonces,
 * and are looked after until they are final.
 */
import type { LocalAccount } from 'viem/accounts';
import { CancelledError, DeadlineError, OutboxLockedError, SubmissionCancelledError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { NamedLock } from '../store/namedLock.ts';
import type { Store } from '../store/store.ts';
import { createBell } from './bell.ts';
import { type Chain, isLocal } from './client.ts';
import { cancelled, type Desk, enlist, isOver, type NoteEvents, type OutboxStep } from './delivery.ts';
import { revertError } from './failure.ts';
import { type Entry, entryId, findEntry, type Inclusion, type OutboxState } from './outboxRows.ts';
import { recover } from './recovery.ts';
import { createSigningQueue, type SigningQueue, underWay } from './signing.ts';
import { createSlots, type Slots } from './slots.ts';
import { type Tracking, track } from './tracking.ts';
import { type Intent, intentId } from './transaction.ts';

export type OutboxOptions = {
  readonly chain: Chain;
  readonly account: LocalAccount;
  readonly store: Store;
  /** Whose intents these are; what other tenants' processes left unfinished for the account is finished as well. */
  readonly tenant: string;
  /** Tells the journal. */
  readonly note?: NoteEvents | undefined;
  /** How many transactions may be under way at once. */
  readonly inFlightMax?: number | undefined;
  /** How long to wait until a transaction is included. */
  readonly waitMs?: number | undefined;
  /** Blocks that must be there, its own counted, before a transaction counts as final. */
  readonly finalityBlocks?: number | undefined;
  /** The most to pay for gas: wei per unit. */
  readonly feeCapWei?: bigint | undefined;
  /** How long a transaction may wait before it offers more. */
  readonly bumpMs?: number | undefined;
  /** What may be spent in a day (UTC); without it there is no limit but the account. */
  readonly perDayWei?: bigint | undefined;
  /** Told what is waited for before signing: the price of gas, the day's budget; with nothing when it goes on. */
  readonly onWait?: ((reason: string | undefined) => void) | undefined;
  readonly onStep?: ((step: OutboxStep, id: Hex) => void) | undefined;
  /** Ends the waiting for a price or a budget; what was signed is seen through. */
  readonly signal?: AbortSignal | undefined;
};

/** A transaction that is on the chain and did what it was meant to. */
export type Sent = Inclusion & {
  readonly intentId: Hex;
  readonly hash: Hex;
  readonly nonce: number;
  /** Whether it was included before this call was made. */
  readonly earlier: boolean;
};

export type Outbox = {
  readonly chain: Chain;
  readonly address: Hex;
  /** What was found unfinished when the outbox was opened, and what became of it. */
  readonly recovered: readonly { readonly what: string; readonly hash: Hex; readonly state: OutboxState }[];
  /**
   * Does an intent once: sends it, or says what became of it when it was sent before.
   * @throws ContractRevertError, ContractForbiddenError, BalanceError, GasLimitError, SizeLimitError,
   * ChainUnavailableError, EndpointsDisagreeError, DeadlineError, OutboxLockedError, SubmissionCancelledError and what the
   * store throws
   */
  readonly send: (intent: Intent) => Promise<Sent>;
  /** Like `send`, but an intent that failed on the chain is signed and sent anew. */
  readonly retry: (intent: Intent) => Promise<Sent>;
  /** Waits until nothing that was sent can be lost any more. @throws DeadlineError */
  readonly settled: (timeoutMs: number) => Promise<void>;
  /** Waits for what is under way, then gives up the account's nonces. What waits to be signed stays for the next. */
  readonly close: () => Promise<void>;
};

/** Nodes keep at least 16 executable transactions of one account (geth's default). */
const defaultInFlightMax = 16;
/** Fifteen blocks of Ethereum. */
const defaultWaitMs = 180_000;
/** Twelve blocks are what Ethereum's wallets wait for; a local chain loses none by itself. */
export const defaultFinality = { local: 1, elsewhere: 12 } as const;
/** Some ten times what gas has cost on Ethereum in quiet years; 200 gwei. */
export const defaultFeeCapWei = 200n * 10n ** 9n;
/** Four blocks of Ethereum. */
const defaultBumpMs = 48_000;

type State = {
  readonly desk: Desk;
  readonly tenant: string;
  readonly waitMs: number;
  readonly queue: SigningQueue;
  readonly tracking: Tracking;
  /** By intent: what is being waited for in this process. */
  readonly ongoing: Map<Hex, Promise<Sent>>;
  readonly enlisting: Slots;
};

/**
 * Takes the account's nonces and finishes what an earlier process left unfinished.
 * @throws OutboxLockedError, ChainUnavailableError, DeadlineError, BalanceError and what the store throws
 */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { chain, account, store } = options;
  const address = account.address.toLowerCase() as Hex;
  const lock = await store.tryLock(`outbox/${chain.chainId}/${chain.genesis}/${address}`);
  if (!lock) throw locked(address, 'another process is sending transactions of this account');
  try {
    return await openLocked(options, lock, address);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openLocked(options: OutboxOptions, lock: NamedLock, address: Hex): Promise<Outbox> {
  const { chain, tenant, waitMs = defaultWaitMs, inFlightMax = defaultInFlightMax } = options;
  const desk = createDesk(options, address);
  const lose = () => {
    desk.broken ??= locked(address, 'the account’s nonces were lost with the connection to the database');
    desk.bell.ring();
  };
  lock.lost.addEventListener('abort', lose);
  const { sent, intents } = await recover(desk);
  const finalityBlocks = options.finalityBlocks ?? defaultFinality[isLocal(chain.chainId) ? 'local' : 'elsewhere'];
  const state: State = {
    ...{ desk, tenant, waitMs, ongoing: new Map(), enlisting: createSlots(1) },
    queue: createSigningQueue(desk, { inFlightMax, onWait: options.onWait ?? (() => {}) }),
    tracking: track(desk, { finalityBlocks, bumpMs: options.bumpMs ?? defaultBumpMs }),
  };
  const stop = () => state.queue.stop(new CancelledError('stopped; what was not signed is kept for the next time'));
  options.signal?.addEventListener('abort', stop, { once: true });
  const close = async () => {
    await Promise.allSettled(state.ongoing.values());
    await shut(state);
    lock.lost.removeEventListener('abort', lose);
    options.signal?.removeEventListener('abort', stop);
    await lock.release();
  };
  try {
    for (const entry of sent) await untilIncluded(state, entry);
  } catch (error) {
    await shut(state);
    throw error;
  }
  for (const entry of intents) takeUp(state, entry);
  const recovered = sent.map((entry) => ({ what: entry.intent.what, hash: hashOf(entry), state: reached(entry) }));
  return {
    ...{ chain, address, recovered, close },
    send: (intent) => once(state, intent, ['replaced']),
    retry: (intent) => once(state, intent, ['replaced', 'failed']),
    settled: (timeoutMs) => untilSettled(state, timeoutMs),
  };
}

function createDesk(options: OutboxOptions, address: Hex): Desk {
  const { chain, account, store, note, onStep, feeCapWei = defaultFeeCapWei, perDayWei } = options;
  return {
    ...{ chain, account, store, feeCapWei, nextNonce: 0, open: new Map(), bell: createBell(), broken: undefined },
    place: { chainId: chain.chainId, genesis: chain.genesis, address },
    budget: { chainId: chain.chainId, perDayWei },
    note: note ?? (async () => {}),
    onStep: onStep ?? (() => {}),
  };
}

/** Two callers with one intent get one answer. `anew`: the ends after which an intent is signed again. */
function once(state: State, intent: Intent, anew: readonly OutboxState[]): Promise<Sent> {
  const id = entryId(state.desk.place, intent);
  const ongoing = state.ongoing.get(id);
  if (ongoing) return ongoing;
  const promise = deliver(state, { id, intent, anew }).finally(() => state.ongoing.delete(id));
  state.ongoing.set(id, promise);
  return promise;
}

type Order = { readonly id: Hex; readonly intent: Intent; readonly anew: readonly OutboxState[] };

async function deliver(state: State, order: Order): Promise<Sent> {
  const { desk } = state;
  // One after the other, so that intents are signed in the order in which they were asked for.
  const { entry, earlier, signed } = await state.enlisting(async () => {
    const entry = await findOrEnlist(state, order);
    const earlier = isOver(entry);
    return { entry, earlier, signed: entry.state === 'intent' ? state.queue.add(entry) : undefined };
  });
  await signed;
  if (!earlier) await untilIncluded(state, entry);
  const { state: end, intent, reason, hash, inclusion, nonce } = entry;
  if (inclusion && hash && nonce !== undefined && (end === 'included' || end === 'final')) {
    return { intentId: intentId(order.intent), hash, nonce, ...inclusion, earlier };
  }
  if (end === 'failed' && reason) throw revertError(reason, { what: intent.what, at: hash });
  if (reason?.name === cancelled.name) {
    throw new SubmissionCancelledError(`${intent.what} was cancelled`, {
      at: hash,
      remedy: 'run the command again to send it anew',
    });
  }
  throw locked(desk.place.address, `another transaction of this account took nonce ${nonce} from ${intent.what}`);
}

/** The intent's row: what is under way or was done, or a fresh one. */
async function findOrEnlist({ desk, tenant }: State, { id, intent, anew }: Order): Promise<Entry> {
  const known = desk.open.get(id) ?? (await desk.store.acrossTenants((tx) => findEntry(tx, desk.place, id)));
  const isRefused = known?.state === 'failed' && known.nonce === undefined;
  const isFresh = known !== undefined && known.state !== 'intent' && !anew.includes(known.state) && !isRefused;
  if (isFresh) return known;
  const entry: Entry = known ?? { tenant, id, intent, state: 'intent', signings: [] };
  entry.intent = intent;
  await enlist(desk, entry);
  desk.open.set(id, entry);
  return entry;
}

/** Signs what an earlier process asked for; nobody waits for it, and its failure is kept in its row. */
function takeUp({ desk, queue }: State, entry: Entry): void {
  desk.open.set(entry.id, entry);
  queue.add(entry).catch(() => undefined);
}

/** Waits until a transaction is in a block or never will be. @throws DeadlineError, ChainUnavailableError */
async function untilIncluded({ desk, tracking, waitMs }: State, entry: Entry): Promise<void> {
  const end = Date.now() + waitMs;
  while (!isOver(entry)) {
    const problem = desk.broken ?? tracking.trouble();
    if (problem) throw problem;
    const left = end - Date.now();
    if (left <= 0) {
      throw new DeadlineError(`${entry.intent.what} is signed and sent, but not on the chain after ${waitMs} ms`, {
        at: hashOf(entry),
        remedy: 'run the command again: it goes on waiting for the same transaction; see `tally outbox list`',
      });
    }
    await desk.bell.next(left);
  }
}

async function untilSettled({ desk, tracking }: State, timeoutMs: number): Promise<void> {
  const end = Date.now() + timeoutMs;
  const rest = () => [...desk.open.values()].filter(({ state }) => ['signed', 'sent', 'included'].includes(state));
  while (rest().length > 0) {
    const problem = desk.broken ?? tracking.trouble();
    if (problem) throw problem;
    const left = end - Date.now();
    if (left <= 0) throw new DeadlineError(`${rest().length} transactions are not final after ${timeoutMs} ms`);
    await desk.bell.next(left);
  }
}

/** Ends what runs in the background; what has become final is noted, if the chain says so at once. */
async function shut({ desk, queue, tracking }: State): Promise<void> {
  queue.stop(new CancelledError('the outbox is closed; what was not signed is kept for the next time'));
  await tracking.stop();
  const isOpen = [...desk.open.values()].some(({ state }) => state === 'included') && underWay(desk).length === 0;
  if (isOpen && !desk.broken) await tracking.look().catch(() => undefined);
}

/** How far a recovered one has come, its depth aside. */
function reached({ state }: Entry): OutboxState {
  return state === 'final' ? 'included' : state;
}

function hashOf({ hash, signings }: Entry): Hex {
  return hash ?? (signings.at(-1)?.hash as Hex);
}

function locked(address: Hex, what: string): OutboxLockedError {
  return new OutboxLockedError(what, {
    at: address,
    remedy: 'use the key in one place only; when the other has finished, run the command again',
  });
}
