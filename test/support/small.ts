/** @module The computation `small` as most tests of the prover use it. */
import type { Values } from '../../src/model/Computation.ts';
import small from './computations/small/computation.ts';
import { type Fixture, loadFixture, testCircuitsDir } from './fixtures.ts';

/** 3² − 4 + 5 + (2·7 − 3·4) = 12. */
export const smallInput: Values = {
  context: 1n,
  x: 3n,
  d: -4n,
  h: 5n,
  m: [
    [2n, 3n],
    [4n, 7n],
  ],
};

/** `twin` is another circuit with as many wires, constraints and signals. */
export const loadSmall = (size: 'default' | 'twin' = 'default'): Promise<Fixture> =>
  loadFixture(small, { size, circuitsDir: testCircuitsDir });

/** One of the engines of `test/support/engines`. */
export function engineAt(name: string, parameters: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(`engines/${name}.ts`, import.meta.url);
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
  return url;
}
