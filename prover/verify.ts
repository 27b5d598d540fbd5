/**
 * @module Strict verification of Groth16 proofs (https://eprint.iacr.org/2016/260) over BN254 in the calling thread:
 * e(A, B) = e(alpha, beta) · e(IC₀ + Σ sᵢ·ICᵢ, gamma) · e(C, delta). A proof is malleable: several proofs of one
 * statement verify, so statements and never proofs tell things apart. Verification throws; it returns no answer that
 * could be overlooked.
 */
import type { Curve } from 'ffjavascript';
import { InternalError, ProofRejectedError, SignalCountError } from '../src/errors.ts';
import { Field, r } from '../src/model/Field.ts';
import type { JsonValue } from '../src/model/Json.ts';
import type { G1, G2 } from '../src/model/Point.ts';
import { Proof } from '../src/model/Proof.ts';
import { Statement } from '../src/model/Statement.ts';
import { VerifyingKey } from '../src/model/VerifyingKey.ts';
import { createKernelVerifier } from './kernelVerifier.ts';
import { lintKey } from './keys/lint.ts';
import { loadCurve } from './snarkjsRuntime.ts';

export type Verifier = {
  /**
   * Resolves when the proof shows the public signals.
   * @throws SignalCountError, ProofRejectedError
   */
  readonly verify: (signals: readonly bigint[], proof: Proof) => Promise<void>;
};

/**
 * Prepares a verifying key: linted once, with e(alpha, beta) worked out.
 * @throws UnsafeKeyError
 */
export async function createVerifier(verifyingKey: VerifyingKey): Promise<Verifier> {
  const publicCount = VerifyingKey.publicCount(verifyingKey);
  lintKey(verifyingKey, { publicCount });
  const kernel = createKernelVerifier(verifyingKey);
  if (!kernel) return createReferenceVerifier(verifyingKey);
  return {
    verify: async (signals, proof) => {
      checkSignals(signals, publicCount);
      if (kernel.accepts([{ signals, proof }])) return;
      // The reference says what is wrong with it. If it finds nothing, one of the two is defective.
      const reference = await createReferenceVerifier(verifyingKey);
      await reference.verify(signals, proof);
      throw new InternalError('the kernel refuses a proof that the reference accepts');
    },
  };
}

/** As `createVerifier`, always by the reference implementation of the pairing; the key is linted already. */
export async function createReferenceVerifier(verifyingKey: VerifyingKey): Promise<Verifier> {
  const publicCount = VerifyingKey.publicCount(verifyingKey);
  const curve = await loadCurve();
  const key = prepareKey(curve, verifyingKey);
  return {
    verify: async (signals, proof) => {
      checkSignals(signals, publicCount);
      const { a, b, c } = readPoints(curve, proof);
      const signalsPoint = await combineSignals(curve, key, signals);
      const holds = await curve.pairingEq(
        ...[a, b],
        ...[curve.G1.neg(signalsPoint), key.gamma],
        ...[curve.G1.neg(c), key.delta],
        key.alphaBeta,
      );
      if (!holds) throw new ProofRejectedError('the proof does not verify for these public signals');
    },
  };
}

/** Verifies one proof. Prepare the key with `createVerifier` where there are several. @throws as `Verifier.verify` */
export async function verify(verifyingKey: VerifyingKey, signals: readonly bigint[], proof: Proof): Promise<void> {
  const verifier = await createVerifier(verifyingKey);
  await verifier.verify(signals, proof);
}

export type ProofFiles = {
  readonly verifyingKey: JsonValue;
  readonly signals: JsonValue;
  readonly proof: JsonValue;
};

/**
 * Verifies what three files hold in snarkjs' form (as `Json.parse` gives them), all parsed strictly.
 * @returns what was proven and by which proof
 * @throws ArtifactFormatError, ProofProtocolError, UnsafeKeyError, SignalCountError, ProofRejectedError
 */
export async function verifyProofJson(files: ProofFiles): Promise<{ signals: bigint[]; proof: Proof }> {
  const verifyingKey = VerifyingKey.parse(files.verifyingKey);
  const signals = Statement.parseSignals(files.signals, VerifyingKey.publicCount(verifyingKey));
  const proof = Proof.parse(files.proof);
  await verify(verifyingKey, signals, proof);
  return { signals, proof };
}

type PreparedKey = {
  readonly alphaBeta: Uint8Array;
  readonly gamma: Uint8Array;
  readonly delta: Uint8Array;
  /** IC₀. */
  readonly constant: Uint8Array;
  /** IC₁, … behind one another, affine. */
  readonly bases: Uint8Array;
};

function prepareKey(curve: Curve, key: VerifyingKey): PreparedKey {
  const [constant, ...bases] = key.ic.map((point) => toG1(curve, point));
  return {
    alphaBeta: curve.pairing(toG1(curve, key.alpha), toG2(curve, key.beta)),
    gamma: toG2(curve, key.gamma),
    delta: toG2(curve, key.delta),
    constant: constant as Uint8Array,
    bases: new Uint8Array(Buffer.concat(bases)),
  };
}

function checkSignals(signals: readonly bigint[], publicCount: number): void {
  if (signals.length !== publicCount) {
    throw new SignalCountError(`expected ${publicCount} public signals, got ${signals.length}`);
  }
  const bad = signals.findIndex((signal) => !Field.is(signal));
  if (bad < 0) return;
  throw new ProofRejectedError(`public signal ${bad} is not an element of the field`, { at: `publicSignals[${bad}]` });
}

function readPoints(curve: Curve, proof: Proof): { a: Uint8Array; b: Uint8Array; c: Uint8Array } {
  Proof.checkCurve(proof);
  const b = toG2(curve, proof.b);
  // G1 has prime order; the twist does not, and a point outside the subgroup would make the pairing meaningless.
  if (!curve.G2.isZero(curve.G2.timesScalar(b, r))) {
    throw new ProofRejectedError('pi_b is not in the subgroup of order r', { at: 'pi_b' });
  }
  return { a: toG1(curve, proof.a), b, c: toG1(curve, proof.c) };
}

async function combineSignals(curve: Curve, key: PreparedKey, signals: readonly bigint[]): Promise<Uint8Array> {
  if (signals.length === 0) return key.constant;
  const scalars = new Uint8Array(Buffer.concat(signals.map(Field.toBytesLE)));
  return curve.G1.add(await curve.G1.multiExpAffine(key.bases, scalars), key.constant);
}

function toG1(curve: Curve, { x, y }: G1): Uint8Array {
  return curve.G1.fromObject([x, y]);
}

function toG2(curve: Curve, { x, y }: G2): Uint8Array {
  return curve.G2.fromObject([x, y]);
}
