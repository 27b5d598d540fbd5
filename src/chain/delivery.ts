/**
 * @module A transaction's way onto the chain: signed, sent, looked for, and what became of it written down. Each step is
 * in the database before the next is taken, together with its entry in the journal, and each may be taken again without
 * harm.
 */
import type { TransactionReceipt } from 'viem';
import type { LocalAccount } from 'viem/accounts';
import type { RevertReason } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { JournalEvent } from '../model/JournalEntry.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Bell } from './bell.ts';
import type { Chain } from './client.ts';
import { findReceipt, sendToAll } from './endpoints.ts';
import { chainFailure } from './failure.ts';
import { larger, raised, readMarket } from './fees.ts';
import { correctGas, type GasBudget, takeGas } from './gasBudget.ts';
import { includedEvents } from './journalEvents.ts';
import {
  type Entry,
  type Inclusion,
  type Place,
  putBack,
  putEnd,
  putFinal,
  putIntent,
  putOutcome,
  putSent,
  putSigned,
  type Signing,
} from './outboxRows.ts';
import { revertReason } from './revertReason.ts';
import { createSlots, type Slots } from './slots.ts';
import { costMax, sign, signCancel } from './transaction.ts';

/** Where a transaction has got to; `committing` is told inside the transaction that notes a step. */
export type OutboxStep = 'intent' | 'signed' | 'broadcast' | 'sent' | 'included' | 'final' | 'back' | 'committing';

/** Tells the journal, in the transaction that does what the events tell of. */
export type NoteEvents = (tx: Tx, tenant: string, events: readonly JournalEvent[]) => Promise<void>;

/** All that a process knows of the transactions of one account, whose nonces it owns. */
export type Desk = {
  readonly chain: Chain;
  readonly account: LocalAccount;
  readonly place: Place;
  readonly store: Store;
  readonly note: NoteEvents;
  readonly onStep: (step: OutboxStep, id: Hex) => void;
  readonly budget: GasBudget;
  /** Wei per gas. */
  readonly feeCapWei: bigint;
  /** Rings after each step. */
  readonly bell: Bell;
  /** What is not final yet, by the id of its row. */
  readonly open: Map<Hex, Entry>;
  nextNonce: number;
  /** Set when a step could not be noted, or the nonces are another's: nothing is signed or sent any more. */
  broken: Error | undefined;
};

/** The ways in which nodes say that they have this very transaction, or had it, already. */
const alreadyThere = /already (known|imported|exists)|known transaction|nonce (is )?too low|nonce.*lower/i;
/** Something of this nonce that pays more is there; or the next block asks for more than this pays. */
const paysTooLittle = /underpriced|(max fee|fee cap|gas price|maxFeePerGas).*(less|lower|below|too low)|fee too low/i;

/** Takes an intent down, so that it is not forgotten. */
export function enlist(desk: Desk, entry: Entry): Promise<void> {
  const fresh = { state: 'intent', nonce: undefined, signings: [], ...notIncluded } as const;
  return step(desk, entry, () => ({ name: 'intent', change: fresh, write: (tx) => putIntent(tx, desk.place, entry) }));
}

/** Keeps a signing; whether the day's budget sufficed for what it adds to the most that the intent may cost. */
export async function keepSigning(desk: Desk, entry: Entry, signing: Signing): Promise<boolean> {
  const { tenant, id, intent } = entry;
  const { hash: transaction, nonce } = signing;
  let sufficed = true;
  await step(desk, entry, () => {
    // It may be over by now, or signed so by somebody else.
    if (isOver(entry) || entry.signings.some(({ hash }) => hash === transaction)) return undefined;
    const wei = costMax(signing, intent) - reserved(entry);
    const write = async (tx: Tx) => {
      sufficed = wei <= 0n || (await takeGas(tx, desk.budget, { tenant, atMs: dayOf(entry, signing), wei }));
      if (sufficed) await putSigned(tx, entry, signing);
      return sufficed;
    };
    const state = entry.state === 'intent' ? 'signed' : entry.state;
    const change = { state, nonce, signings: [...entry.signings, signing] };
    const events = [{ kind: 'submission.signed', chainId: desk.chain.chainId, intentId: id, transaction } as const];
    return { name: 'signed', change, write, events };
  });
  if (sufficed) desk.nextNonce = Math.max(desk.nextNonce, nonce + 1);
  return sufficed;
}

/**
 * Sends the newest signing to all endpoints, again if need be, and raises its fees while nodes ask for more and the cap
 * allows it. Whether a node has it now.
 * @throws ChainUnavailableError, BalanceError
 */
export async function broadcast(desk: Desk, entry: Entry): Promise<boolean> {
  for (;;) {
    const signing = entry.signings.at(-1) as Signing;
    const { hash, raw } = signing;
    try {
      await sendToAll(desk.chain.endpoints, raw);
    } catch (cause) {
      const said = String(cause);
      if (paysTooLittle.test(said) && !alreadyThere.test(said)) {
        if (await bump(desk, entry)) continue;
        return false;
      }
      if (!alreadyThere.test(said)) throw chainFailure(cause, { what: entry.intent.what, at: hash });
    }
    desk.onStep('broadcast', entry.id);
    if (!signing.isSent) await noteSent(desk, entry, signing);
    return true;
  }
}

/** Signs again with an eighth more, for the same nonce. Whether the cap and the budget allowed it. */
export async function bump(desk: Desk, entry: Entry): Promise<boolean> {
  const { chain, account, feeCapWei } = desk;
  const last = entry.signings.at(-1) as Signing;
  const fees = raised(last, await readMarket(chain, entry.intent.what), feeCapWei);
  if (!fees) return false;
  const { nonce, gas } = last;
  const signing = last.isCancel
    ? await signCancel(chain, { account, nonce, fees })
    : await sign(chain, entry.intent, { account, nonce, gas, fees });
  return keepSigning(desk, entry, signing);
}

/** Takes the nonce away from an intent, with an eighth more in fees. Whether the cap and the budget allowed it. */
export async function cancel(desk: Desk, entry: Entry): Promise<boolean> {
  const { chain, account, feeCapWei } = desk;
  const last = entry.signings.at(-1) as Signing;
  if (last.isCancel) return true;
  const fees = raised(last, await readMarket(chain, entry.intent.what), feeCapWei);
  if (!fees) return false;
  return keepSigning(desk, entry, await signCancel(chain, { account, nonce: last.nonce, fees }));
}

/** What was learned of a transaction that should be in a block by now. */
export type Learned = 'known' | 'unsure' | 'missing';

/** Looks for a receipt of any signing, and writes down what became of the intent. */
export async function learn(desk: Desk, entry: Entry): Promise<Learned> {
  for (const signing of [...entry.signings].reverse()) {
    const { receipt, isUnsure } = await askReceipt(desk, entry, signing.hash);
    if (isUnsure) return 'unsure';
    if (!receipt) continue;
    await conclude(desk, entry, { signing, receipt });
    return 'known';
  }
  return 'missing';
}

/** Another transaction has the nonce: this one can never be included. */
export function giveUp(desk: Desk, entry: Entry): Promise<void> {
  const write = async (tx: Tx) => {
    await putEnd(tx, entry, { state: 'replaced' });
    await correct(tx, desk, entry, -reserved(entry));
  };
  return step(desk, entry, () =>
    isOver(entry) ? undefined : { name: 'included', change: { state: 'replaced' }, write },
  );
}

/** An operator does not want what was not signed yet. */
export function dropIntent(desk: Desk, entry: Entry): Promise<void> {
  return endUnsigned(desk, entry, { state: 'replaced', reason: cancelled });
}

/** The contracts refuse an intent that was not signed. */
export function refuse(desk: Desk, entry: Entry, reason: RevertReason): Promise<void> {
  return endUnsigned(desk, entry, { state: 'failed', reason });
}

export function finish(desk: Desk, entry: Entry): Promise<void> {
  const write = (tx: Tx) => putFinal(tx, entry);
  return step(desk, entry, () =>
    entry.state === 'included' ? { name: 'final', change: { state: 'final' }, write } : undefined,
  );
}

/** The block that had its transaction is lost. */
export function takeBack(desk: Desk, entry: Entry): Promise<void> {
  const { chainId } = desk.chain;
  return step(desk, entry, () => {
    const { hash, inclusion } = entry;
    if (!isOver(entry)) return undefined;
    const write = async (tx: Tx) => {
      await putBack(tx, entry);
      if (inclusion) await correct(tx, desk, entry, reserved(entry) - spent(entry, inclusion));
    };
    const wasTold = hash && inclusion && entry.state !== 'failed';
    const { block = 0, blockHash = '0x' } = inclusion ?? {};
    const events = wasTold
      ? [{ kind: 'submission.reorged', chainId, transaction: hash, block, blockHash } as const]
      : [];
    return { name: 'back', change: { state: 'sent', ...notIncluded }, write, events };
  });
}

/** The receipt of one signing, as the endpoints agree on it. @throws ChainUnavailableError */
export async function askReceipt({ chain }: Desk, { intent }: Entry, hash: Hex) {
  try {
    return await findReceipt(chain.endpoints, hash);
  } catch (cause) {
    throw chainFailure(cause, { what: intent.what, at: hash });
  }
}

/** Whether nothing of it is under way: it is in a block, or it came to nothing. */
export function isOver({ state }: Entry): boolean {
  return state !== 'intent' && state !== 'signed' && state !== 'sent';
}

/** The most that an intent may cost as it was signed last, in wei. */
export function reserved({ signings, intent }: Entry): bigint {
  return signings.reduce((most, signing) => larger(most, costMax(signing, intent)), 0n);
}

/** The reason of what an operator has cancelled. */
export const cancelled: RevertReason = { name: 'Cancelled', args: [] };

const notIncluded = { hash: undefined, inclusion: undefined, reason: undefined } as const;

function endUnsigned(
  desk: Desk,
  entry: Entry,
  end: { readonly state: 'failed' | 'replaced'; readonly reason: RevertReason },
): Promise<void> {
  const write = (tx: Tx) => putEnd(tx, entry, end);
  return step(desk, entry, () => (entry.state === 'intent' ? { name: 'included', change: end, write } : undefined));
}

function noteSent(desk: Desk, entry: Entry, { hash }: Signing): Promise<void> {
  const event = { kind: 'submission.sent', chainId: desk.chain.chainId, transaction: hash } as const;
  return step(desk, entry, () => {
    // Its receipt may have been found already, and then this is no news.
    const state = entry.state === 'signed' ? 'sent' : entry.state;
    const signings = entry.signings.map((each) => (each.hash === hash ? { ...each, isSent: true } : each));
    const write = (tx: Tx) => putSent(tx, entry, hash);
    return { name: 'sent', change: { state, signings }, write, events: [event] };
  });
}

async function conclude(
  desk: Desk,
  entry: Entry,
  { signing, receipt }: { readonly signing: Signing; readonly receipt: TransactionReceipt },
): Promise<void> {
  const { hash, raw, isCancel } = signing;
  const { chain, account } = desk;
  const inclusion = inclusionOf(receipt);
  const failed = receipt.status !== 'success';
  const reason = isCancel
    ? cancelled
    : failed
      ? await revertReason(chain, { raw, from: account.address, receipt })
      : undefined;
  const state = isCancel ? 'replaced' : failed ? 'failed' : 'included';
  const outcome = { state, hash, inclusion, reason } as const;
  const write = async (tx: Tx) => {
    await putOutcome(tx, entry, outcome);
    await correct(tx, desk, entry, spent(entry, inclusion) - reserved(entry));
  };
  const events = state === 'included' ? includedEvents(chain.chainId, { entry, receipt }) : [];
  await step(desk, entry, () =>
    isOver(entry) ? undefined : { name: 'included', change: { state, hash, inclusion, reason }, write, events },
  );
}

function inclusionOf(receipt: TransactionReceipt): Inclusion {
  const { blockNumber, blockHash, gasUsed, effectiveGasPrice, contractAddress } = receipt;
  const contract = contractAddress ? (contractAddress.toLowerCase() as Hex) : undefined;
  return { block: Number(blockNumber), blockHash, gasUsed, effectiveGasPrice, contract };
}

/** What an included transaction has cost, the value that it carried included. */
function spent({ intent }: Entry, { gasUsed, effectiveGasPrice }: Inclusion): bigint {
  return gasUsed * effectiveGasPrice + (intent.value ?? 0n);
}

function correct(tx: Tx, desk: Desk, entry: Entry, wei: bigint): Promise<void> {
  return correctGas(tx, desk.budget, { tenant: entry.tenant, atMs: dayOf(entry), wei });
}

/** An intent is charged to the day of its first signing. */
function dayOf({ signings }: Entry, signing?: Signing): number {
  return (signings[0] ?? signing)?.signedAtMs ?? Date.now();
}

type Step = {
  readonly name: OutboxStep;
  readonly change: Partial<Entry>;
  /** With `false` nothing was written after all. */
  readonly write: (tx: Tx) => Promise<unknown>;
  readonly events?: readonly JournalEvent[];
};

/** Who signs and who looks after what was sent may take a step of one entry at the same time: they take turns. */
const turns = new WeakMap<Entry, Slots>();

/**
 * One arrow: in the database with its entry in the journal, then in memory, then told. What is to be done is asked when it
 * is this step's turn; it may be nothing any more.
 */
function step(desk: Desk, entry: Entry, plan: () => Step | undefined): Promise<void> {
  const turn = turns.get(entry) ?? createSlots(1);
  turns.set(entry, turn);
  return turn(async () => {
    if (desk.broken) throw desk.broken;
    const todo = plan();
    if (todo) await take(desk, entry, todo);
  });
}

async function take(desk: Desk, entry: Entry, { name, change, write, events = [] }: Step): Promise<void> {
  let done = true;
  try {
    await desk.store.acrossTenants(async (tx) => {
      done = (await write(tx)) !== false;
      if (done && events.length > 0) await desk.note(tx, entry.tenant, events);
      if (done) desk.onStep('committing', entry.id);
    });
  } catch (error) {
    // The answer to a commit may be lost: from here on memory and database may differ, and nothing more is sent.
    desk.broken = error as Error;
    desk.bell.ring();
    throw error;
  }
  if (!done) return;
  Object.assign(entry, change);
  desk.onStep(name, entry.id);
  desk.bell.ring();
}
