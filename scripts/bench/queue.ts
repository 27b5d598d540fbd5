/**
 * @module What the queue costs: the same chunks proven by a pool of this process, and taken in as a run that a worker
 * works on — leased, kept alive, its input opened, its result accepted with an entry in the journal — in turn. Measured is
 * the steady state, from the first result to the last: what starts once is not the queue's.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createProver } from '../../prover/index.ts';
import type { Job } from '../../src/model/Job.ts';
import { Json } from '../../src/model/Json.ts';
import { proverEngine } from '../../src/steps/engine.ts';
import { startRun } from '../../src/steps/startRun.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { work } from '../../src/steps/work.ts';
import type { Row } from './row.ts';
import type { Workshop } from './workshop.ts';

/** A job through the queue may take so much longer than its proof alone. */
const overheadReach = { atMost: 1.05 };
const workers = 1;

/** Milliseconds per job without the queue and with it. */
type Pair = { readonly bare: number; readonly queued: number };

/** Jobs → results, paired runs of the same batch, with the queue and without. */
export async function benchQueue({ toolbox, scale, netting, jobs }: Workshop): Promise<readonly Row[]> {
  const { circuit } = await netting();
  const batch = await jobs();
  const pairs: Pair[] = [];
  for (let pair = 0; pair < scale.pairs; pair++) {
    // Work that was done is not done again: each pair has contexts of its own.
    const own = batch.map((job): Job => ({ ...job, input: { ...job.input, context: BigInt(pair + 1) } }));
    const label = `pair ${pair + 1} of ${scale.pairs}`;
    const bare = () => proveAlone(toolbox, own, `${label}, without the queue`);
    const queued = () => proveQueued(toolbox, own, { runId: `bench-${pair}`, label: `${label}, with the queue` });
    // Whoever goes first in one pair goes second in the next.
    const first = pair % 2 === 0 ? await bare() : await queued();
    const second = pair % 2 === 0 ? await queued() : await bare();
    pairs.push(pair % 2 === 0 ? { bare: first, queued: second } : { bare: second, queued: first });
  }
  const row = (name: string, read: (pair: Pair) => number, more: Pick<Row, 'unit' | 'reach'>): Row => {
    return { name, samples: pairs.map(read), circuit, workers, ...more };
  };
  return [
    row('a job, proven by a pool', ({ bare }) => bare, { unit: 'ms' }),
    row('a job, through the queue', ({ queued }) => queued, { unit: 'ms' }),
    row('queue overhead at 64k', ({ bare, queued }) => queued / bare, {
      unit: 'ratio',
      reach: scale.hasReach ? overheadReach : undefined,
    }),
  ];
}

async function proveAlone({ config, onProgress, signal }: Toolbox, batch: readonly Job[], label: string) {
  const prover = createProver({
    ...{ threads: workers, queueMax: batch.length },
    ...{ deadlineMs: config.prover.deadlineMs, engine: proverEngine(config) },
  });
  const ends: number[] = [];
  try {
    const proveOne = async (job: Job) => {
      await prover.prove(job, { signal });
      ends.push(performance.now());
      onProgress({ label, done: ends.length, total: batch.length });
    };
    await Promise.all(batch.map(proveOne));
  } finally {
    await prover.close();
  }
  onProgress({ label, finished: true, note: `${batch.length} proofs` });
  return steadyMs(ends);
}

type Queued = { readonly runId: string; readonly label: string };

async function proveQueued(toolbox: Toolbox, batch: readonly Job[], { runId, label }: Queued): Promise<number> {
  const { config, onProgress } = toolbox;
  const { circuit } = batch[0] as Job;
  const inputs = join(config.dataDir, `${runId}.ndjson`);
  const lines = batch.map(({ id, input }) => `{"id":${JSON.stringify(id)},"input":${Json.canonical(input)}}\n`);
  await writeFile(inputs, lines.join(''));
  const place = { stream: 0, window: 0, errors: `${inputs}.errors` };
  await startRun(toolbox, { runId, name: circuit.name, size: circuit.size, inputs, ...place });
  const ends: number[] = [];
  await work(toolbox, {
    threads: workers,
    until: 'empty',
    onStep: (step) => {
      if (step !== 'accepted') return;
      ends.push(performance.now());
      onProgress({ label, done: ends.length, total: batch.length });
    },
  });
  onProgress({ label, finished: true, note: `${batch.length} results` });
  return steadyMs(ends);
}

/** From the first end to the last, per job. */
function steadyMs(ends: readonly number[]): number {
  return ((ends.at(-1) as number) - (ends[0] as number)) / (ends.length - 1);
}
