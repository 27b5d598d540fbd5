/**
 * @module The matching engine. Payments are joined with the obligations whose references they name; what hangs together
 * is judged as a whole. Every step is one pass over the records or a lookup by key, so time and memory grow with their
 * number; only payments are sorted, by sequence. The order of the input does not matter.
 */
import { ObligationError, PaymentError } from '../errors.ts';
import type { Due, Finding } from '../model/Finding.ts';
import type { WindowBook } from '../model/ObligationFile.ts';
import { Payment } from '../model/Payment.ts';
import type { ReconcilePolicy } from '../model/Policy.ts';
import { requireBalance } from './balance.ts';
import { judge } from './judge.ts';
import { link, referenceKey, type Stray, type Timed } from './link.ts';

/** What is compared: windows in which no more payments are awaited, and all payments for them. */
export type Compared = {
  readonly books: readonly WindowBook[];
  readonly payments: readonly Payment[];
};

/**
 * Compares obligations with payments; every one of either is in exactly one finding.
 * @throws ObligationError when two obligations have one reference, PaymentError when two payments have one id or one
 * place in the sequence, UnbalancedError when the findings do not add up to the input
 * @example match({ books, payments }, Policy.standard.reconcile)
 */
export function match({ books, payments: given }: Compared, policy: ReconcilePolicy): readonly Finding[] {
  const payments = given.map(assetNamer(policy));
  const dues = indexDues(books);
  const { groups, strays, unexpected } = link(dues, inSequence(payments));
  const windowOf = windowFinder(books);
  const findings: Finding[] = [];
  for (const payment of unexpected) findings.push(alone('UNEXPECTED', payment, windowOf(payment)));
  for (const group of groups) findings.push(...judge(group, policy));
  const open = new Set(dues.values());
  for (const due of groups.flatMap((group) => group.dues)) open.delete(due);
  for (const stray of strays) findings.push(judgeStray(stray, open));
  for (const due of open) findings.push(missing(due));
  requireBalance({ books, payments }, findings);
  return findings;
}

/** Gives payments in tokens that the policy knows the number of the asset. */
function assetNamer({ tokens }: ReconcilePolicy): (payment: Payment) => Payment {
  const numbers = new Map(Object.entries(tokens).map(([asset, token]) => [token, Number(asset)]));
  return (payment) => {
    const asset = typeof payment.asset === 'string' ? numbers.get(payment.asset) : undefined;
    return asset === undefined ? payment : { ...payment, asset };
  };
}

function indexDues(books: readonly WindowBook[]): ReadonlyMap<string, Due> {
  const dues = new Map<string, Due>();
  for (const { label, obligations } of books) {
    for (const obligation of obligations) {
      const key = referenceKey(obligation.reference);
      const other = dues.get(key);
      if (other) {
        throw new ObligationError('two obligations have the same reference', {
          at: `reference ${obligation.reference}`,
          details: [`in window ${other.window} and in window ${label}`],
          remedy: 'enter each obligation once; what is owed again has a reference of its own',
        });
      }
      dues.set(key, { obligation, window: label });
    }
  }
  return dues;
}

function inSequence(payments: readonly Payment[]): readonly Timed[] {
  const ids = new Set<string>();
  for (const { id } of payments) {
    if (ids.has(id)) throw twice('id', id);
    ids.add(id);
  }
  const sorted = payments.toSorted((a, b) => a.sequence - b.sequence);
  let latest = 0;
  return sorted.map((payment, i) => {
    if (i > 0 && sorted[i - 1]?.sequence === payment.sequence) throw twice('sequence', payment.sequence);
    latest = Math.max(latest, payment.paidAt);
    return { payment, time: latest };
  });
}

function twice(what: string, value: string | number): PaymentError {
  return new PaymentError(`two payments have the same ${what}`, {
    at: `${what} ${JSON.stringify(value)}`,
    remedy: 'a payment that was read twice is one payment; two payments have an id and a place of their own',
  });
}

/** The window of a payment that no obligation gives one: the latest to begin that holds its day. */
function windowFinder(books: readonly WindowBook[]): (payment: Payment) => string | undefined {
  const sorted = books.toSorted((a, b) => a.dateFrom - b.dateFrom || (a.label < b.label ? -1 : 1));
  return (payment) => {
    const day = Payment.day(payment);
    let [from, to] = [0, sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((sorted[middle] as WindowBook).dateFrom <= day) from = middle + 1;
      else to = middle;
    }
    const book = sorted[from - 1];
    return book && day <= book.dateTo ? book.label : undefined;
  };
}

/** The first stray of an obligation that nothing settles shows what became of it; others stand alone. */
function judgeStray({ reason, payment, dues }: Stray, open: Set<Due>): Finding {
  const taken = dues.filter((due) => open.delete(due));
  const window = (taken[0] ?? dues[0])?.window;
  return { ...alone(reason, payment, window), dues: taken };
}

function missing(due: Due): Finding {
  const { window, obligation } = due;
  return { class: 'MISSING', window, dues: [due], payments: [], settled: 0n, delta: -obligation.amount };
}

function alone(reason: Stray['reason'] | 'UNEXPECTED', payment: Payment, window: string | undefined): Finding {
  return { class: reason, window, dues: [], payments: [payment], settled: 0n };
}
