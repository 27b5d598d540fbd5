/**
 * @module Our engines against snarkjs', all in one run: one proof on one thread, a batch, the memory of a batch,
 * verification. What cannot run here has no row, and is said.
 */

import { readSignals } from '../../prover/calculate.ts';
import { createReferenceVerifier, createVerifier } from '../../prover/verify.ts';
import type { Job } from '../../src/model/Job.ts';
import { Positions } from '../../src/model/Positions.ts';
import { compile } from '../../src/steps/compile.ts';
import { chosenEngine, namedEngine } from '../../src/steps/engine.ts';
import { makeKeys } from '../../src/steps/makeKeys.ts';
import { batchMemory } from './batchMemory.ts';
import { repeat } from './clock.ts';
import { type ContestResult, contestRows, holdContest } from './contest.ts';
import { proveBatch } from './prove.ts';
import type { Reach, Row } from './row.ts';
import type { Workshop } from './workshop.ts';

/** Of each engine against snarkjs at the circuit's real size, and at about a thousand constraints. */
const realReaches: Readonly<Record<string, Reach>> = {
  'native:ifma': { atLeast: 24 },
  'native:adx': { atLeast: 7 },
  wasm: { atLeast: 4 },
};
const smallReaches: Readonly<Record<string, Reach>> = { 'native:ifma': { atLeast: 25 } };
const batchReach: Reach = { atLeast: 18 };
const speedUpReach: Reach = { atLeast: 1.75 };
const memoryReach: Reach = { atMost: 150 };
const verifyReach: Reach = { atLeast: 6 };

/** Proofs of the batch, and the workers that share it. */
const batchMax = 16;
const workers = 2;

export async function benchPeers(workshop: Workshop): Promise<readonly Row[]> {
  const { scale, leaveOut } = workshop;
  const jobs = await workshop.jobs();
  const [job] = jobs;
  const contest = await holdContest(job, scale.pairs);
  for (const what of contest.leftOut) leaveOut(what);
  const small = await smallJob(workshop);
  const smallContest = await holdContest(small, scale.repeats);
  const batch = jobs.slice(0, batchMax) as [Job, ...Job[]];
  return [
    ...contestRows(contest, { circuit: job.circuit, reaches: scale.hasReach ? realReaches : {} }),
    ...contestRows(smallContest, { circuit: small.circuit, reaches: scale.hasReach ? smallReaches : {} }),
    ...(await batchRows(workshop, batch)),
    await memoryRow(workshop, batch),
    ...(await verifyRows(workshop, contest)),
  ];
}

/** The window's disclosure at its tiny size: a transform of 1,024 like any circuit of about a thousand constraints. */
async function smallJob({ quietly }: Workshop): Promise<Job> {
  const { circuit } = await compile(quietly, { name: 'disclosure', size: 'tiny' });
  const keys = await makeKeys(quietly, circuit);
  const positions = [2n ** 40n, -(2n ** 40n) + 5n, -7n, 2n];
  const salt = 2n ** 200n + 1n;
  const input = { context: 1n, commitment: Positions.commitment(positions, salt), positions, salt };
  return { id: 'small', circuit, keys, input };
}

/** Ours with one worker and with two in turn, then snarkjs with two; the witness is in all of it. */
async function batchRows({ toolbox, scale, leaveOut }: Workshop, batch: readonly [Job, ...Job[]]): Promise<Row[]> {
  const { name } = chosenEngine(toolbox.config);
  const { circuit } = batch[0];
  const alone: number[] = [];
  const shared: number[] = [];
  for (let pair = 0; pair < scale.pairs; pair++) {
    for (const count of pair % 2 === 0 ? [1, workers] : [workers, 1]) {
      const label = `batch of ${batch.length}, ${name}, workers: ${count}`;
      const { wallMs } = await proveBatch(toolbox, batch, { workers: count, label });
      (count === 1 ? alone : shared).push(wallMs);
    }
  }
  const ours: Row[] = [
    { name: `batch of ${batch.length}, ${name}`, unit: 'ms', samples: shared, circuit, workers },
    {
      name: '· times as fast as one worker',
      unit: 'ratio',
      samples: shared.map((ms, pair) => (alone[pair] as number) / ms),
      circuit,
      workers,
      reach: scale.hasReach ? speedUpReach : undefined,
    },
  ];
  if (name === 'snarkjs') {
    leaveOut('the batch against snarkjs: snarkjs is the engine');
    return ours;
  }
  const { url } = namedEngine({ ...toolbox.config, prover: { ...toolbox.config.prover, engine: 'snarkjs' } });
  const label = `batch of ${batch.length}, snarkjs, workers: ${workers}`;
  const { wallMs } = await proveBatch(toolbox, batch, { workers, label, engine: url });
  return [
    ...ours,
    { name: `batch of ${batch.length}, snarkjs`, unit: 'ms', samples: [wallMs], circuit, workers },
    {
      name: '· times as fast as snarkjs',
      unit: 'ratio',
      samples: shared.map((ms) => wallMs / ms),
      circuit,
      workers,
      reach: scale.hasReach ? batchReach : undefined,
    },
  ];
}

async function memoryRow({ toolbox, scale }: Workshop, jobs: readonly [Job, ...Job[]]): Promise<Row> {
  const { name } = chosenEngine(toolbox.config);
  const resident = await batchMemory({ jobs, workers, engine: name });
  return {
    name: `batch of ${jobs.length}, most resident of its process, less the key's file`,
    unit: 'MiB',
    samples: [resident],
    circuit: jobs[0].circuit,
    workers,
    reach: scale.hasReach ? memoryReach : undefined,
  };
}

async function verifyRows(workshop: Workshop, { proof, witness }: ContestResult): Promise<Row[]> {
  const { circuit } = await workshop.netting();
  const { keys } = await workshop.keys();
  const signals = readSignals(witness, circuit.publicCount);
  const [ours, reference] = [await createVerifier(keys.verifyingKey), await createReferenceVerifier(keys.verifyingKey)];
  const runs = workshop.scale.repeats;
  await ours.verify(signals, proof);
  await reference.verify(signals, proof);
  const slow = await repeat(runs, () => reference.verify(signals, proof));
  const fast = await repeat(runs, () => ours.verify(signals, proof));
  return [
    { name: 'verification, reference', unit: 'ms', samples: slow, circuit, workers: 1 },
    { name: 'verification, default', unit: 'ms', samples: fast, circuit, workers: 1 },
    {
      name: '· times as fast as the reference',
      unit: 'ratio',
      samples: fast.map((ms, i) => (slow[i] as number) / ms),
      circuit,
      workers: 1,
      reach: workshop.scale.hasReach ? verifyReach : undefined,
    },
  ];
}
