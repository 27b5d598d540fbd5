import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQueue, type QueuedProgram } from '../../src/jobs/queue.ts';
import { countsOf, type JobsWorld, smallLine, startJobsWorld } from '../support/jobs.ts';

const slow = process.env.TALLY_TESTS === 'slow';
const total = slow ? 100_000 : 10_000;

let world: JobsWorld;
beforeAll(async () => {
  world = await startJobsWorld();
});
afterAll(() => world.stop());

test(`Q18 ${total} jobs are taken in with bounded memory, and a small run does not wait for a large one`, async () => {
  const lines = Array.from({ length: total }, (_, i) => smallLine(i));
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  const onStep = () => {
    most = Math.max(most, process.memoryUsage().heapUsed);
  };
  const { programId } = await world.start('large', lines, { onStep });
  expect(await countsOf(world, 'large')).toMatchObject({ jobs: total, pending: total });
  // The lines themselves are this test's own; taking them in keeps one batch at a time.
  expect(most - before).toBeLessThan(256 * 2 ** 20);

  const program: QueuedProgram = { computation: 'small', size: 'default', programId: programId as `0x${string}` };
  const queue = await openQueue(world.session.store, { as: 'worker' });
  try {
    for (let i = 0; i < 20; i++) await queue.fetch(program);
    await world.start(
      'little',
      Array.from({ length: 10 }, (_, i) => smallLine(total + i)),
    );
    const { session } = world;
    const little = await session.store.transaction(session.tenant, (tx) =>
      tx.selectFrom('run_jobs').select('job_id').where('run_id', '=', 'little').execute(),
    );
    const waiting = new Set(little.map(({ job_id }) => job_id));
    let fetched = 0;
    for (; waiting.size > 0; fetched++) waiting.delete((await queue.fetch(program))?.jobId ?? '');
    expect(fetched).toBeLessThanOrEqual(100);
  } finally {
    await queue.close();
  }
});
