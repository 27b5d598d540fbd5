/**
 * @module Development keys: a Groth16 proving key straight from the constraint system and a seed, in seconds and
 * without a phase 1. The same circuit and seed give the same bytes on every machine. The key is as sound as a
 * ceremony's against everyone but those who know the seed, and it is stamped `development` wherever it goes.
 */
import { createHash } from 'node:crypto';
import { ArtifactHashError, ArtifactMismatchError } from '../../src/errors.ts';
import { readFileBounded } from '../../src/files.ts';
import type { Circuit } from '../../src/model/Circuit.ts';
import { Hex } from '../../src/model/Hex.ts';
import type { Keys } from '../../src/model/Keys.ts';
import { VerifyingKey } from '../../src/model/VerifyingKey.ts';
import { elementBytes, viewOf, writeU256 } from '../artifacts/binary.ts';
import { R1cs } from '../artifacts/r1cs.ts';
import { Zkey } from '../artifacts/zkey.ts';
import { exportVerifyingKey } from './export.ts';
import type { GroupName } from './fixedBase.ts';
import { hasKeyFolder, keyFolderPath, openKeys, writeKeyFolder } from './keyFolder.ts';
import { checkNotAborted, computeMultiples, type Multiples, type MultiplesOptions } from './multiples.ts';
import { evaluateScalars } from './qap.ts';
import { deriveSecrets, type Secrets } from './secrets.ts';
import { createZkeyImage } from './zkeyWriter.ts';

/** The seed of development keys where none is given: everyone knows it. */
export const developmentSeed = 'tallystick development keys';

/** What the set-up needs of a circuit. */
export type SetupCircuit = Pick<Circuit, 'name' | 'size' | 'programId' | 'publicCount' | 'r1cs'>;

export type SetupOptions = MultiplesOptions & {
  /** Keys are kept in subfolders of it. */
  readonly keysDir: string;
  readonly seed?: string | undefined;
};

/** Circuits larger than this are beyond one machine anyway; a guard against reading endless files. */
const r1csBytesMax = 4 * 2 ** 30;
const createdBy = 'tallystick development set-up v1';

/**
 * Makes development keys for a circuit, or opens them when they have been made. With two threads, 2^16 constraints
 * take some ten seconds.
 * @throws ArtifactHashError and the errors of `R1cs.parse` for a damaged constraint system, those of `openKeys` for
 * damaged keys, CancelledError when `signal` aborts, WorkerFailedError
 * @example
 * const keys = await createDevelopmentKeys(circuit, { keysDir: '.tally/keys' });
 */
export async function createDevelopmentKeys(circuit: SetupCircuit, options: SetupOptions): Promise<Keys> {
  const { keysDir, seed = developmentSeed } = options;
  const r1cs = await readConstraints(circuit);
  checkNotAborted(options.signal);
  const plan = planKey(r1cs, deriveSecrets(seed, circuit.programId), circuit.programId);
  await computeMultiples(plan.verifying, { ...options, onProgress: undefined });
  const label = `${circuit.name}-${circuit.size}`;
  const dir = keyFolderPath(keysDir, label, VerifyingKey.id(readVerifyingKey(plan.bytes)));
  if (!(await hasKeyFolder(dir))) {
    await computeMultiples(plan.proving, options);
    await writeKeyFolder(keysDir, {
      circuit: label,
      programId: circuit.programId,
      r1csSha256: circuit.r1cs.sha256,
      seedSha256: createHash('sha256').update(seed).digest('hex'),
      createdBy,
      zkey: plan.bytes,
      verifyingKey: readVerifyingKey(plan.bytes),
    });
  }
  return openKeys(dir, circuit);
}

/** Needs the verifying points only. @throws UnsafeKeyError */
function readVerifyingKey(bytes: Uint8Array): VerifyingKey {
  return exportVerifyingKey(Zkey.parse(bytes, 'the new key'), 'development');
}

async function readConstraints({ r1cs: { path, sha256 }, publicCount }: SetupCircuit): Promise<R1cs> {
  const bytes = await readFileBounded(path, { bytesMax: r1csBytesMax });
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw new ArtifactHashError(`${path} is not the file that was compiled`, { at: path, remedy: 'compile again' });
  }
  const r1cs = R1cs.parse(bytes, path);
  if (R1cs.publicCount(r1cs) === publicCount) return r1cs;
  throw new ArtifactMismatchError(`${path} does not have ${publicCount} public signals`, { at: path });
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
