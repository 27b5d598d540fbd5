/** @module What comes out of proving a job: a statement with a checked proof of it. Nothing in it is private. */
import type { Hex } from './Hex.ts';
import type { Proof } from './Proof.ts';
import type { KeyClass } from './VerifyingKey.ts';

export type Proven = {
  /** The job's own id. */
  readonly id: string;
  readonly programId: Hex;
  readonly keyId: Hex;
  readonly keyClass: KeyClass;
  readonly statementId: Hex;
  /** The public signals; number 0 is the context. */
  readonly signals: readonly bigint[];
  readonly proof: Proof;
  readonly timing: ProvenTiming;
};

/** All times in milliseconds. */
export type ProvenTiming = {
  /** From the call until a worker took the job. */
  readonly waitMs: number;
  readonly witnessMs: number;
  /** Preparing engine and key, which a worker keeps for its next jobs. */
  readonly loadMs: number;
  readonly proveMs: number;
  readonly verifyMs: number;
  /** Processor time of the worker; 0 where it cannot be told. */
  readonly cpuMs: number;
  /** The engine's own stages within `proveMs`. */
  readonly stages: Readonly<Record<string, number>>;
  /** How many tries it took. */
  readonly attempts: number;
};
