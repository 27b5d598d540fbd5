/**
 * @module The key before the first contribution: what follows from a constraint system and a phase 1 alone, with delta
 * still the generator. The kernel computes it, or snarkjs where there is no kernel, to the same bytes, so that the ceremony
 * is one that snarkjs' tools can follow; that it is right is checked by equations of our own. Everything but a few points
 * of it stays as it is for the whole ceremony.
 */
import { PtauError } from '../../../src/errors.ts';
import { checkBelongs } from '../../artifacts/belongs.ts';
import { Ptau } from '../../artifacts/ptau.ts';
import { R1cs } from '../../artifacts/r1cs.ts';
import { Zkey } from '../../artifacts/zkey.ts';
import { readPinned } from '../../pinned.ts';
import { loadSnarkjs } from '../../snarkjsRuntime.ts';
import { type KeyedCircuit, readConstraints } from '../constraints.ts';
import { checkNotAborted } from '../multiples.ts';
import { openArithmetic } from './arithmetic.ts';
import { composeInitialKey } from './compose.ts';
import { checkDerived } from './derived.ts';
import type { Phase1 } from './phase1.ts';

export type InitialOptions = {
  /** What computes, as `TALLY_ENGINE`; the fastest by default. */
  readonly engine?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Derives the initial key of a circuit. The same circuit and phase 1 always give the same bytes.
 * @throws PtauError when the phase 1 is not prepared or too small, CeremonyError when the key that was computed does not
 * follow from its inputs, ArtifactHashError and the errors of `R1cs.parse`, CancelledError
 */
export async function deriveInitialKey(
  circuit: KeyedCircuit,
  phase1: Phase1,
  { engine, signal }: InitialOptions = {},
): Promise<Uint8Array> {
  const r1cs = await readConstraints(circuit);
  const { constraintCount } = r1cs;
  Ptau.checkServes(phase1.ptau, { constraintCount, publicCount: R1cs.publicCount(r1cs) }, phase1.path);
  checkNotAborted(signal);
  const arithmetic = openArithmetic(engine);
  const { combine } = arithmetic;
  const bytes = combine
    ? await composeInitialKey(r1cs, phase1, { combine, signal })
    : await deriveBySnarkjs(circuit, phase1);
  checkNotAborted(signal);
  const zkey = Zkey.parse(bytes, 'the initial key', { deep: true });
  checkBelongs(zkey, r1cs);
  await checkDerived(zkey, r1cs, phase1, arithmetic);
  return bytes;
}

async function deriveBySnarkjs(circuit: KeyedCircuit, phase1: Phase1): Promise<Uint8Array> {
  const { zKey } = await loadSnarkjs();
  const target: { type: 'mem'; data?: Uint8Array } = { type: 'mem' };
  // It writes into its sources' buffers nowhere, but takes plain ones only, and answers -1 to what it cannot do.
  const result = await zKey.newZKey(await readPinned(circuit.r1cs), phase1.bytes, target);
  if (result === -1 || target.data === undefined) {
    throw new PtauError(`no key for ${circuit.name} can be derived from ${phase1.path}`, { at: phase1.path });
  }
  return target.data;
}
