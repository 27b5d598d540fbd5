/** @module Inputs drawn from a schema, for tests of circuits: mostly within a signal's range, often at its ends. */
import type { Signal, Value, Values } from './Computation.ts';

/** One draw in so many is an end of the range, one a small number; the rest are uniform. */
const shares = 8n;
const smallMax = 3n;

export const Sample = {
  /**
   * A value for each signal that is not a result.
   * @param draw gives field elements, see `Draw`
   */
  given: (signals: readonly Signal[], draw: () => bigint): Values => {
    const drawn = signals.filter(({ result }) => !result).map((signal) => [signal.name, array(signal, draw, 0)]);
    return Object.fromEntries(drawn) as Values;
  },

  /** One element of a signal. */
  element: ({ min, max }: Signal, draw: () => bigint): bigint => {
    const kind = draw() % shares;
    if (kind === 0n) return min;
    if (kind === 1n) return max;
    const range = max - min + 1n;
    const width = kind === 2n && range > smallMax ? smallMax : range;
    return min + (draw() % width);
  },
} as const;

function array(signal: Signal, draw: () => bigint, level: number): Value {
  const length = signal.dimensions[level];
  if (length === undefined) return Sample.element(signal, draw);
  return Array.from({ length }, () => array(signal, draw, level + 1));
}
