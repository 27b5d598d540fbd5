/**
 * @module Who is signed next. Intents wait in a queue, the urgent ones before bulk, until there is room among those under
 * way, the next block's price is below the cap, and the day's budget suffices: these are waited for, and do not fail.
 */
import {
  ContractForbiddenError,
  ContractRevertError,
  type RevertReason,
  SubmissionCancelledError,
  type TallyError,
} from '../errors.ts';
import { broadcast, type Desk, keepSigning, refuse, reserved } from './delivery.ts';
import { offer, readMarket } from './fees.ts';
import { dayEnd } from './gasBudget.ts';
import type { Entry } from './outboxRows.ts';
import { costMax, requireBalance, sign, simulate, withMargin } from './transaction.ts';

export type SigningOptions = {
  /** How many transactions may be under way at once. */
  readonly inFlightMax: number;
  /** Told what is waited for, and with nothing when it goes on. */
  readonly onWait: (reason: string | undefined) => void;
};

export type SigningQueue = {
  /** Signs and sends an intent in its turn. @throws what is in the way of it for good */
  readonly add: (entry: Entry) => Promise<void>;
  /** Gives up what waits to be signed; it stays in the database. */
  readonly stop: (error: Error) => void;
};

type Waiting = {
  readonly entry: Entry;
  readonly signed: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** How often to look whether the price has fallen or the day has ended. */
const waitMs = 1_000;

export function createSigningQueue(desk: Desk, { inFlightMax, onWait }: SigningOptions): SigningQueue {
  const queue: Waiting[] = [];
  let running = false;
  let isWaiting = false;
  const pump = async () => {
    for (let next = first(queue); next; next = first(queue)) {
      if (underWay(desk).length >= inFlightMax) {
        await desk.bell.next();
        continue;
      }
      const settled = await signNext(desk, next.entry).then(
        (obstacle) => ({ obstacle, error: undefined }),
        (error: unknown) => ({ obstacle: undefined, error }),
      );
      if (!queue.includes(next)) continue;
      if (settled.obstacle !== undefined) {
        isWaiting = true;
        onWait(settled.obstacle);
        await desk.bell.next(Math.min(waitMs, desk.chain.pollingMs * 5));
        continue;
      }
      if (isWaiting) onWait(undefined);
      isWaiting = false;
      queue.splice(queue.indexOf(next), 1);
      if (settled.error === undefined) next.resolve();
      else next.reject(settled.error);
    }
  };
  const start = () => {
    if (running) return;
    running = true;
    // Others that are added in the same breath are in the queue by then.
    void Promise.resolve()
      .then(pump)
      .finally(() => {
        running = false;
        if (queue.length > 0) start();
      });
  };
  return {
    add: (entry) => {
      // What an earlier process left may be asked for again while it waits.
      const same = queue.find((waiting) => waiting.entry === entry);
      if (same) return same.signed;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      queue.push({ entry, signed: promise, resolve, reject });
      start();
      return promise;
    },
    stop: (error) => {
      for (const { reject } of queue.splice(0)) reject(error);
      desk.bell.ring();
    },
  };
}

/** Those that may still be included, in the order of their nonces. */
export function underWay({ open }: Desk): readonly Entry[] {
  const entries = [...open.values()].filter(({ state }) => state === 'signed' || state === 'sent');
  return entries.sort((a, b) => (a.nonce ?? 0) - (b.nonce ?? 0));
}

function first(queue: readonly Waiting[]): Waiting | undefined {
  const most = Math.max(...queue.map(({ entry }) => entry.intent.priority ?? 0));
  return queue.find(({ entry }) => (entry.intent.priority ?? 0) === most);
}

/** Signs and sends, or says what is in the way now and may pass. */
async function signNext(desk: Desk, entry: Entry): Promise<string | undefined> {
  if (desk.broken) throw desk.broken;
  const { chain, account, feeCapWei, budget } = desk;
  const { intent } = entry;
  requireWanted(entry);
  // A transaction never follows one that did not leave: it could not be included before it.
  for (const earlier of underWay(desk)) if (earlier.state === 'signed') await broadcast(desk, earlier);
  const market = await readMarket(chain, intent.what);
  const fees = offer(market, feeCapWei);
  if (!fees) return `the next block asks for ${market.baseFee + market.tip} wei per gas, the cap is ${feeCapWei}`;
  const gas = withMargin(await simulateInOrder(desk, entry));
  requireWanted(entry);
  const signing = await sign(chain, intent, { account, nonce: desk.nextNonce, gas, fees });
  const committed = underWay(desk).reduce((sum, each) => sum + reserved(each), 0n);
  await requireBalance(chain, account.address, { needed: costMax(signing, intent) + committed, what: intent.what });
  if (!(await keepSigning(desk, entry, signing))) {
    return `the budget of ${budget.perDayWei} wei a day is used up until ${dayEnd(Date.now()).toISOString()}`;
  }
  desk.open.set(entry.id, entry);
  await broadcast(desk, entry);
  return undefined;
}

/** An operator may have cancelled it while it waited. */
function requireWanted({ state, intent }: Entry): void {
  if (state === 'intent') return;
  throw new SubmissionCancelledError(`${intent.what} was cancelled before it was signed`);
}

/** Tries an intent out behind those under way; a node that does not see these needs them to be included first. */
async function simulateInOrder(desk: Desk, entry: Entry): Promise<bigint> {
  const { chain, account } = desk;
  const { intent } = entry;
  const from = account.address;
  if (underWay(desk).length === 0) return tryOut(desk, entry);
  try {
    return await simulate(chain, intent, { from, state: 'pending' });
  } catch (error) {
    if (!isRefused(error)) throw error;
    // Whoever sent them hears of their failures; here only their being over counts.
    while (underWay(desk).length > 0 && !desk.broken) await desk.bell.next();
    return tryOut(desk, entry);
  }
}

/** The last word of the contracts before signing; a refusal is kept with its reason. */
async function tryOut(desk: Desk, entry: Entry): Promise<bigint> {
  try {
    return await simulate(desk.chain, entry.intent, { from: desk.account.address, state: 'latest' });
  } catch (error) {
    if (isRefused(error)) await refuse(desk, entry, error.reason);
    throw error;
  }
}

function isRefused(error: unknown): error is TallyError & { readonly reason: RevertReason } {
  return error instanceof ContractRevertError || error instanceof ContractForbiddenError;
}
