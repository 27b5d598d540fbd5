/**
 * @module Looking after what was sent, for as long as the outbox is open: which transactions are in blocks, which of
 * these blocks are lost again, which have waited too long and must offer more, and what an operator wants.
 */
import { EndpointsDisagreeError, type TallyError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import {
  askReceipt,
  broadcast,
  bump,
  cancel,
  type Desk,
  dropIntent,
  finish,
  giveUp,
  learn,
  takeBack,
} from './delivery.ts';
import { type Survey, survey } from './endpoints.ts';
import { chainFailure } from './failure.ts';
import { type Entry, findUnfinished, findWishes } from './outboxRows.ts';
import { fillGap } from './recovery.ts';
import { underWay } from './signing.ts';

export type TrackingOptions = {
  /** Blocks that must be there, its own counted, before a transaction counts as final. */
  readonly finalityBlocks: number;
  /** How long a transaction may wait before it offers more. */
  readonly bumpMs: number;
};

export type Tracking = {
  /** Why nothing is learned at present. */
  readonly trouble: () => TallyError | undefined;
  /** Looks once more, now. */
  readonly look: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** What is remembered from look to look. */
type Memory = {
  used: number;
  /** By row: how often in a row no receipt was found of what must be in a block, and how often no majority. */
  readonly misses: Map<Hex, number>;
  readonly unsure: Map<Hex, number>;
  /** By row: in which block an included one was last found. */
  readonly seen: Map<Hex, Hex>;
  /** By row: when it was last sent, and how far the chain was then. */
  readonly nudged: Map<Hex, { readonly atMs: number; readonly head: number }>;
  wishesAtMs: number;
};

/** A node that lags behind another may know of a nonce before it knows the receipt. */
const missesMax = 3;
/** Endpoints that contradict each other for so many looks will not come to an agreement. */
const unsureMax = 40;
/** Looks that come to nothing in a row, each with its retries, before those who wait are told. */
const failuresMax = 3;
const wishesMs = 1_000;

/** Begins to look, as often as the chain's speed asks for, while there is something to look after. */
export function track(desk: Desk, options: TrackingOptions): Tracking {
  const memory: Memory = {
    ...{ used: 0, wishesAtMs: 0 },
    ...{ misses: new Map(), unsure: new Map(), seen: new Map(), nudged: new Map() },
  };
  let stopped = false;
  let failures = 0;
  let trouble: TallyError | undefined;
  const loop = async () => {
    while (!stopped && !desk.broken) {
      if (desk.open.size === 0) {
        await desk.bell.next();
        continue;
      }
      try {
        await look(desk, options, memory);
        failures = 0;
        trouble = undefined;
      } catch (error) {
        if (desk.broken) return;
        if (++failures >= failuresMax || error instanceof EndpointsDisagreeError) {
          trouble = chainFailure(error, { what: 'looking after what was sent' });
          desk.bell.ring();
        }
      }
      await pause.next(desk.chain.pollingMs);
    }
  };
  const pause = createPause();
  const running = loop();
  return {
    trouble: () => trouble,
    look: () => look(desk, options, memory),
    stop: async () => {
      stopped = true;
      pause.end();
      desk.bell.ring();
      await running;
    },
  };
}

/** A sleep that can be cut short. */
function createPause() {
  let wake = () => {};
  return {
    next: (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    end: () => wake(),
  };
}

function watched(desk: Desk): readonly Entry[] {
  return [...desk.open.values()].filter(({ state }) => ['signed', 'sent', 'included'].includes(state));
}

async function look(desk: Desk, options: TrackingOptions, memory: Memory): Promise<void> {
  const view = await survey(desk.chain.endpoints, desk.account.address).catch((cause) => {
    throw chainFailure(cause, { what: 'looking after what was sent' });
  });
  if (view.used < memory.used) await rewind(desk, view.used);
  memory.used = view.used;
  await heedWishes(desk, memory);
  for (const entry of underWay(desk)) {
    if ((entry.nonce ?? 0) < view.used) await lookFor(desk, entry, memory);
    else await nudge(desk, entry, { view, memory, bumpMs: options.bumpMs });
  }
  for (const entry of watched(desk)) {
    if (entry.state === 'included') await confirm(desk, entry, { view, memory, options });
  }
  for (const { id, state } of desk.open.values())
    if (state === 'failed' || state === 'replaced') forget(desk, id, memory);
}

/** Its nonce is used: by one of its own signings, or by another's transaction. */
async function lookFor(desk: Desk, entry: Entry, { misses, unsure }: Memory): Promise<void> {
  const { id, intent } = entry;
  const learned = await learn(desk, entry);
  if (learned === 'unsure') {
    const times = (unsure.get(id) ?? 0) + 1;
    unsure.set(id, times);
    if (times < unsureMax) return;
    unsure.delete(id);
    throw new EndpointsDisagreeError(`the RPC endpoints do not agree on what became of ${intent.what}`, {
      at: entry.signings.at(-1)?.hash,
      details: desk.chain.endpoints.all.map(({ host, quarantined }) => `${host}${quarantined ? ': quarantined' : ''}`),
      remedy: 'name three endpoints of different providers in tally.config.ts, so that two can outvote one',
    });
  }
  unsure.delete(id);
  if (learned === 'known') {
    misses.delete(id);
    return;
  }
  const times = (misses.get(id) ?? 0) + 1;
  misses.set(id, times);
  if (times < missesMax) return;
  misses.delete(id);
  await giveUp(desk, entry);
  // Whoever took this nonce may have taken the next ones too.
  const { used } = await survey(desk.chain.endpoints, desk.account.address);
  desk.nextNonce = Math.max(desk.nextNonce, used);
}

type Look = { readonly view: Survey; readonly memory: Memory };

/** One that waits too long offers more; where the cap or the budget forbids it, it is at least sent again. */
async function nudge(
  desk: Desk,
  entry: Entry,
  { view, memory, bumpMs }: Look & { readonly bumpMs: number },
): Promise<void> {
  const before = memory.nudged.get(entry.id);
  const now = Date.now();
  if (!before) {
    memory.nudged.set(entry.id, { atMs: now, head: view.head });
    return;
  }
  if (now - before.atMs < bumpMs) return;
  memory.nudged.set(entry.id, { atMs: now, head: view.head });
  // While the chain stands still nobody's fee is too low.
  if (view.head > before.head) await bump(desk, entry);
  await broadcast(desk, entry);
}

/** Whether an included one is still where it was, and whether it is deep enough. */
async function confirm(
  desk: Desk,
  entry: Entry,
  { view, memory, options }: Look & { readonly options: TrackingOptions },
) {
  const { id, hash, inclusion } = entry;
  if (!hash || !inclusion) return;
  const isDeep = view.head - inclusion.block + 1 >= options.finalityBlocks;
  if (!isDeep && memory.seen.get(id) === view.headHash) return;
  const { receipt, isUnsure } = await askReceipt(desk, entry, hash);
  if (isUnsure) return;
  if (receipt?.blockHash === inclusion.blockHash) {
    memory.misses.delete(id);
    memory.seen.set(id, view.headHash);
    if (isDeep) await end(desk, entry, memory);
    return;
  }
  const times = (memory.misses.get(id) ?? 0) + 1;
  memory.misses.set(id, times);
  if (!receipt && times < missesMax) return;
  memory.misses.delete(id);
  await takeBack(desk, entry);
  if (!receipt) await broadcast(desk, entry);
}

async function end(desk: Desk, entry: Entry, memory: Memory): Promise<void> {
  await finish(desk, entry);
  forget(desk, entry.id, memory);
}

function forget(desk: Desk, id: Hex, { misses, unsure, seen, nudged }: Memory): void {
  desk.open.delete(id);
  for (const each of [misses, unsure, seen, nudged]) each.delete(id);
}

/** The chain has gone back: all whose nonces are free again are on their way again, and gaps between them are filled. */
async function rewind(desk: Desk, used: number): Promise<void> {
  const rows = await desk.store.acrossTenants((tx) => findUnfinished(tx, desk.place, used));
  for (const row of rows) {
    if (row.nonce === undefined || row.nonce < used || row.state === 'signed' || row.state === 'sent') continue;
    const entry = desk.open.get(row.id) ?? row;
    desk.open.set(entry.id, entry);
    await takeBack(desk, entry);
  }
  await fillGap(desk);
  for (const entry of underWay(desk)) await broadcast(desk, entry);
}

async function heedWishes(desk: Desk, memory: Memory): Promise<void> {
  if (Date.now() - memory.wishesAtMs < wishesMs) return;
  memory.wishesAtMs = Date.now();
  for (const { id, wish } of await desk.store.acrossTenants((tx) => findWishes(tx, desk.place))) {
    const entry = desk.open.get(id);
    if (entry?.state === 'intent' && wish === 'cancel') await dropIntent(desk, entry);
    if (entry?.state !== 'sent' && entry?.state !== 'signed') continue;
    if (await (wish === 'bump' ? bump : cancel)(desk, entry)) await broadcast(desk, entry);
  }
}
