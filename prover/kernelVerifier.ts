/**
 * @module Verification by the native kernel (`prover/kernel/groth16/verify.h`): under a millisecond per proof, and less
 * in batches. It says yes or no; why a proof is refused is for `verify.ts` to find out.
 */
import { randomBytes } from 'node:crypto';
import { Field } from '../src/model/Field.ts';
import type { Proof } from '../src/model/Proof.ts';
import { VerifyingKey } from '../src/model/VerifyingKey.ts';
import { loadNativeAddon } from './engines/nativeAddon.ts';

export type Proven = { readonly signals: readonly bigint[]; readonly proof: Proof };

export type KernelVerifier = {
  /** Whether all proofs show their signals, of which each has as many as the key says. */
  readonly accepts: (proven: readonly Proven[]) => boolean;
};

/** Proofs that one linear combination takes. */
const batchMax = 64;

/** For a key that has been linted; undefined where there is no native kernel. */
export function createKernelVerifier(verifyingKey: VerifyingKey): KernelVerifier | undefined {
  const loaded = loadNativeAddon();
  if (!('addon' in loaded)) return undefined;
  const { addon } = loaded;
  const [backend] = addon.backends();
  if (backend === undefined) return undefined;
  const key = encodeKey(verifyingKey);
  const publicCount = VerifyingKey.publicCount(verifyingKey);
  const acceptsBatch = (batch: readonly Proven[]): boolean => {
    if (batch.some(({ signals }) => signals.length !== publicCount)) return false;
    const numbers = batch.flatMap(({ signals, proof }) => [...signals, ...coordinates(proof)]);
    if (numbers.some((value) => value < 0n || value >= 1n << 256n)) return false;
    const signals = encode(batch.flatMap((item) => item.signals));
    const proofs = encode(batch.flatMap(({ proof }) => coordinates(proof)));
    return addon.verify(backend, key, signals, proofs, drawFactors(batch.length)) === 0;
  };
  return {
    accepts: (proven) => {
      for (let first = 0; first < proven.length; first += batchMax) {
        if (!acceptsBatch(proven.slice(first, first + batchMax))) return false;
      }
      return true;
    },
  };
}

/** 128 bits each, which no prover can foresee: a false proof passes with a chance of 2^-128. One proof needs none. */
function drawFactors(count: number): Uint8Array {
  const factors = new Uint8Array(32 * count);
  if (count === 1) factors[0] = 1;
  else for (let i = 0; i < count; i++) factors.set(randomBytes(16), 32 * i);
  return factors;
}

function encodeKey({ alpha, beta, gamma, delta, ic }: VerifyingKey): Uint8Array {
  const twisted = [beta, gamma, delta].flatMap(({ x, y }) => [...x, ...y]);
  return encode([alpha.x, alpha.y, ...twisted, ...ic.flatMap(({ x, y }) => [x, y])]);
}

function coordinates({ a, b, c }: Proof): bigint[] {
  return [a.x, a.y, ...b.x, ...b.y, c.x, c.y];
}

function encode(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(32 * values.length);
  for (const [i, value] of values.entries()) bytes.set(Field.toBytesLE(value), 32 * i);
  return bytes;
}
