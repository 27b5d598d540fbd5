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
import { unpackG1, unpackG2 } from './ceremony/points.ts';
import { circuitLabel, type KeyedCircuit, readConstraints } from './constraints.ts';
import { exportVerifyingKey } from './export.ts';
import { type GroupName, pointBytes } from './fixedBase.ts';
import { hasKeyFolder, hasKeysOf, keyFolderPath, openKeys, quarantineKeyFolder, writeKeyFolder } from './keyFolder.ts';
import { checkNotAborted, computeMultiples, type Multiples, type MultiplesOptions } from './multiples.ts';
import { evaluateOpenScalars, evaluateScalars } from './qap.ts';
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
 * Makes development keys for a circuit, or opens them when they have been made. With two threads and
 * the native kernel, 2^16 constraints take about two seconds; without one, twelve.
 * @throws ArtifactHashError, ArtifactMismatchError and the errors of `R1cs.parse` for a constraint system that is not
 * the compiled one, CancelledError when `signal` aborts, WorkerFailedError
 * @example
 * const keys = await createDevelopmentKeys(circuit, { keysDir: '.tally/keys' });
 */
export async function createDevelopmentKeys(circuit: KeyedCircuit, options: SetupOptions): Promise<Keys> {
  const { keysDir, seed = developmentSeed } = options;
  const r1cs = await readConstraints(circuit);
  checkNotAborted(options.signal);
  const secrets = deriveSecrets(seed, circuit.programId);
  const made = await openMadeKeys({ circuit, r1cs, secrets }, options);
  if (made) return made;
  const plan = planKey(r1cs, secrets, circuit.programId);
  await computeMultiples(plan.points, options);
  const dir = await writeKeyFolder(keysDir, {
    circuit: circuitLabel(circuit),
    programId: circuit.programId,
    r1csSha256: circuit.r1cs.sha256,
    seedSha256: createHash('sha256').update(seed).digest('hex'),
    createdBy,
    zkey: plan.bytes,
    verifyingKey: exportVerifyingKey(Zkey.parse(plan.bytes, 'the new key'), 'development'),
  });
  return openKeys(dir, circuit);
}

type Recipe = { readonly circuit: KeyedCircuit; readonly r1cs: R1cs; readonly secrets: Secrets };

/**
 * Keys are found under the id that follows from circuit and seed, not by what a file says of itself. Development keys can
 * be made again at any time, so damaged ones are moved aside rather than mourned.
 */
async function openMadeKeys({ circuit, r1cs, secrets }: Recipe, options: SetupOptions): Promise<Keys | undefined> {
  const label = circuitLabel(circuit);
  if (!(await hasKeysOf(options.keysDir, label))) return undefined;
  const verifyingKey = await deriveVerifyingKey(r1cs, secrets, options);
  const dir = keyFolderPath(options.keysDir, label, VerifyingKey.id(verifyingKey));
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

/** The verifying half alone. */
async function deriveVerifyingKey(r1cs: R1cs, secrets: Secrets, options: SetupOptions): Promise<VerifyingKey> {
  const { alpha, beta, delta } = secrets;
  const ic = evaluateOpenScalars(r1cs, secrets);
  const [inG1, inG2] = [shared((ic.length + 1) * pointBytes.g1), shared(3 * pointBytes.g2)];
  const points = [multiples('g1', [alpha, ...ic], inG1), multiples('g2', [beta, 1n, delta], inG2)];
  await computeMultiples(points, { ...options, onProgress: undefined });
  const g1 = (i: number) => unpackG1(pointAt(inG1, i, pointBytes.g1), 'the key');
  const g2 = (i: number) => unpackG2(pointAt(inG2, i, pointBytes.g2), 'the key');
  return {
    keyClass: 'development',
    alpha: g1(0),
    beta: g2(0),
    gamma: g2(1),
    delta: g2(2),
    ic: ic.map((_, i) => g1(i + 1)),
  };
}

function pointAt(bytes: Uint8Array, i: number, width: number): Uint8Array {
  return bytes.subarray(i * width, (i + 1) * width);
}

/** The key's file without its points, and the points to compute. */
function planKey(r1cs: R1cs, secrets: Secrets, programId: Hex) {
  const scalars = evaluateScalars(r1cs, secrets);
  const { bytes, points } = createZkeyImage(r1cs, scalars.domainSize, circuitHash(programId));
  const { alpha, beta, delta } = secrets;
  const b = packScalars(scalars.b);
  const all: readonly Multiples[] = [
    multiples('g1', [alpha], points.alpha1),
    multiples('g1', [beta], points.beta1),
    multiples('g2', [beta], points.beta2),
    multiples('g2', [1n], points.gamma2),
    multiples('g1', [delta], points.delta1),
    multiples('g2', [delta], points.delta2),
    multiples('g1', scalars.ic, points.ic),
    { group: 'g2', count: r1cs.wires, scalars: b, output: points.b2 },
    { group: 'g1', count: r1cs.wires, scalars: b, output: points.b1 },
    multiples('g1', scalars.a, points.a),
    multiples('g1', scalars.c, points.c),
    multiples('g1', scalars.h, points.h),
  ];
  return { bytes, points: all };
}

function multiples(group: GroupName, scalars: readonly bigint[], output: Uint8Array): Multiples {
  return { group, count: scalars.length, scalars: packScalars(scalars), output };
}

/** 32 bytes each, least significant first, in shared memory. */
function packScalars(scalars: readonly bigint[]): Uint8Array {
  const bytes = shared(scalars.length * elementBytes);
  const view = viewOf(bytes);
  for (const [i, scalar] of scalars.entries()) writeU256(view, i * elementBytes, scalar);
  return bytes;
}

function shared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** Stands where a ceremony's key has the hash of its points before the first contribution. */
function circuitHash(programId: Hex): Uint8Array {
  return createHash('sha512')
    .update('tallystick/development-key/v1\0circuit\0')
    .update(Hex.toBytes(programId))
    .digest();
}
