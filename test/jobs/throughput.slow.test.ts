import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProver } from '../../prover/index.ts';
import { countsOf, eventually, type JobsWorld, smallLine, startJobsWorld, startWorker } from '../support/jobs.ts';
import { loadSmall, smallInput } from '../support/small.ts';

const total = Number(process.env.TALLY_JOBS ?? 5_000);
const bareJobs = Math.min(200, total);
const workers = 4;

let world: JobsWorld;
beforeAll(async () => {
  world = await startJobsWorld();
});
afterAll(() => world.stop());

/** Milliseconds per proof with as many threads as there will be workers, and nothing else. */
async function bareMs(): Promise<number> {
  const { job } = await loadSmall();
  const prover = createProver({ threads: workers, queueMax: bareJobs, witness: 'process' });
  try {
    const all = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, i) => prover.prove(job({ ...smallInput, x: BigInt(i) }))));
    await all(workers);
    const started = performance.now();
    await all(bareJobs);
    return (performance.now() - started) / bareJobs;
  } finally {
    await prover.close();
  }
}

const residentBytes = async (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

test(`${total} small jobs through ${workers} worker processes: none lost, none doubled, memory flat`, async () => {
  const bare = await bareMs();
  await world.start(
    'many',
    Array.from({ length: total }, (_, i) => smallLine(i)),
  );
  const crew = Array.from({ length: workers }, () => startWorker(world, { threads: 1 }));
  await crew[0]?.said('accepted');
  const started = performance.now();
  const before = (await countsOf(world, 'many')).done;
  await eventually(async () => (await countsOf(world, 'many')).done >= total / 4);
  const pid = crew[0]?.child.pid as number;
  const early = await residentBytes(pid);
  await eventually(async () => (await countsOf(world, 'many')).done === total);
  const perJob = (performance.now() - started) / (total - before);
  const late = await residentBytes(pid);
  for (const { child } of crew) child.kill('SIGTERM');
  expect(await Promise.all(crew.map(({ exited }) => exited))).toEqual([0, 0, 0, 0]);
  const { session } = world;
  const counted = await session.store.transaction(session.tenant, async (tx) => ({
    results: (await tx.selectFrom('results').select('statement_id').execute()).length,
    attempts: (await tx.selectFrom('attempts').select('state').execute()).filter(({ state }) => state === 'done')
      .length,
  }));
  expect(counted).toEqual({ results: total, attempts: total });
  expect(late).toBeLessThan(early * 1.5);
  process.stdout.write(
    `${total} jobs, ${workers} workers: ${perJob.toFixed(1)} ms a job, bare proving ${bare.toFixed(1)} ms, ` +
      `queue ${(perJob - bare).toFixed(1)} ms; memory ${Math.round(early / 2 ** 20)} → ${Math.round(late / 2 ** 20)} MiB\n`,
  );
});
