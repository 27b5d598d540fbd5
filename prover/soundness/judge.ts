/** @module What a circuit makes of one input: its honest calculator, and its constraints without it. */
import { UnsatisfiedError } from '../../src/errors.ts';
import type { Values } from '../../src/model/Computation.ts';
import type { System } from './system.ts';

export type Verdict =
  | { readonly kind: 'accepted'; readonly witness: readonly bigint[] }
  /** `places` are the templates and lines that refused it, from the failing one up to the main one. */
  | { readonly kind: 'refused'; readonly places: readonly string[] }
  /** Only an assertion refused it: whoever passes over it has a witness that every constraint admits. */
  | { readonly kind: 'unguarded'; readonly places: readonly string[] };

/**
 * Asks the honest calculator first; when that refuses, asks the constraints whether they would, too.
 * @param values complete, results included
 */
export function judge(system: System, values: Values): Verdict {
  try {
    const witness = system.calculate(values);
    const broken = system.violations(witness);
    if (broken.length === 0) return { kind: 'accepted', witness };
    return { kind: 'refused', places: [`constraint ${broken[0]}`] };
  } catch (error) {
    if (!(error instanceof UnsatisfiedError)) throw error;
    const places = [error.at ?? error.shortMessage, ...error.details];
    return { kind: isForged(system, values) ? 'unguarded' : 'refused', places };
  }
}

function isForged(system: System, values: Values): boolean {
  try {
    return system.violations(system.forge(values)).length === 0;
  } catch (error) {
    // An impossible division or a place outside an array: the formulas themselves have no answer.
    if (error instanceof UnsatisfiedError) return false;
    throw error;
  }
}
