/** @module What a check of a circuit works on, and what it says. */
import type { Computation, Values } from '../../src/model/Computation.ts';
import type { System } from './system.ts';

export type Fault = { readonly what: string; readonly details: readonly string[] };

export type Check = {
  readonly name: 'accepts' | 'rejects' | 'ranges' | 'reference' | 'forged witnesses' | 'loose wires';
  /** What was tried, in words. */
  readonly tried: string;
  readonly faults: readonly Fault[];
  /** What was found and is explained in `computation.ts`. */
  readonly explained: readonly string[];
};

/** What the checks work on. Inputs are complete, and accepted by the circuit. */
export type Subject = {
  readonly system: System;
  readonly computation: Computation;
  readonly draw: () => bigint;
  readonly good: readonly { readonly values: Values; readonly witness: readonly bigint[] }[];
};

/** `3 examples`, `1 example`, `no example`. */
export function count(number: number, noun: string): string {
  if (number === 0) return `no ${noun}`;
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
