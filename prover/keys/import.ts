/** @module Takes in a proving key that was made elsewhere: by a ceremony, or by snarkjs. */
import { createHash } from 'node:crypto';
import { ArtifactMismatchError, UnsafeKeyError } from '../../src/errors.ts';
import { readFileBounded } from '../../src/files.ts';
import type { Keys } from '../../src/model/Keys.ts';
import type { G1, G2 } from '../../src/model/Point.ts';
import type { KeyClass } from '../../src/model/VerifyingKey.ts';
import { checkBelongs } from '../artifacts/belongs.ts';
import { Zkey } from '../artifacts/zkey.ts';
import { artifactBytesMax } from '../pinned.ts';
import { loadCurve } from '../snarkjsRuntime.ts';
import { circuitLabel, type KeyedCircuit, readConstraints } from './constraints.ts';
import { exportVerifyingKey } from './export.ts';
import { openKeys, writeKeyFolder } from './keyFolder.ts';

export type ImportOptions = {
  readonly keysDir: string;
  readonly keyClass: KeyClass;
};

/**
 * Checks a proving key against a circuit as far as that goes without its phase 1, and stores it: every point on its
 * curve, the coefficients of A and B those of the circuit, the verifying points safe and the same in G1 and G2. The
 * matrix C and the contributions are in the points alone: that they are right follows from the ceremony's transcript,
 * or from trust in where the file comes from.
 * @throws the errors of `Zkey.parse`, ArtifactHashError, ArtifactMismatchError, UnsafeKeyError, InputFileError
 */
export async function importKeys(path: string, circuit: KeyedCircuit, options: ImportOptions): Promise<Keys> {
  const bytes = await readFileBounded(path, { bytesMax: artifactBytesMax });
  const zkey = Zkey.parse(bytes, path, { deep: true });
  checkBelongs(zkey, await readConstraints(circuit));
  const verifyingKey = exportVerifyingKey(zkey, options.keyClass);
  await checkTwins(zkey);
  const dir = await writeKeyFolder(options.keysDir, {
    circuit: circuitLabel(circuit),
    programId: circuit.programId,
    r1csSha256: circuit.r1cs.sha256,
    seedSha256: null,
    createdBy: 'imported',
    zkey: bytes,
    verifyingKey,
  });
  const keys = await openKeys(dir, circuit);
  if (keys.provingKey.sha256 === sha256(bytes)) return keys;
  // The verifying key does not fix every byte of the proving key: the list of contributors, for one.
  throw new ArtifactMismatchError(`another proving key with the id ${keys.keyId} is there already`, { at: dir });
}

/** beta and delta stand in both groups; a prover with unequal ones makes proofs that never verify. */
async function checkTwins(zkey: Zkey): Promise<void> {
  for (const [name, one, two] of [
    ['beta', zkey.beta1, zkey.beta2],
    ['delta', zkey.delta1, zkey.delta2],
  ] as const) {
    if (!(await isSameMultiple(one, two))) {
      throw new UnsafeKeyError(`unsafe key: ${name} is not the same in G1 and G2`, { at: name });
    }
  }
}

/** Whether P = k·G1 and Q = k·G2 for one k: e(P, G2) · e(−G1, Q) = 1. */
async function isSameMultiple(p: G1, q: G2): Promise<boolean> {
  const { G1, G2, pairingEq } = await loadCurve();
  return pairingEq(G1.fromObject([p.x, p.y, 1n]), G2.g, G1.neg(G1.g), G2.fromObject([q.x, q.y, [1n, 0n]]));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
