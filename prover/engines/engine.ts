/**
 * @module What turns a proving key and a witness into a Groth16 proof. Engines are interchangeable: given the same
 * randomness every one of them gives the same proof, byte for byte. An engine trusts its arguments: the key and the
 * witness have passed the bounded parsers of `prover/artifacts/`, and whoever calls it verifies what comes back.
 */
import type { Proof } from '../../src/model/Proof.ts';
import type { Board } from '../board.ts';

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
  /** The key that this process shares under that hash; for engines whose keys can be shared (`engines/choose.ts`). */
  find?(sha256: string): Promise<KeyHandle>;
  /** Works in this thread on the proof of a board, until nothing is left of it or the board says to leave. */
  help?(board: Board): Promise<void>;
  close(): Promise<void>;
};

export type ProveOptions = { readonly signal?: AbortSignal | undefined; readonly board?: Board | undefined };

export type KeyHandle = {
  /**
   * Proves one witness: the elements w[0] = 1, w[1], … as 32 bytes each, least significant first, canonical.
   * `signal` is looked at between stages. An engine that lets other threads help announces the proof on the board.
   */
  prove(witness: Uint8Array, randomness: Randomness, options?: ProveOptions): Promise<EngineProof>;
  release(): Promise<void>;
};

/** A key that all threads of this process find by its hash until it is released. */
export type SharedKey = { readonly release: () => void };

/** Reads a key into the memory of this process. The bytes are not needed afterwards. */
export type ShareKey = (sha256: string, zkey: Uint8Array) => SharedKey;

/** What an engine's module exports. */
export type EngineModule = { readonly createEngine: () => Promise<Engine> };
