/**
 * @module What turns a proving key and a witness into a Groth16 proof. Engines are interchangeable: given the same
 * randomness every one of them gives the same proof, byte for byte. An engine trusts its arguments: the key and the
 * witness have passed the bounded parsers of `prover/artifacts/`, and whoever calls it verifies what comes back.
 */
import type { Proof } from '../../src/model/Proof.ts';

/** The prover's two blinding factors, uniform in [0, r). Never reused, never logged. */
export type Randomness = { readonly r: bigint; readonly s: bigint };

/** Milliseconds per stage, for traces and the benchmark; the names are the engine's own. */
export type StageTimings = Readonly<Record<string, number>>;

export type EngineProof = { readonly proof: Proof; readonly stages: StageTimings };

export type Engine = {
  readonly name: string;
  /**
   * Prepares a proving key. `zkey` is a whole snarkjs `.zkey`; it may lie in shared memory and must not be changed.
   */
  load(zkey: Uint8Array): Promise<KeyHandle>;
  close(): Promise<void>;
};

export type KeyHandle = {
  /**
   * Proves one witness: the elements w[0] = 1, w[1], … as 32 bytes each, least significant first, canonical.
   * `signal` is looked at between stages. `idle[0]`, in shared memory, counts the processors that the caller has left
   * over: an engine may borrow some by counting down, and gives them back by counting up, at the end or when the count
   * has fallen below zero, whichever comes first.
   */
  prove(witness: Uint8Array, randomness: Randomness, signal?: AbortSignal, idle?: Int32Array): Promise<EngineProof>;
  release(): Promise<void>;
};

/** What an engine's module exports. */
export type EngineModule = { readonly createEngine: () => Promise<Engine> };
