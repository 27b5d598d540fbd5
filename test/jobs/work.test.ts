import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseEngine } from '../../prover/engines/choose.ts';
import { verify } from '../../prover/verify.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { Json } from '../../src/model/Json.ts';
import { ProofFile } from '../../src/model/ProofFile.ts';
import { cancelJob } from '../../src/steps/cancelJob.ts';
import { explainJob } from '../../src/steps/explainJob.ts';
import { exportRun } from '../../src/steps/exportRun.ts';
import { reportRun } from '../../src/steps/reportRun.ts';
import { retryRun } from '../../src/steps/retryRun.ts';
import { serveMetrics } from '../../src/steps/serveMetrics.ts';
import {
  countsOf,
  eventually,
  historiesOf,
  type JobsWorld,
  smallLine,
  startJobsWorld,
  startWorker,
  workUntil,
} from '../support/jobs.ts';
import { loadSmall } from '../support/small.ts';

let world: JobsWorld;
beforeAll(async () => {
  world = await startJobsWorld();
});
afterAll(() => world.stop());

const engine = (name: string) => {
  const path = fileURLToPath(new URL(`../support/engines/${name}.ts`, import.meta.url));
  return { prover: { threads: 1, deadlineMs: 60_000, engine: path } };
};
const isOver = (runId: string) => async () => {
  const { pending, leased } = await countsOf(world, runId);
  return pending + leased === 0;
};
const firstJob = async (runId: string) =>
  (await historiesOf(world, runId))[0] as NonNullable<Awaited<ReturnType<typeof historiesOf>>[0]>;

describe('work', () => {
  test('default', async () => {
    const { keys } = await loadSmall();
    await world.start('plain', [smallLine(1), smallLine(2), smallLine(2, 'twice')]);
    const { outcomes } = await workUntil(world, isOver('plain'));
    expect(outcomes).toMatchObject({ done: 2, failed: 0, dead: 0 });
    const [out, errors] = ['results', 'failures'].map((name) => join(world.folder, `${name}.ndjson`)) as [
      string,
      string,
    ];
    expect(await exportRun(world.session, { runId: 'plain', out, errors })).toEqual({ results: 3, failures: 0 });
    const lines = (await readFile(out, 'utf8')).trim().split('\n');
    const files = lines.map((line, i) => ProofFile.parse(Json.parse(line), `line ${i}`));
    expect(files.map(({ id, signals }) => [id, signals[1]])).toEqual([
      ['job-1', 4n],
      ['job-2', 7n],
      ['twice', 7n],
    ]);
    for (const { signals, proof, keyId } of files) {
      expect(keyId).toBe(keys.keyId);
      await verify(keys.verifyingKey, signals, proof);
    }
    const { status, cost } = await reportRun(world.session, 'plain');
    expect(status.state).toBe('done');
    expect(cost.proving).toMatchObject({ attempts: 2, failed: 0, lost: 0, engines: [chooseEngine().name] });
    expect(cost.proving.cpuMs).toBeGreaterThan(0n);
  });

  test('Q1 a job that throws is a dead letter after its attempts, and is done when it is tried again', async () => {
    await world.start('throwing', [smallLine(11)], {
      config: { jobs: { openMax: 1_000, perDay: undefined, attemptsMax: 2 } },
    });
    await workUntil(world, isOver('throwing'), engine('throwing'));
    const { job, attempts } = await firstJob('throwing');
    expect(job).toMatchObject({ state: 'dead', error_code: 'worker_failed' });
    expect(attempts.map(({ state }) => state)).toEqual(['failed', 'failed']);
    const { lines } = await explainJob(world.session, job.job_id.slice(0, 10));
    expect(lines.join('\n')).toContain('docs/errors.md#worker-failed');
    const { dead } = await reportRun(world.session, 'throwing');
    expect(dead).toEqual({ worker_failed: 1 });
    expect(await retryRun(world.toolbox(), world.session, 'throwing')).toBe(1);
    await workUntil(world, isOver('throwing'));
    expect((await firstJob('throwing')).job.state).toBe('done');
  });

  test('Q5 a worker killed in the middle of a proof loses nothing: another does its job, once', async () => {
    await world.start('killed', [smallLine(21), smallLine(22)]);
    const victim = startWorker(world, { config: engine('hanging') });
    await victim.said('opened');
    victim.child.kill('SIGKILL');
    await victim.exited;
    await workUntil(world, isOver('killed'));
    expect(await countsOf(world, 'killed')).toMatchObject({ done: 2 });
    const states = (await historiesOf(world, 'killed')).map(({ attempts }) => attempts.map(({ state }) => state));
    expect(states.flat().filter((state) => state === 'done')).toHaveLength(2);
    expect(states.flat()).toContain('lost');
  });

  test('Q6 SIGTERM: nothing new is taken, what runs goes back into the queue, exit 0', async () => {
    await world.start('drained', [smallLine(31)]);
    const worker = startWorker(world, { config: engine('hanging'), drainMs: 500 });
    await worker.said('opened');
    worker.child.kill('SIGTERM');
    expect(await worker.exited).toBe(0);
    expect(Json.parse(await worker.said('{'))).toMatchObject({ released: 1, done: 0 });
    expect((await firstJob('drained')).job).toMatchObject({ state: 'pending', leased_by: null });
    await workUntil(world, isOver('drained'));
    const { attempts } = await firstJob('drained');
    expect(attempts.map(({ state }) => state)).toEqual(['cancelled', 'done']);
  });

  test('Q8 cancelling: a pending job never starts, a running one is let go within a second, a done one stays', async () => {
    await world.start('cancelled', [smallLine(41)]);
    await cancelJob(world.session, (await firstJob('cancelled')).job.job_id);
    await world.start('running', [smallLine(42)]);
    const worker = startWorker(world, { config: engine('hanging') });
    const [, jobId] = (await worker.said('opened')).split(' ') as [string, string];
    expect(jobId).toBe((await firstJob('running')).job.job_id);
    await cancelJob(world.session, jobId);
    await world.start('next', [smallLine(43), smallLine(44)]);
    const started = performance.now();
    await worker.said(`opened ${(await firstJob('next')).job.job_id}`);
    expect(performance.now() - started).toBeLessThan(3_000);
    worker.child.kill('SIGTERM');
    await worker.exited;
    await workUntil(world, isOver('next'));
    expect((await firstJob('cancelled')).attempts).toEqual([]);
    expect((await firstJob('running')).attempts.map(({ state }) => state)).toEqual(['cancelled']);
    expect(await cancelJob(world.session, (await firstJob('next')).job.job_id)).toMatchObject({
      cancelled: false,
      state: 'done',
    });
  });

  test('behavior: the journal tells of each statement once, and holds', async () => {
    const { session } = world;
    const { journal, signer, store, tenant } = session;
    const verified = await store.transaction(tenant, (tx) => verifyJournal(tx, { journal, key: signer.key }));
    expect(verified.size).toBeGreaterThan(0);
    const subjects = await store.transaction(tenant, (tx) =>
      tx.selectFrom('entries').select('subject').where('kind', '=', 'job.proven').execute(),
    );
    const results = await store.transaction(tenant, (tx) => tx.selectFrom('results').select('statement_id').execute());
    expect(subjects.map(({ subject }) => subject).sort()).toEqual(
      results.map(({ statement_id }) => `statement/${statement_id}`).sort(),
    );
  });
});

describe('serveMetrics', () => {
  test('default', async () => {
    const controller = new AbortController();
    const port = await new Promise<number>((resolve) => {
      void serveMetrics(world.toolbox({ signal: controller.signal }), { port: 0, onListening: resolve });
    });
    const body = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const { done } = await countsOf(world, 'plain');
    expect(done).toBe(2);
    expect(body).toMatch(/^tally_jobs\{state="done"\} [1-9]\d*$/m);
    expect(body).toMatch(/^tally_attempt_wall_seconds\{quantile="0.5"\} \d/m);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/other`)).status).toBe(404);
    controller.abort();
    await eventually(
      async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)) === undefined,
    );
  });
});
