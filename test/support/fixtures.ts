/**
 * @module Compiled circuits with development keys. They are made once, in a folder that git ignores, and found again by
 * their content.
 */
import { fileURLToPath } from 'node:url';
import { createDevelopmentKeys } from '../../prover/keys/setup.ts';
import { compile } from '../../src/compiler/compile.ts';
import type { Circuit } from '../../src/model/Circuit.ts';
import { Computation, type Values } from '../../src/model/Computation.ts';
import type { Job } from '../../src/model/Job.ts';
import type { Keys } from '../../src/model/Keys.ts';

export const circuitsDir = fileURLToPath(new URL('../../circuits', import.meta.url));
/** Computations that only tests have. */
export const testCircuitsDir = fileURLToPath(new URL('computations', import.meta.url));
export const cacheDir = fileURLToPath(new URL('../../.tally/test', import.meta.url));

export type Fixture = {
  readonly computation: Computation;
  readonly circuit: Circuit;
  readonly keys: Keys;
  /** A job with the results added to the input. */
  readonly job: (input: Values, id?: string) => Job;
};

export type FixtureOptions = { readonly size?: string; readonly circuitsDir?: string };

/** A computation of this repository, or of `circuitsDir`, at one size, compiled and with development keys. */
export async function loadFixture(computation: Computation, options: FixtureOptions = {}): Promise<Fixture> {
  const circuit = await compile(computation, { circuitsDir, cacheDir, ...options });
  const keys = await createDevelopmentKeys(circuit, { keysDir: `${cacheDir}/keys` });
  const complete = (input: Values) => Computation.complete(computation, circuit.parameters, input);
  return { computation, circuit, keys, job: (input, id = 'job') => ({ id, circuit, keys, input: complete(input) }) };
}
