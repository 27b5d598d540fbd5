/** @module Runs a proof of the kernel stage by stage, with the time of each and a look at the signal in between. */
import { setImmediate } from 'node:timers/promises';
import { CancelledError } from '../../src/errors.ts';
import { Field } from '../../src/model/Field.ts';
import { Board } from '../board.ts';
import type { EngineProof, ProveOptions, Randomness } from './engine.ts';
import { checkStatus, decodeProof, stageNames } from './kernelStatus.ts';

/** A kernel with a key, ready for one proof at a time. */
export type StagedProof = {
  readonly begin: (witness: Uint8Array, r: Uint8Array, s: Uint8Array) => void;
  /** The status of the stage. */
  readonly run: (stage: number) => number;
  /** How threads share the proof; absent where each has a memory of its own. */
  readonly shared?: SharedProof;
  /** The 256 bytes of the proof. */
  readonly finish: () => Uint8Array;
};

type SharedProof = {
  /** The number for the board. */
  readonly open: () => number;
  /** The first stage of a task for this thread, or -1. */
  readonly claim: () => number;
  /** Waits for the other threads; the status of what they ran. */
  readonly close: () => number;
};

/**
 * Proves one witness; with a board, other threads may join and then run some of the stages.
 * @throws CancelledError when the signal aborts, and the errors of `checkStatus`
 */
export async function proveByStages(
  kernel: StagedProof,
  witness: Uint8Array,
  randomness: Randomness,
  { signal, board }: ProveOptions = {},
): Promise<EngineProof> {
  const stages: Record<string, number> = {};
  const timed = <T>(name: string, run: () => T): T => {
    if (signal?.aborted) throw new CancelledError('the proof was cancelled', { cause: signal.reason });
    const started = performance.now();
    const result = run();
    stages[name] = performance.now() - started;
    return result;
  };
  const runStage = async (stage: number): Promise<void> => {
    // Lets the thread hear of a cancellation.
    if (signal) await setImmediate();
    timed(stageNames[stage] as string, () => checkStatus(kernel.run(stage)));
  };
  timed('beginMs', () => kernel.begin(witness, Field.toBytesLE(randomness.r), Field.toBytesLE(randomness.s)));
  if (kernel.shared && board) {
    const status = await shareStages(kernel.shared, board, runStage, timed);
    checkStatus(status);
  } else {
    for (const stage of stageNames.keys()) await runStage(stage);
  }
  return { proof: decodeProof(timed('finishMs', kernel.finish)), stages };
}

/** The stages of which this thread comes first; the status of the others. */
async function shareStages(
  shared: SharedProof,
  board: Board,
  runStage: (stage: number) => Promise<void>,
  timed: (name: string, run: () => number) => number,
): Promise<number> {
  Board.announce(board, shared.open());
  try {
    for (let stage = shared.claim(); stage >= 0; stage = shared.claim()) {
      await runStage(stage);
      if (stage === quotientStage) await runStage(quotientStage + 1);
    }
  } finally {
    Board.close(board);
  }
  return timed('helpersMs', shared.close);
}

/** The sum over H needs the quotient and is one task with it. */
const quotientStage = 0;

/** The 256 bytes of a proof, all stages at once. @throws the errors of `checkStatus` */
export function proveAtOnce(kernel: StagedProof, witness: Uint8Array, { r, s }: Randomness): Uint8Array {
  kernel.begin(witness, Field.toBytesLE(r), Field.toBytesLE(s));
  for (const stage of stageNames.keys()) checkStatus(kernel.run(stage));
  return kernel.finish();
}
