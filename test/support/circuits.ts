/** Computations of this repository as the tests of circuits see them: compiled, with what a cheating prover has. */
import { loadSystem, type Row, type System } from '../../prover/soundness/system.ts';
import { compile } from '../../src/compiler/compile.ts';
import type { Computation } from '../../src/model/Computation.ts';
import { cacheDir, circuitsDir } from './fixtures.ts';

export type { Row };
export type Terms = Row['a'];
export type TestCircuit = System;

export async function loadCircuit(
  computation: Computation,
  options: { readonly size?: string; readonly circuitsDir?: string } = {},
): Promise<TestCircuit> {
  return loadSystem(await compile(computation, { circuitsDir, cacheDir, ...options }));
}
