/**
 * @module The reference engine: snarkjs' Groth16 prover (https://eprint.iacr.org/2016/260) in the calling thread. Slow
 * and trusted; the faster engines are held against it. snarkjs takes its two blinding factors from its curve's random
 * number generator, so this file lends it one that hands out the caller's, for the length of a call.
 */
import type { Curve } from 'ffjavascript';
import type { ProofJson } from 'snarkjs';
import { InternalError } from '../../src/errors.ts';
import { Json } from '../../src/model/Json.ts';
import { Proof } from '../../src/model/Proof.ts';
import { Wtns } from '../artifacts/wtns.ts';
import { loadCurve, loadSnarkjs } from '../snarkjsRuntime.ts';
import type { Engine, EngineProof, KeyHandle, Randomness } from './engine.ts';

/** Takes one call at a time per thread: the random number generator is shared. @throws InternalError */
export async function createEngine(): Promise<Engine> {
  const curve = await loadCurve();
  const { groth16 } = await loadSnarkjs();
  return {
    name: 'snarkjs',
    load: async (zkey): Promise<KeyHandle> => ({
      prove: async (witness, randomness, { signal } = {}): Promise<EngineProof> => {
        signal?.throwIfAborted();
        const started = performance.now();
        const { proof } = await withRandomness(curve, randomness, () => groth16.prove(zkey, Wtns.encode(witness)));
        return { proof: parseProof(proof), stages: { groth16Ms: performance.now() - started } };
      },
      release: async () => {},
    }),
    close: async () => {},
  };
}

/** The order is snarkjs': first r, then s. */
async function withRandomness<T>(curve: Curve, { r, s }: Randomness, call: () => Promise<T>): Promise<T> {
  const drawn = [r, s].map((value) => curve.Fr.e(value));
  const original = curve.Fr.random;
  curve.Fr.random = () => {
    const next = drawn.shift();
    if (!next) throw new InternalError('snarkjs drew more randomness than a Groth16 proof takes');
    return next;
  };
  try {
    const result = await call();
    if (drawn.length > 0) throw new InternalError('snarkjs did not draw the randomness it was given');
    return result;
  } finally {
    curve.Fr.random = original;
  }
}

function parseProof(json: ProofJson): Proof {
  return Proof.parse(Json.parse(JSON.stringify(json), 'proof'));
}
