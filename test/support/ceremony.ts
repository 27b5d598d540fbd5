/** @module A finished ceremony for the circuit `product`, and the hands of somebody who tampers with one. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addBeacon, contribute, type Extended } from '../../prover/keys/ceremony/contribute.ts';
import { deriveInitialKey } from '../../prover/keys/ceremony/initial.ts';
import { openPhase1, type Phase1 } from '../../prover/keys/ceremony/phase1.ts';
import type { KeyedCircuit } from '../../prover/keys/constraints.ts';
import { loadCurve, loadSnarkjs } from '../../prover/snarkjsRuntime.ts';
import { writeFileAtomic } from '../../src/files.ts';
import type { Artifacts } from './artifacts.ts';
import { cacheDir } from './fixtures.ts';

/** A file of the public ceremony, where the machine has it. */
export const hermez = fileURLToPath(new URL('../../../shared/ptau/powersOfTau28_hez_final_08.ptau', import.meta.url));

export const people = ['Ada', 'Blaise', 'Charles'] as const;
export const beacon = { name: 'beacon', hash: '00'.repeat(15).concat('2a'), iterationsExponent: 10 } as const;

export const blake2b = (bytes: Uint8Array): string => createHash('blake2b512').update(bytes).digest('hex');

/** The artifacts' own phase 1, which nobody published. */
export async function ownPhase1(artifacts: Artifacts): Promise<Phase1> {
  const expected = blake2b(await artifacts.read('prepared.ptau'));
  return openPhase1(artifacts.path('prepared.ptau'), { blake2b: expected });
}

/** The key after each step: initial, one for each of `people`, beacon. */
export async function runCeremony(circuit: KeyedCircuit, phase1: Phase1) {
  const initial = await deriveInitialKey(circuit, phase1);
  const steps: Extended[] = [];
  let bytes = initial;
  for (const name of people) {
    const step = await contribute({ bytes, source: name }, { name, entropy: 'dice' });
    steps.push(step);
    bytes = step.bytes;
  }
  const last = await addBeacon({ bytes, source: 'last' }, beacon);
  return { initial, steps: [...steps, last], final: last.bytes };
}

/** A phase 1 of power 7, large enough for `square`, which nobody published. Made once and kept. */
export async function squarePhase1(): Promise<{ readonly ptau: string; readonly blake2b: string }> {
  const ptau = join(cacheDir, 'ceremony-power-7.ptau');
  if (!existsSync(ptau)) await writeFileAtomic(ptau, await makePowers(7));
  return { ptau, blake2b: blake2b(await readFile(ptau)) };
}

async function makePowers(power: number): Promise<Uint8Array> {
  const { powersOfTau } = await loadSnarkjs();
  const files = [0, 1, 2].map((): { type: 'mem'; data?: Uint8Array } => ({ type: 'mem' }));
  const [fresh, contributed, prepared] = files as [(typeof files)[0], (typeof files)[0], (typeof files)[0]];
  await powersOfTau.newAccumulator(await loadCurve(), power, fresh);
  await powersOfTau.contribute(fresh, contributed, 'first', 'for tests');
  await powersOfTau.preparePhase2(contributed, prepared);
  return prepared.data as Uint8Array;
}
