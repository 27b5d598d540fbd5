/** @module Runs a proof of the kernel stage by stage, with the time of each and a look at the signal in between. */
import { setImmediate } from 'node:timers/promises';
import { CancelledError } from '../../src/errors.ts';
import { Field } from '../../src/model/Field.ts';
import type { EngineProof, Randomness } from './engine.ts';
import { checkStatus, decodeProof, stageNames } from './kernelStatus.ts';

/** A kernel with a key, ready for one proof at a time. */
export type StagedProof = {
  readonly begin: (witness: Uint8Array, r: Uint8Array, s: Uint8Array) => void;
  /** The status of the stage. */
  readonly run: (stage: number) => number;
  /** All stages at once, on idle processors too; absent where there is but one thread. */
  readonly runSplit?: (idle: Int32Array) => number;
  /** The 256 bytes of the proof. */
  readonly finish: () => Uint8Array;
};

export type ProveOptions = {
  readonly signal?: AbortSignal | undefined;
  /** See `KeyHandle.prove`. */
  readonly idle?: Int32Array | undefined;
};

/**
 * Proves one witness.
 * @throws CancelledError when the signal aborts, and the errors of `checkStatus`
 */
export async function proveByStages(
  kernel: StagedProof,
  witness: Uint8Array,
  randomness: Randomness,
  { signal, idle }: ProveOptions,
): Promise<EngineProof> {
  const stages: Record<string, number> = {};
  const timed = <T>(name: string, run: () => T): T => {
    if (signal?.aborted) throw new CancelledError('the proof was cancelled', { cause: signal.reason });
    const started = performance.now();
    const result = run();
    stages[name] = performance.now() - started;
    return result;
  };
  timed('beginMs', () => kernel.begin(witness, Field.toBytesLE(randomness.r), Field.toBytesLE(randomness.s)));
  if (kernel.runSplit && idle && Atomics.load(idle, 0) > 0) {
    const { runSplit } = kernel;
    timed('splitMs', () => checkStatus(runSplit(idle)));
    return { proof: decodeProof(timed('finishMs', kernel.finish)), stages };
  }
  for (const [stage, name] of stageNames.entries()) {
    // Lets the thread hear of a cancellation.
    if (signal) await setImmediate();
    timed(name, () => checkStatus(kernel.run(stage)));
  }
  return { proof: decodeProof(timed('finishMs', kernel.finish)), stages };
}

/** The 256 bytes of a proof, all stages at once. @throws the errors of `checkStatus` */
export function proveAtOnce(kernel: StagedProof, witness: Uint8Array, { r, s }: Randomness): Uint8Array {
  kernel.begin(witness, Field.toBytesLE(r), Field.toBytesLE(s));
  for (const stage of stageNames.keys()) checkStatus(kernel.run(stage));
  return kernel.finish();
}
