/**
 * @module The outcome of one comparison of what was owed with what was paid. Every obligation and every payment is in
 * exactly one finding; a finding is a match or a break.
 */
import type { Obligation } from './Obligation.ts';
import type { Payment } from './Payment.ts';

/** An obligation and the window that it stands in. */
export type Due = { readonly obligation: Obligation; readonly window: string };

/** One payment for one obligation, several for one, one for several. */
export const matchClasses = ['MATCHED', 'MATCHED_SPLIT', 'MATCHED_BULK'] as const;

/** In the order in which a report lists them. */
export const breakClasses = [
  /** Nothing was paid. */
  'MISSING',
  /** Paid for no obligation that there is. */
  'UNEXPECTED',
  /** Paid again after all was paid, by a payment of the same amount. */
  'DUPLICATE',
  /** Payments that go beyond what was owed, and are no repetition. */
  'OVERPAID',
  /** Paid too little or too much. */
  'AMOUNT_MISMATCH',
  /** Too little or too much by a power of ten: taken in the wrong unit. */
  'DECIMAL_MISMATCH',
  /** Paid in another asset than was owed, whatever that asset calls itself. */
  'UNKNOWN_ASSET',
  /** Paid by or to somebody else, or the wrong way round. */
  'PARTY_MISMATCH',
  /** Paid in full after the time that policy allows. */
  'LATE',
  /** Paid in full for another day than was owed. */
  'DATE_MISMATCH',
  /** Paid in full, at a time that lies before an earlier payment of the sequence. */
  'CLOCK_SKEW',
] as const;

export type MatchClass = (typeof matchClasses)[number];
export type BreakClass = (typeof breakClasses)[number];
export type FindingClass = MatchClass | BreakClass;

export type Finding = {
  readonly class: FindingClass;
  /** Of the obligations, else of the payment's day; absent when its day is in no window. */
  readonly window: string | undefined;
  readonly dues: readonly Due[];
  /** In the order of the sequence. */
  readonly payments: readonly Payment[];
  /** The part of what was owed that these payments settle. */
  readonly settled: bigint;
  /** What was paid less what was owed, where both are in one asset. */
  readonly delta?: bigint | undefined;
  /** Of DECIMAL_MISMATCH: what was paid is what was owed times ten to this power. */
  readonly shift?: number | undefined;
};

const breaks: ReadonlySet<string> = new Set(breakClasses);

export const Finding = {
  isBreak: (finding: Finding): finding is Finding & { readonly class: BreakClass } => breaks.has(finding.class),

  owed: ({ dues }: Finding): bigint => dues.reduce((sum, { obligation }) => sum + obligation.amount, 0n),

  paid: ({ payments }: Finding): bigint => payments.reduce((sum, { amount }) => sum + amount, 0n),
} as const;
