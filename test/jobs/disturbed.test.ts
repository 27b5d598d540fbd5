/** Workers under what machines do to them: clocks that jump, a database that stands still, a job that is poison. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { claim } from '../../src/jobs/lease.ts';
import { openQueue, type QueuedProgram } from '../../src/jobs/queue.ts';
import { Json } from '../../src/model/Json.ts';
import { work } from '../../src/steps/work.ts';
import { executeSql } from '../../src/store/store.ts';
import { shiftClock } from '../support/clock.ts';
import {
  countsOf,
  eventually,
  historiesOf,
  type JobsWorld,
  smallLine,
  startJobsWorld,
  startWorker,
  type WorkerProcess,
  workUntil,
} from '../support/jobs.ts';
import { engineAt } from '../support/small.ts';

const hourMs = 3_600_000;
const clockShifts = [
  ['an hour back', -hourMs],
  ['a day ahead', 24 * hourMs],
] as const;

let world: JobsWorld;
beforeAll(async () => {
  world = await startJobsWorld();
});
afterAll(() => world.stop());

let undo: () => void = () => undefined;
const crew: WorkerProcess[] = [];
afterEach(() => {
  undo();
  for (const { child } of crew.splice(0)) child.kill('SIGKILL');
});
const hire = (...words: Parameters<typeof startWorker> extends [unknown, ...infer Rest] ? Rest : never) => {
  const worker = startWorker(world, ...words);
  crew.push(worker);
  return worker;
};

const linesOf = (first: number, count: number) => Array.from({ length: count }, (_, i) => smallLine(first + i));
const isOver = (runId: string) => async () => {
  const { pending, leased } = await countsOf(world, runId);
  return pending + leased === 0;
};
/** Every job of a run was done by one attempt that counts, and has one result. */
async function expectOnce(runId: string, jobs: number): Promise<void> {
  const histories = await historiesOf(world, runId);
  const done = histories.map(({ attempts }) => attempts.filter(({ state }) => state === 'done').length);
  expect(done).toEqual(new Array(jobs).fill(1));
  const { session } = world;
  const ids = histories.map(({ job }) => job.job_id);
  const results = await session.store.transaction(session.tenant, (tx) =>
    tx.selectFrom('results').select('job_id').where('job_id', 'in', ids).execute(),
  );
  expect(results.map(({ job_id }) => job_id).sort()).toEqual(ids.sort());
}
const engine = (url: URL) => ({ prover: { threads: 1, deadlineMs: 60_000, engine: url.pathname } });

describe('clocks', () => {
  test.each(clockShifts)(
    'Q15 a deadline is by the database’s clock, also when who starts a run is %s',
    async (_, byMs) => {
      const runId = `deadline-${byMs > 0 ? 'ahead' : 'back'}`;
      undo = shiftClock(byMs);
      const x = 1_000 + (byMs > 0 ? 1 : 0);
      const { programId } = await world.start(runId, [smallLine(x)], { deadlineMs: hourMs / 2 });
      const { session } = world;
      const program: QueuedProgram = { computation: 'small', size: 'default', programId: programId as `0x${string}` };
      const queue = await openQueue(session.store, { as: 'worker' });
      try {
        const delivery = await queue.fetch(program);
        const { tenant, jobId } = delivery as NonNullable<typeof delivery>;
        const claimed = await session.store.transaction(tenant, (tx) =>
          claim(tx, { tenant, jobId, worker: 'shifted' }),
        );
        const leftMs = claimed.kind === 'leased' ? (claimed.job.leftMs as number) : 0;
        expect(leftMs).toBeGreaterThan(hourMs / 4);
        expect(leftMs).toBeLessThanOrEqual(hourMs / 2);
      } finally {
        await queue.close();
      }
      undo();
    },
  );

  test.each(clockShifts)('Q15 a worker whose clock jumps %s in the middle of a job loses nothing', async (_, byMs) => {
    const runId = `jump-${byMs > 0 ? 'ahead' : 'back'}`;
    const first = byMs > 0 ? 1_200 : 1_300;
    await world.start(runId, linesOf(first, 6), { deadlineMs: hourMs / 2 });
    const controller = new AbortController();
    let jumped = false;
    const working = work(world.toolbox({ signal: controller.signal }), {
      threads: 1,
      drainMs: 1_000,
      onStep: (step) => {
        if (step !== 'opened' || jumped) return;
        jumped = true;
        undo = shiftClock(byMs);
      },
    });
    await Promise.race([working, eventually(isOver(runId))]);
    controller.abort();
    await working;
    undo();
    expect(jumped).toBe(true);
    expect(await countsOf(world, runId)).toMatchObject({ done: 6, dead: 0 });
    await expectOnce(runId, 6);
  });

  test('Q15 the database’s clock jumps a day ahead: leases lapse, and each job is still done once', async () => {
    await world.start('lapsed', [smallLine(1_400)]);
    const holder = hire({ config: engine(engineAt('hanging')) });
    await holder.said('opened');
    // For everything that compares with it, a clock that jumps is the same as a beat that long ago.
    const { db } = world.session.store;
    await executeSql(db, `UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 day' WHERE state = 'active'`);
    holder.child.kill('SIGSTOP');
    await workUntil(world, isOver('lapsed'));
    holder.child.kill('SIGCONT');
    // It learns that the job is no longer its own, and has nothing to put back.
    holder.child.kill('SIGTERM');
    expect(Json.parse(await holder.said('{'))).toMatchObject({ done: 0, lost: 1 });
    expect(await holder.exited).toBe(0);
    await expectOnce('lapsed', 1);
  });
});

test('Q17 a database that stalls for 3 s: workers hold what they have, and nothing is done twice', async () => {
  const jobs = 40;
  const threads = 2;
  await world.start('stalled', linesOf(2_000, jobs));
  const worker = hire({ threads });
  await worker.said('accepted');
  world.postgres.stall();
  try {
    await sleep(3_000);
    // One lane more than threads, and each lane has one job.
    const taken = worker.lines().filter((line) => line.startsWith('fetched')).length;
    const ended = worker.lines().filter((line) => /^(accepted|failed)/.test(line)).length;
    expect(taken - ended).toBeLessThanOrEqual(threads + 1);
  } finally {
    world.postgres.resume();
  }
  await eventually(isOver('stalled'));
  worker.child.kill('SIGTERM');
  expect(await worker.exited).toBe(0);
  expect(await countsOf(world, 'stalled')).toMatchObject({ done: jobs, dead: 0 });
  await expectOnce('stalled', jobs);
});
