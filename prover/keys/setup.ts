/**
 * @module Development keys: a Groth16 proving key straight from the constraint system and a seed, in seconds and
 * without a phase 1. The same circuit and seed give the same bytes on every machine. The key is as sound as a
 * ceremony's against everyone but those who know the seed, and it is stamped `development` wherever it goes.
 */
import { createHash } from 'node:crypto';
import { TallyError } from '../../src/errors.ts';
import { Hex } from '../../src/model/Hex.ts';
import type { Keys } from '../../src/model/Keys.ts';
import { VerifyingKey } from '../../src/model/VerifyingKey.ts';
import { elementBytes, viewOf, writeU256 } from '../artifacts/binary.ts';
import type { R1cs } from '../artifacts/r1cs.ts';
import { Zkey } from '../artifacts/zkey.ts';
import { circuitLabel, type KeyedCircuit, readConstraints } from './constraints.ts';
import { exportVerifyingKey } from './export.ts';
import type { GroupName } from './fixedBase.ts';
import { hasKeyFolder, keyFolderPath, openKeys, quarantineKeyFolder, writeKeyFolder } from './keyFolder.ts';
import { checkNotAborted, computeMultiples, type Multiples, type MultiplesOptions } from './multiples.ts';
import { evaluateScalars } from './qap.ts';
import { deriveSecrets, type Secrets } from './secrets.ts';
import { createZkeyImage } from './zkeyWriter.ts';

/** The seed of development keys where none is given: everyone knows it. */
export const developmentSeed = 'tallystick development keys';

export type SetupOptions = MultiplesOptions & {
  /** Keys are kept in subfolders of it. */
  readonly keysDir: string;
  readonly seed?: string | undefined;
};

const createdBy = 'tallystick development set-up v1';

/**
 * Makes development keys for a circuit, or opens them when they have been made. With two threads, 2^16 constraints
 * take about twelve seconds.
 * @throws ArtifactHashError, ArtifactMismatchError and the errors of `R1cs.parse` for a constraint system that is not
 * the compiled one, CancelledError when `signal` aborts, WorkerFailedError
 * @example
 * const keys = await createDevelopmentKeys(circuit, { keysDir: '.tally/keys' });
 */
export async function createDevelopmentKeys(circuit: KeyedCircuit, options: SetupOptions): Promise<Keys> {
  const { keysDir, seed = developmentSeed } = options;
  const r1cs = await readConstraints(circuit);
  checkNotAborted(options.signal);
  const plan = planKey(r1cs, deriveSecrets(seed, circuit.programId), circuit.programId);
  await computeMultiples(plan.verifying, { ...options, onProgress: undefined });
  const verifyingKey = readVerifyingKey(plan.bytes);
  const dir = keyFolderPath(keysDir, circuitLabel(circuit), VerifyingKey.id(verifyingKey));
  const made = await openMadeKeys(dir, circuit, options);
  if (made) return made;
  await computeMultiples(plan.proving, options);
  await writeKeyFolder(keysDir, {
    circuit: circuitLabel(circuit),
    programId: circuit.programId,
    r1csSha256: circuit.r1cs.sha256,
    seedSha256: createHash('sha256').update(seed).digest('hex'),
    createdBy,
    zkey: plan.bytes,
    verifyingKey,
  });
  return openKeys(dir, circuit);
}

/** Development keys can be made again at any time, so damaged ones are moved aside rather than mourned. */
async function openMadeKeys(dir: string, circuit: KeyedCircuit, options: SetupOptions): Promise<Keys | undefined> {
  if (!(await hasKeyFolder(dir))) return undefined;
  try {
    return await openKeys(dir, circuit);
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    const aside = await quarantineKeyFolder(dir);
    options.onProgress?.({ done: 0, total: 0, label: `damaged keys, moved to ${aside}: ${error.shortMessage}` });
    return undefined;
  }
}

/** Needs the verifying points only. @throws UnsafeKeyError */
function readVerifyingKey(bytes: Uint8Array): VerifyingKey {
  return exportVerifyingKey(Zkey.parse(bytes, 'the new key'), 'development');
}

/** The key's file without its points, and the points to compute: those that verify first, since they name the key. */
function planKey(r1cs: R1cs, secrets: Secrets, programId: Hex) {
  const scalars = evaluateScalars(r1cs, secrets);
  const { bytes, points } = createZkeyImage(r1cs, scalars.domainSize, circuitHash(programId));
  const { alpha, beta, delta } = secrets;
  const b = packScalars(scalars.b);
  const verifying = [
    multiples('g1', [alpha], points.alpha1),
    multiples('g1', [beta], points.beta1),
    multiples('g2', [beta], points.beta2),
    multiples('g2', [1n], points.gamma2),
    multiples('g1', [delta], points.delta1),
    multiples('g2', [delta], points.delta2),
    multiples('g1', scalars.ic, points.ic),
  ];
  const proving: readonly Multiples[] = [
    { group: 'g2', count: r1cs.wires, scalars: b, output: points.b2 },
    { group: 'g1', count: r1cs.wires, scalars: b, output: points.b1 },
    multiples('g1', scalars.a, points.a),
    multiples('g1', scalars.c, points.c),
    multiples('g1', scalars.h, points.h),
  ];
  return { bytes, verifying, proving };
}

function multiples(group: GroupName, scalars: readonly bigint[], output: Uint8Array): Multiples {
  return { group, count: scalars.length, scalars: packScalars(scalars), output };
}

/** 32 bytes each, least significant first, in shared memory. */
function packScalars(scalars: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(scalars.length * elementBytes));
  const view = viewOf(bytes);
  for (const [i, scalar] of scalars.entries()) writeU256(view, i * elementBytes, scalar);
  return bytes;
}

/** Stands where a ceremony's key has the hash of its points before the first contribution. */
function circuitHash(programId: Hex): Uint8Array {
  return createHash('sha512')
    .update('tallystick/development-key/v1\0circuit\0')
    .update(Hex.toBytes(programId))
    .digest();
}
