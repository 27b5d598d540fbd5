/** @module Replays a ceremony: from the constraint system and the phase 1 through every contribution to the key. */
import { CeremonyError } from '../../../src/errors.ts';
import type { VerifyingKey } from '../../../src/model/VerifyingKey.ts';
import { checkBelongs } from '../../artifacts/belongs.ts';
import { Zkey } from '../../artifacts/zkey.ts';
import { type KeyedCircuit, readConstraints } from '../constraints.ts';
import { exportVerifyingKey } from '../export.ts';
import { openArithmetic } from './arithmetic.ts';
import type { CeremonyKey } from './contribute.ts';
import { deriveInitialKey } from './initial.ts';
import type { Phase1 } from './phase1.ts';
import { checkSteps } from './steps.ts';
import { type Contributed, checkTranscript } from './transcript.ts';

export type VerifiedCeremony = {
  /** BLAKE2b-512 of the initial key's points, as snarkjs prints it; lower-case hex. */
  readonly circuitHash: string;
  /** In order; the last is the beacon where there is one. */
  readonly contributions: readonly Contributed[];
  readonly verifyingKey: VerifyingKey;
};

export type VerifyOptions = {
  readonly circuit: KeyedCircuit;
  readonly phase1: Phase1;
  /** What computes, as `TALLY_ENGINE`; the fastest by default. */
  readonly engine?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Verifies a key against what it claims to come from: the initial key is derived again, the transcript is followed point
 * by point, the beacon is worked out, and every row of the key is held against the initial one.
 * @throws CeremonyError, ArtifactMismatchError when the key is another circuit's, UnsafeKeyError when nobody has
 * contributed, PtauError, the errors of `Zkey.parse`, CancelledError
 */
export async function verifyCeremony(
  { bytes, source }: CeremonyKey,
  { circuit, phase1, engine, signal }: VerifyOptions,
): Promise<VerifiedCeremony> {
  const zkey = Zkey.parse(bytes, source, { deep: true });
  checkBelongs(zkey, await readConstraints(circuit));
  const contributions = await checkTranscript(zkey, { signal });
  const verifyingKey = exportVerifyingKey(zkey, 'ceremony');
  const initial = Zkey.parse(await deriveInitialKey(circuit, phase1, { engine, signal }), 'the initial key');
  await checkSteps(initial, zkey, openArithmetic(engine));
  const circuitHash = Buffer.from(zkey.contributions.circuitHash).toString('hex');
  return { circuitHash, contributions, verifyingKey };
}

/**
 * What must hold of a ceremony before its key is used as one: it ended with a beacon.
 * @throws CeremonyError
 */
export function requireFinished(contributions: readonly { readonly beacon?: unknown }[], source: string): void {
  if (contributions.at(-1)?.beacon) return;
  throw new CeremonyError(`${source} has no beacon: its last contributor could have chosen delta`, {
    at: source,
    remedy: 'run `tally ceremony beacon` with public randomness that is younger than the last contribution',
  });
}
