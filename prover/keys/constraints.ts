/** @module The constraint system that keys are made for or checked against. */
import { ArtifactMismatchError } from '../../src/errors.ts';
import type { Circuit } from '../../src/model/Circuit.ts';
import { R1cs } from '../artifacts/r1cs.ts';
import { readPinned } from '../pinned.ts';

/** What keys need of a circuit. */
export type KeyedCircuit = Pick<Circuit, 'name' | 'size' | 'programId' | 'publicCount' | 'r1cs'>;

/** @throws ArtifactHashError, ArtifactMismatchError and what `R1cs.parse` throws */
export async function readConstraints({ r1cs: artifact, publicCount }: KeyedCircuit): Promise<R1cs> {
  const r1cs = R1cs.parse(await readPinned(artifact), artifact.path);
  if (R1cs.publicCount(r1cs) === publicCount) return r1cs;
  throw new ArtifactMismatchError(`${artifact.path} does not have ${publicCount} public signals`, {
    at: artifact.path,
    remedy: 'compile the circuit again',
  });
}

/** Name and size, as they begin the name of a key folder. */
export function circuitLabel({ name, size }: KeyedCircuit): string {
  return `${name}-${size}`;
}
