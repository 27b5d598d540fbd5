/**
 * @module Net positions: what each participant is owed (positive) or owes (negative) in a window, in the stream's
 * units. They always sum to zero.
 */
import { ProofRejectedError } from '../errors.ts';
import { Field, r } from './Field.ts';
import type { Obligation } from './Obligation.ts';
import { poseidon } from './Poseidon.ts';

export type Positions = readonly bigint[];

/** A position lies in [−2^95, 2^95). */
const bound = 2n ** 95n;
/** Positions hashed together with the previous digest: circomlib's Poseidon takes 16 inputs. */
const groupSize = 15;

export const Positions = {
  zero: (participants: number): Positions => new Array<bigint>(participants).fill(0n),

  /** The positions after some more obligations. */
  apply: (positions: Positions, obligations: readonly Obligation[]): Positions => {
    const after = [...positions];
    for (const { debtor, creditor, amount } of obligations) {
      after[debtor] = (after[debtor] as bigint) - amount;
      after[creditor] = (after[creditor] as bigint) + amount;
    }
    return after;
  },

  /** h₀ = salt; each group of 15 positions p: h = H(h, p…). */
  commitment: (positions: Positions, salt: bigint): bigint => {
    let digest = salt;
    for (let start = 0; start < positions.length; start += groupSize) {
      digest = poseidon([digest, ...positions.slice(start, start + groupSize).map(Field.from)]);
    }
    return digest;
  },

  /** The signed position that a public signal stands for. @throws ProofRejectedError when it is out of range */
  fromSignal: (signal: bigint): bigint => {
    if (signal < bound) return signal;
    if (r - signal <= bound) return signal - r;
    throw new ProofRejectedError('a disclosed position is out of range');
  },

  /** What would move if every obligation were paid. */
  gross: (obligations: readonly Obligation[]): bigint => obligations.reduce((sum, { amount }) => sum + amount, 0n),

  /** What moves when only net positions are paid: the sum of the positive ones. */
  net: (positions: Positions): bigint =>
    positions.reduce((sum, position) => (position > 0n ? sum + position : sum), 0n),
} as const;
