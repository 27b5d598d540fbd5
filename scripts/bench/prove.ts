/**
 * @module The batch that a pool is there for, proven with one worker and with two in turn. What a busy machine does to
 * one run of a pair it mostly does to the other, so their ratio says more than either time.
 */
import { createProver } from '../../prover/index.ts';
import type { Circuit } from '../../src/model/Circuit.ts';
import type { Job } from '../../src/model/Job.ts';
import type { ProvenTiming } from '../../src/model/Proven.ts';
import { proverEngine } from '../../src/steps/engine.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import type { Row, Unit } from './row.ts';
import type { Workshop } from './workshop.ts';

const workerCounts = [1, 2] as const;
/** Two workers are worth having when they save this much of the time that one takes. */
const speedUpReach = { atLeast: 1.7 };

type Run = {
  readonly pair: number;
  readonly workers: number;
  /** From starting the pool to the last proof: threads, keys and calculators included. */
  readonly wallMs: number;
  /** What all threads of this process used together; hardly changes with what else the machine does. */
  readonly processorMs: number;
  readonly timings: readonly ProvenTiming[];
};

/** Jobs → proofs, paired runs of the same batch. */
export async function benchProve({ toolbox, scale, netting, jobs }: Workshop): Promise<readonly Row[]> {
  const { circuit } = await netting();
  const batch = await jobs();
  const runs: Run[] = [];
  for (let pair = 0; pair < scale.pairs; pair++) {
    // Whoever goes first in one pair goes second in the next.
    const order = pair % 2 === 0 ? workerCounts : workerCounts.toReversed();
    for (const workers of order) {
      const label = `pair ${pair + 1} of ${scale.pairs}, workers: ${workers}`;
      runs.push({ pair, workers, ...(await proveBatch(toolbox, batch, { workers, label })) });
    }
  }
  const speedUp: Row = {
    name: 'speed-up of two workers over one',
    unit: 'ratio',
    samples: pairedRatios(runs),
    circuit,
    reach: scale.hasReach ? speedUpReach : undefined,
  };
  return [...workerCounts.flatMap((workers) => rowsOf(runs, { workers, circuit, batch: scale.batch })), speedUp];
}

export type BatchOptions = { readonly workers: number; readonly label: string; readonly engine?: URL };

/** One run of a batch: the pool is started anew. */
export async function proveBatch({ config, onProgress, signal }: Toolbox, jobs: readonly Job[], options: BatchOptions) {
  const { workers, label, engine = proverEngine(config) } = options;
  const total = jobs.length;
  const before = process.cpuUsage();
  const started = performance.now();
  const prover = createProver({
    threads: workers,
    queueMax: total,
    deadlineMs: config.prover.deadlineMs,
    engine,
  });
  try {
    let done = 0;
    onProgress({ label, done, total });
    const proven = await Promise.all(
      jobs.map(async (job) => {
        const result = await prover.prove(job, { signal });
        onProgress({ label, done: ++done, total });
        return result;
      }),
    );
    const wallMs = performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    onProgress({ label, finished: true, note: `${total} proofs` });
    return { wallMs, processorMs: (user + system) / 1000, timings: proven.map(({ timing }) => timing) };
  } finally {
    await prover.close();
  }
}

/** How many times as long the lone worker took, for each pair. */
function pairedRatios(runs: readonly Run[]): readonly number[] {
  const [alone, shared] = workerCounts.map((workers) =>
    runs.filter((run) => run.workers === workers).toSorted((a, b) => a.pair - b.pair),
  ) as [Run[], Run[]];
  return alone.map(({ wallMs }, i) => wallMs / (shared[i] as Run).wallMs);
}

type Selection = { readonly workers: number; readonly circuit: Circuit; readonly batch: number };

function rowsOf(allRuns: readonly Run[], { workers, circuit, batch }: Selection): readonly Row[] {
  const runs = allRuns.filter((run) => run.workers === workers);
  const perRun = (name: string, read: (run: Run) => number, unit: Unit = 'ms'): Row => {
    return { name, unit, samples: runs.map(read), circuit, workers };
  };
  const perProof = (name: string, read: (timing: ProvenTiming) => number): Row => {
    return { name, unit: 'ms', samples: runs.flatMap(({ timings }) => timings.map(read)), circuit, workers };
  };
  return [
    perRun(`batch of ${batch}, pool started anew`, ({ wallMs }) => wallMs),
    perRun('throughput', ({ wallMs }) => (batch * 60_000) / wallMs, 'proofs/min'),
    perRun('processor time, per proof', ({ processorMs }) => processorMs / batch),
    // On an idle machine nearly one for each worker; with less it is others who hold the batch up.
    perRun('processors that the batch got', ({ processorMs, wallMs }) => processorMs / wallMs, 'ratio'),
    // A worker's later jobs find engine and key prepared, so only the longest time of a run says what that takes.
    perRun('engine and key, per worker', ({ timings }) => Math.max(...timings.map(({ loadMs }) => loadMs))),
    perProof('witness, per proof', ({ witnessMs }) => witnessMs),
    perProof('proof, per proof', ({ proveMs }) => proveMs),
    ...stageNames(runs).map((stage) => stageRow(runs, stage, { circuit, workers })),
    perProof('self-check, per proof', ({ verifyMs }) => verifyMs),
  ];
}

/** A stage that another thread ran for the worker has no time there. */
function stageRow(runs: readonly Run[], stage: string, about: Pick<Row, 'circuit' | 'workers'>): Row {
  const samples = runs.flatMap(({ timings }) => timings.flatMap(({ stages }) => stages[stage] ?? []));
  return { name: `· engine stage ${stage.replace(/Ms$/, '')}`, unit: 'ms', samples, ...about };
}

/** The engine's own names of what it does, in its order. */
function stageNames(runs: readonly Run[]): readonly string[] {
  return [...new Set(runs.flatMap(({ timings }) => timings.flatMap(({ stages }) => Object.keys(stages))))];
}
