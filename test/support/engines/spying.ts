/** The reference engine, unless it finds anything in the environment: then it fails. */
import type { Engine } from '../../../prover/engines/engine.ts';
import { createEngine as createReference } from '../../../prover/engines/snarkjs.ts';

export async function createEngine(): Promise<Engine> {
  if (Object.keys(process.env).length > 0) throw new Error('there is an environment');
  return createReference();
}
