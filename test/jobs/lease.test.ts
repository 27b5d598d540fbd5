import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createProver, type Prover } from '../../prover/index.ts';
import { LeaseLostError, QueueVersionError, SchemaOlderError } from '../../src/errors.ts';
import { cancel } from '../../src/jobs/control.ts';
import { accept, beat, type Claim, claim, fail, type LeasedJob, release } from '../../src/jobs/lease.ts';
import { type Delivery, openQueue, type Queue, type QueuedProgram } from '../../src/jobs/queue.ts';
import type { Proven } from '../../src/model/Proven.ts';
import { executeSql, openStore, type Tx } from '../../src/store/store.ts';
import type { Fixture } from '../support/fixtures.ts';
import { historiesOf, type JobsWorld, smallLine, startJobsWorld } from '../support/jobs.ts';
import { loadSmall, smallInput } from '../support/small.ts';

let world: JobsWorld;
let prover: Prover;
let fixture: Fixture;
let program: QueuedProgram;
let queue: Queue;
beforeAll(async () => {
  world = await startJobsWorld();
  fixture = await loadSmall();
  prover = createProver({ threads: 1 });
  program = { computation: 'small', size: 'default', programId: fixture.circuit.programId };
  queue = await openQueue(world.session.store, { as: 'worker' });
});
afterAll(async () => {
  await queue.close();
  await prover.close();
  await world.stop();
});

const cost = { engine: 'snarkjs', cpuMs: 5, wallMs: 10, rssPeak: 1 };
const failed = { code: 'worker_lost', retryable: true, cost, random: 0 };
const inTx = <T>(action: (tx: Tx) => Promise<T>) => world.session.store.transaction(world.session.tenant, action);
const take = (jobId: string, worker: string) =>
  inTx((tx) => claim(tx, { tenant: world.session.tenant, jobId, worker }));

let next = 0;
/** A run of one job, its delivery and a proof of it. */
async function oneJob(): Promise<{ runId: string; delivery: Delivery; proven: Proven }> {
  const x = ++next;
  const runId = `run-${x}`;
  await world.start(runId, [smallLine(x)]);
  const delivery = (await queue.fetch(program)) as Delivery;
  const proven = await prover.prove(fixture.job({ ...smallInput, x: BigInt(x) }));
  return { runId, delivery, proven };
}

function leased(outcome: Claim): LeasedJob {
  if (outcome.kind !== 'leased') throw new Error(`the job is ${outcome.state}`);
  return outcome.job;
}

const countResults = async (jobId: string) =>
  (await inTx((tx) => tx.selectFrom('results').select('attempt').where('job_id', '=', jobId).execute())).map(
    ({ attempt }) => attempt,
  );

describe('claim and accept', () => {
  test('Q13 of two holders the later one is the holder; the former changes nothing', async () => {
    const { runId, delivery, proven } = await oneJob();
    const [first, second] = [leased(await take(delivery.jobId, 'a')), leased(await take(delivery.jobId, 'b'))];
    expect([first.lease.attempt, second.lease.attempt]).toEqual([1, 2]);
    const act = [
      (tx: Tx) => accept(tx, { lease: first.lease, result: proven, cost }),
      (tx: Tx) => fail(tx, first.lease, failed),
      (tx: Tx) => release(tx, first.lease),
    ];
    for (const action of act) await expect(inTx<unknown>(action)).rejects.toThrow(LeaseLostError);
    expect(await inTx((tx) => beat(tx, [first.lease, second.lease]))).toEqual([first.lease]);
    expect(await countResults(delivery.jobId)).toEqual([]);
    expect(await inTx((tx) => accept(tx, { lease: second.lease, result: proven, cost }))).toBe(true);
    const [history] = await historiesOf(world, runId);
    expect(history?.attempts.map(({ worker, state }) => [worker, state])).toEqual([
      ['a', 'lost'],
      ['b', 'done'],
    ]);
  });

  test('Q14 a proof that comes after the lease went to another is not accepted, so there is one result', async () => {
    const { delivery, proven } = await oneJob();
    const late = leased(await take(delivery.jobId, 'late'));
    const now = leased(await take(delivery.jobId, 'now'));
    await inTx((tx) => accept(tx, { lease: now.lease, result: proven, cost }));
    await expect(inTx((tx) => accept(tx, { lease: late.lease, result: proven, cost }))).rejects.toThrow(LeaseLostError);
    expect(await countResults(delivery.jobId)).toEqual([2]);
    expect(await take(delivery.jobId, 'third')).toEqual({ kind: 'over', state: 'done' });
  });

  test('behavior: an acceptance whose answer was lost may be made again', async () => {
    const { delivery, proven } = await oneJob();
    const { lease } = leased(await take(delivery.jobId, 'a'));
    expect(await inTx((tx) => accept(tx, { lease, result: proven, cost }))).toBe(true);
    expect(await inTx((tx) => accept(tx, { lease, result: proven, cost }))).toBe(false);
    expect(await countResults(delivery.jobId)).toEqual([1]);
  });

  test('Q13 a delivery that was fetched again is not settled by its former holder', async () => {
    const { delivery } = await oneJob();
    await executeSql(world.session.store.db, `UPDATE pgboss.job SET retry_count = retry_count + 1 WHERE id = $1`, [
      delivery.id,
    ]);
    expect(await inTx((tx) => queue.settle(tx, delivery))).toBe(false);
    expect(await inTx((tx) => queue.settle(tx, { ...delivery, retryCount: delivery.retryCount + 1 }))).toBe(true);
  });

  test('Q8 a job that is cancelled is its holder’s no more', async () => {
    const { delivery, proven } = await oneJob();
    const { lease } = leased(await take(delivery.jobId, 'a'));
    expect(await inTx((tx) => cancel(tx, delivery.jobId))).toMatchObject({ cancelled: true });
    await expect(inTx((tx) => accept(tx, { lease, result: proven, cost }))).rejects.toThrow(LeaseLostError);
    expect(await inTx((tx) => cancel(tx, delivery.jobId))).toMatchObject({ cancelled: false, state: 'cancelled' });
  });
});

describe('fail', () => {
  test('Q1 a job that fails has so many attempts, each after a longer pause, and is then dead', async () => {
    const { runId, delivery } = await oneJob();
    const pauses: (number | undefined)[] = [];
    for (const worker of ['a', 'b', 'c']) {
      const { lease } = leased(await take(delivery.jobId, worker));
      pauses.push(await inTx((tx) => fail(tx, lease, failed)));
    }
    expect(pauses).toEqual([500, 1_000, undefined]);
    expect(await take(delivery.jobId, 'd')).toEqual({ kind: 'over', state: 'dead' });
    expect((await historiesOf(world, runId))[0]?.job).toMatchObject({ state: 'dead', error_code: 'worker_lost' });
  });

  test('behavior: a failure that no other attempt would mend ends the job at once', async () => {
    const { delivery } = await oneJob();
    const { lease } = leased(await take(delivery.jobId, 'a'));
    expect(await inTx((tx) => fail(tx, lease, { ...failed, code: 'unsatisfied', retryable: false }))).toBeUndefined();
    expect(await take(delivery.jobId, 'b')).toEqual({ kind: 'over', state: 'dead' });
  });

  test('Q12 a job that takes its workers down is quarantined', async () => {
    const { runId, delivery } = await oneJob();
    let losses = 0;
    while ((await take(delivery.jobId, `worker-${losses}`)).kind === 'leased') losses++;
    expect(losses).toBe(20);
    expect((await historiesOf(world, runId))[0]?.job).toMatchObject({ state: 'dead', error_code: 'worker_lost' });
  });

  test('behavior: a job is not begun after its deadline', async () => {
    const { delivery } = await oneJob();
    await inTx((tx) =>
      tx
        .updateTable('jobs')
        .set({ deadline_at: new Date(0) })
        .where('job_id', '=', delivery.jobId)
        .execute(),
    );
    expect(await take(delivery.jobId, 'a')).toEqual({ kind: 'over', state: 'dead' });
  });
});

describe('versions', () => {
  beforeEach(async () => {
    while (await queue.fetch(program));
  });

  test('Q21 a message of another version is refused, and stays for who understands it', async () => {
    await world.start('odd', [smallLine(9_001)]);
    await executeSql(world.session.store.db, `UPDATE pgboss.job SET data = data || '{"v":2}' WHERE state = 'created'`);
    await expect(queue.fetch(program)).rejects.toThrow(QueueVersionError);
    const { rows } = await executeSql(world.session.store.db, `SELECT state FROM pgboss.job WHERE data->>'v' = '2'`);
    expect(rows).toEqual([{ state: 'active' }]);
  });

  test('Q21 a worker does not make or change the queue’s tables', async () => {
    const store = await world.postgres.createStore();
    await expect(openQueue(store, { as: 'worker' })).rejects.toThrow(QueueVersionError);
    const made = await openQueue(store, { as: 'app' });
    await made.close();
    await (await openQueue(store, { as: 'worker' })).close();
  });

  test('O2 a worker whose program is ahead of the schema refuses to work', async () => {
    const urls = await world.postgres.createDatabase();
    await expect(openStore({ url: urls.worker, as: 'worker' })).rejects.toThrow(SchemaOlderError);
  });
});
