/** @module One measured figure: its samples, of which the median counts, and what it was measured on. */
import { InternalError } from '../../src/errors.ts';
import type { Circuit } from '../../src/model/Circuit.ts';

/** `ratio` is a quotient of two things measured in the same run. */
export type Unit = 'ms' | 'gas' | 'proofs/min' | 'ratio' | 'MiB';

/** What the project wants the median to be. */
export type Reach = { readonly atLeast: number } | { readonly atMost: number };

export type Row = {
  readonly name: string;
  readonly unit: Unit;
  /** In the order in which they were measured. */
  readonly samples: readonly number[];
  /** Whose circuit it was measured on; absent where none is involved. */
  readonly circuit?: Circuit | undefined;
  /** Threads that shared the work, where it can be shared. */
  readonly workers?: number | undefined;
  readonly reach?: Reach | undefined;
};

/** What every transaction costs before it does anything (yellow paper, G_transaction). */
const transactionGas = 21_000;

export const Row = {
  /** The middle sample, or the mean of the two in the middle. */
  median: ({ samples }: Row): number => {
    const sorted = samples.toSorted((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
  },

  /** Whether the median is where it should be; nothing where no reach is set. */
  isReached: (row: Row): boolean | undefined => {
    if (!row.reach) return undefined;
    const median = Row.median(row);
    return 'atLeast' in row.reach ? median >= row.reach.atLeast : median <= row.reach.atMost;
  },

  /**
   * Refuses figures that no measurement gives: none, not finite, not positive, less gas than an empty transaction.
   * @throws InternalError
   */
  check: (row: Row): Row => {
    const least = row.unit === 'gas' ? transactionGas : 0;
    const isSound = row.samples.length > 0 && row.samples.every((sample) => Number.isFinite(sample) && sample > least);
    if (isSound) return row;
    throw new InternalError(`the benchmark measured something impossible: ${row.name}`, {
      details: [`samples: ${row.samples.join(', ') || 'none'}, ${row.unit}`],
    });
  },
} as const;
