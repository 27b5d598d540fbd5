/**
 * @module Seeded faults for reconciliation: obligations that are paid as they should be, and a way to spoil a number of
 * them in each way that has a class. What was done is what has to be found, and nothing else.
 */
import type { Finding, FindingClass } from '../../src/model/Finding.ts';
import type { Obligation } from '../../src/model/Obligation.ts';
import type { WindowBook } from '../../src/model/ObligationFile.ts';
import type { Payment } from '../../src/model/Payment.ts';
import type { Random } from './random.ts';

export const daySeconds = 86_400;

/** Every class but MATCHED, which is what remains. */
export const faultClasses = [
  ...['MISSING', 'UNEXPECTED', 'DUPLICATE', 'OVERPAID', 'AMOUNT_MISMATCH', 'DECIMAL_MISMATCH', 'UNKNOWN_ASSET'],
  ...['PARTY_MISMATCH', 'LATE', 'DATE_MISMATCH', 'CLOCK_SKEW', 'MATCHED_SPLIT', 'MATCHED_BULK'],
] as readonly Exclude<FindingClass, 'MATCHED'>[];

/** One payment for each obligation, in time, in the order of time. */
export function payAll(books: readonly WindowBook[]): Payment[] {
  const payments = books.flatMap(({ obligations }) =>
    obligations.map((obligation, i) => payFor(obligation, { id: String(obligation.reference), second: i })),
  );
  return inTime(payments);
}

/** A payment of what an obligation asks for, `second` seconds into its day. */
export function payFor(
  { debtor, creditor, asset, amount, valueDate, reference }: Obligation,
  { id, second = 0 }: { readonly id: string; readonly second?: number },
): Payment {
  const paidAt = valueDate * daySeconds + (second % daySeconds);
  return { id, sequence: 0, paidAt, asset, debtor, creditor, amount, references: [reference], valueDate };
}

/** Numbers payments in the order of their times. */
export function inTime(payments: readonly Payment[]): Payment[] {
  const sorted = payments.toSorted((a, b) => a.paidAt - b.paidAt || (a.id < b.id ? -1 : 1));
  return sorted.map((payment, sequence) => ({ ...payment, sequence }));
}

export type Faulty = {
  readonly payments: readonly Payment[];
  /** A line for each finding other than MATCHED that has to be made, as `label` writes it, sorted. */
  readonly expected: readonly string[];
};

type Spoil = (paid: Paid, random: Random) => readonly Payment[];
type Paid = { readonly obligation: Obligation; readonly payment: Payment };

/** Spoils so many obligations in each way; each has to have one payment of its own. */
export function injectFaults(
  { books, payments }: { readonly books: readonly WindowBook[]; readonly payments: readonly Payment[] },
  { random, perClass }: { readonly random: Random; readonly perClass: number },
): Faulty {
  const byReference = new Map(payments.map((payment) => [payment.references[0], payment]));
  const all = shuffle(
    books.flatMap(({ obligations }) => obligations),
    random,
  ).map((obligation): Paid => ({ obligation, payment: byReference.get(obligation.reference) as Payment }));
  const expected: string[] = [];
  const changed: Payment[] = [];
  const bulk = takePairs(all, perClass);
  for (const [a, b] of bulk) {
    changed.push(join(a, b));
    expected.push(labelOf('MATCHED_BULK', lower(a.obligation.reference, b.obligation.reference)));
  }
  const paired = new Set(bulk.flat());
  const rest = all.filter((paid) => !paired.has(paid))[Symbol.iterator]();
  for (const [name, spoil] of Object.entries(spoils)) {
    for (let i = 0; i < perClass; i++) {
      const paid = rest.next().value as Paid;
      const spoiled = spoil(paid, random);
      changed.push(...spoiled);
      const reference = name === 'UNEXPECTED' ? (spoiled[1] as Payment).references[0] : paid.obligation.reference;
      expected.push(labelOf(name as FindingClass, reference));
    }
  }
  const skewed = Array.from({ length: perClass }, () => rest.next().value as Paid);
  for (const { obligation } of skewed) expected.push(labelOf('CLOCK_SKEW', obligation.reference));
  const untouched = [...skewed, ...rest].map(({ payment }) => payment);
  const backwards = new Set(skewed.map(({ payment }) => payment.id));
  return { payments: turnBack(inTime([...changed, ...untouched]), backwards, random), expected: expected.sort() };
}

/** A finding's class and what it is about: its lowest reference. */
export function label({ class: name, dues, payments }: Finding): string {
  const references = dues.length > 0 ? dues.map(({ obligation }) => obligation.reference) : payments[0]?.references;
  return labelOf(name, (references ?? []).reduce(lower, 2n ** 248n));
}

/** What was found other than MATCHED, as `Faulty` has it. */
export function foundFaults(findings: readonly Finding[]): string[] {
  return findings
    .filter((finding) => finding.class !== 'MATCHED')
    .map(label)
    .sort();
}

function labelOf(name: FindingClass, reference: bigint): string {
  return `${name} ${reference}`;
}

const spoils: Readonly<Record<Exclude<FindingClass, 'MATCHED' | 'MATCHED_BULK' | 'CLOCK_SKEW'>, Spoil>> = {
  MISSING: () => [],
  UNEXPECTED: ({ payment }, random) => [payment, { ...again(payment), references: [random.bits(248)] }],
  DUPLICATE: ({ payment }) => [payment, again(payment)],
  OVERPAID: ({ payment }, random) => {
    const half = { ...payment, amount: payment.amount / 2n + 1n };
    // Two halves that are too large, or a little on top of the whole.
    return random.below(2) === 0 ? [half, again(half)] : [payment, { ...again(payment), amount: 1n }];
  },
  AMOUNT_MISMATCH: ({ payment }, random) => [
    { ...payment, amount: payment.amount + (random.below(2) === 0 ? 1n : -1n) },
  ],
  DECIMAL_MISMATCH: ({ payment }, random) => [
    payment.amount % 100n === 0n && random.below(2) === 0
      ? { ...payment, amount: payment.amount / 100n }
      : { ...payment, amount: payment.amount * 10n ** BigInt(1 + random.below(18)) },
  ],
  UNKNOWN_ASSET: ({ payment }, random) => [
    { ...payment, asset: random.below(2) === 0 ? 978 : `0x${random.bits(160).toString(16).padStart(40, '0')}` },
  ],
  PARTY_MISMATCH: ({ payment }, random) => {
    const { debtor, creditor } = payment;
    return [
      random.below(2) === 0 ? { ...payment, debtor: creditor, creditor: debtor } : { ...payment, debtor: debtor + 100 },
    ];
  },
  LATE: ({ obligation, payment }) => [{ ...payment, paidAt: (obligation.valueDate + 1) * daySeconds }],
  DATE_MISMATCH: ({ obligation, payment }, random) => [
    { ...payment, valueDate: obligation.valueDate + (random.below(2) === 0 ? 1 : -1) },
  ],
  MATCHED_SPLIT: ({ payment }, random) => {
    const part = 1n + (random.bits(64) % (payment.amount - 1n));
    return [
      { ...payment, amount: part },
      { ...again(payment), amount: payment.amount - part },
    ];
  },
};

function again(payment: Payment): Payment {
  return { ...payment, id: `${payment.id}/again` };
}

/** Pairs of one day between the same parties. */
function takePairs(all: readonly Paid[], count: number): (readonly [Paid, Paid])[] {
  const key = ({ obligation: { debtor, creditor, asset, valueDate } }: Paid) =>
    `${debtor}/${creditor}/${asset}/${valueDate}`;
  const pairs = [...Map.groupBy(all, key).values()].flatMap(([a, b]) => (a && b ? [[a, b] as const] : []));
  if (pairs.length < count) throw new Error(`there are ${pairs.length} pairs, not ${count}`);
  return pairs.slice(0, count);
}

function join(a: Paid, b: Paid): Payment {
  const references = [a.obligation.reference, b.obligation.reference] as const;
  return { ...a.payment, amount: a.payment.amount + b.payment.amount, references: [...references] };
}

/** Sets the clocks of some payments to before the payment that precedes them. */
function turnBack(payments: readonly Payment[], ids: ReadonlySet<string>, random: Random): Payment[] {
  return payments.map((payment, i) => {
    if (!ids.has(payment.id)) return payment;
    const before = payments[i - 1]?.paidAt;
    // The first of all has nobody before it: it goes to the end, and the last one's time is later than its own.
    if (before === undefined) return { ...payment, sequence: payments.length };
    return { ...payment, paidAt: before - 1 - random.below(10) };
  });
}

function shuffle<T>(items: readonly T[], random: Random): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
  }
  return shuffled;
}

function lower(a: bigint, b: bigint): bigint {
  return [a, b].sort((x, y) => (x < y ? -1 : 1))[0] as bigint;
}
