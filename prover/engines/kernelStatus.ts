/** @module What the native and the WebAssembly kernel answer with (`prover/kernel/status.h`), turned into errors. */
import {
  ArtifactFormatError,
  InternalError,
  type TallyError,
  UnsafeKeyError,
  WorkerMemoryError,
} from '../../src/errors.ts';
import { Field, q } from '../../src/model/Field.ts';
import type { Proof } from '../../src/model/Proof.ts';

/** The stages of a proof in the order in which one thread runs them; the index is the kernel's number. */
export const stageNames = ['quotientMs', 'hMs', 'aMs', 'b1Ms', 'b2Ms', 'cMs'] as const;

/** Bytes of a proof as the kernel writes it: A.x A.y B.x0 B.x1 B.y0 B.y1 C.x C.y, least significant byte first. */
export const proofBytes = 256;

/** @throws the error that a status other than 0 stands for */
export function checkStatus(status: number): void {
  if (status !== 0) throw errorOf(status);
}

/** The error that a status other than 0 stands for. */
export function errorOf(status: number): TallyError {
  switch (status) {
    case 1:
      return new WorkerMemoryError('there is no memory left for this proving key or proof');
    case 2:
      return new ArtifactFormatError('the proving key is not a well-formed Groth16 key over BN254');
    case 3:
      return new UnsafeKeyError('a point of the proving key is not on its curve');
    case 4:
      return new ArtifactFormatError('a coefficient of the proving key is out of range');
    case 5:
      return new ArtifactFormatError('the witness has the wrong length or an element out of range');
    default:
      return new InternalError(`the proving kernel failed with status ${status}`);
  }
}

/** The proof that the kernel's 256 bytes encode. @throws InternalError when they are no field elements */
export function decodeProof(bytes: Uint8Array): Proof {
  const at = (index: number): bigint => {
    const value = Field.fromBytesLE(bytes.subarray(32 * index, 32 * index + 32));
    if (value >= q) throw new InternalError('the proving kernel wrote a coordinate that is out of range');
    return value;
  };
  return {
    a: { x: at(0), y: at(1) },
    b: { x: [at(2), at(3)], y: [at(4), at(5)] },
    c: { x: at(6), y: at(7) },
  };
}
