import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createProver, type Prover, type ProverOptions } from '../../prover/index.ts';
import { CancelledError, DeadlineError, QueueFullError, SelfCheckError, WorkerLostError } from '../../src/errors.ts';
import type { Proven } from '../../src/model/Proven.ts';
import endless from '../support/computations/endless/computation.ts';
import { type Fixture, loadFixture, testCircuitsDir } from '../support/fixtures.ts';
import { engineAt, loadSmall, smallInput } from '../support/small.ts';

let fixture: Fixture;
const open: Prover[] = [];

beforeAll(async () => {
  fixture = await loadSmall();
});
afterEach(async () => {
  for (const prover of open.splice(0)) await prover.close();
});

function start(options: ProverOptions): Prover {
  const prover = createProver(options);
  open.push(prover);
  return prover;
}

const job = (id?: string) => fixture.job(smallInput, id);

async function withMarker<T>(use: (marker: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'tally-'));
  try {
    return await use(join(dir, 'failed'));
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Waits until as many jobs run as are wanted. */
async function untilRunning(prover: Prover, count: number): Promise<void> {
  while (prover.stats().running < count) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** What a program of `test/support` prints, when it ends by itself, with code 0 and in silence. */
async function runProgram(name: string) {
  const path = fileURLToPath(new URL(`../support/${name}.ts`, import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [path], { timeout: 30_000 });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('failures that may pass', () => {
  test('Q1 a job that throws once is tried again', async () => {
    const proven = await withMarker((marker) =>
      start({ threads: 1, engine: engineAt('failsFirst', { marker }) }).prove(job()),
    );
    expect(proven.timing.attempts).toBe(2);
    expect(proven.signals).toEqual([1n, 12n]);
  });

  test('Q1 a job that always throws is tried three times; the error says so and quotes nothing of the witness', async () => {
    const prover = start({ threads: 1, engine: engineAt('throwing') });
    const error = await prover.prove(job()).catch((error) => error);
    expect(error).toMatchObject({ name: 'WorkerFailedError', exitCode: 70, retryable: true, details: ['attempts: 3'] });
    expect(error.message).toMatchInlineSnapshot(`
      "the worker failed with RangeError
        at: throwing.ts:8:13
        attempts: 3"
    `);
    expect(JSON.stringify(error) + String(error.cause)).not.toMatch(/[0-9a-f]{64}/);
  });

  test('Q1 a statement that is false is not tried again', async () => {
    const prover = start({ threads: 1 });
    const error = await prover.prove(fixture.job({ ...smallInput, y: 13n })).catch((error) => error);
    expect(error).toMatchObject({ name: 'UnsatisfiedError', retryable: false });
    expect(error.message).not.toContain('attempts');
    expect(prover.stats()).toMatchObject({ failed: 1, done: 0, replaced: 0 });
  });

  test('Q2 a worker that calls exit() is replaced, and its job tried again', async () => {
    await withMarker(async (marker) => {
      const prover = start({ threads: 1, engine: engineAt('failsFirst', { marker, how: 'exit' }) });
      expect((await prover.prove(job())).timing.attempts).toBe(2);
      expect(prover.stats()).toMatchObject({ replaced: 1, done: 1, failed: 0 });
      expect((await prover.prove(job())).timing.attempts).toBe(1);
    });
  });

  test('Q2 a job that ends every worker fails after three', async () => {
    const prover = start({ threads: 1, engine: engineAt('exiting') });
    const error = await prover.prove(job()).catch((error) => error);
    expect(error).toBeInstanceOf(WorkerLostError);
    expect(error).toMatchObject({ exitCode: 5, retryable: true, details: ['attempts: 3'] });
    expect(prover.stats().replaced).toBe(3);
  });

  test('Q3 a worker that runs out of memory is replaced, and its peers finish', async () => {
    const greedy = start({ threads: 1, engine: engineAt('greedy'), heapBytesMax: 64 * 2 ** 20 });
    const peer = start({ threads: 1 });
    const [lost, done] = await Promise.allSettled([greedy.prove(job()), peer.prove(job())]);
    expect(lost).toMatchObject({ status: 'rejected', reason: { name: 'WorkerMemoryError', exitCode: 5 } });
    expect(done).toMatchObject({ status: 'fulfilled' });
    expect(greedy.stats().replaced).toBe(1);
  });
});

describe('isolation', () => {
  test('workers do not see the environment, where the operator keeps a key', async () => {
    expect(Object.keys(process.env).length).toBeGreaterThan(0);
    expect((await start({ threads: 1, engine: engineAt('spying') }).prove(job())).signals).toEqual([1n, 12n]);
  });

  test('threads that cannot even start fail their jobs instead of leaving them waiting', async () => {
    const { errors, stats } = await runProgram('proveStarved');
    expect(errors).toHaveLength(2);
    for (const name of errors) expect(name).toMatch(/^Worker(Lost|Memory)Error$/);
    expect(stats).toMatchObject({ running: 0, waiting: 0, done: 0, failed: 2 });
  });
});

describe('deadlines and cancelling', () => {
  test('Q4 a worker that hangs is ended at its deadline, and the next job gets a new one', async () => {
    const prover = start({ threads: 1, engine: engineAt('hanging') });
    // On a busy machine a worker may not have started within its first job's time, and then it is not ended.
    for (let deadlineMs = 600; prover.stats().replaced < 2; deadlineMs += 300) {
      expect(deadlineMs).toBeLessThan(9000);
      const started = performance.now();
      const error = await prover.prove(job(), { deadlineMs }).catch((error) => error);
      expect(error).toBeInstanceOf(DeadlineError);
      expect(error).toMatchObject({ exitCode: 5, retryable: false });
      const elapsedMs = performance.now() - started;
      expect(elapsedMs).toBeGreaterThanOrEqual(deadlineMs - 5);
      // A busy machine takes its time to start what answers.
      expect(elapsedMs).toBeLessThan(deadlineMs + 5000);
    }
    expect(prover.stats().replaced).toBe(2);
  });

  test('L43 a witness that takes for ever is ended at its deadline, give or take a tenth', async () => {
    const { job } = await loadFixture(endless, { circuitsDir: testCircuitsDir });
    const prover = start({ threads: 1 });
    expect((await prover.prove(job({ context: 5n, x: 9n }))).signals).toEqual([5n]);
    const deadlineMs = 6000;
    const started = performance.now();
    const error = await prover.prove(job({ context: 5n, x: 2n ** 200n }), { deadlineMs }).catch((error) => error);
    expect(error).toMatchObject({ name: 'DeadlineError', exitCode: 5 });
    expect(Math.abs(performance.now() - started - deadlineMs)).toBeLessThan(deadlineMs / 10);
    expect((await prover.prove(job({ context: 6n, x: 9n }))).signals).toEqual([6n]);
  });

  test('Q8 a pending job never starts', async () => {
    const prover = start({ threads: 1, engine: engineAt('hanging') });
    const running = prover.prove(job('running'), { deadlineMs: 700 }).catch((error) => error);
    await untilRunning(prover, 1);
    const controller = new AbortController();
    const pending = prover.prove(job('pending'), { signal: controller.signal }).catch((error) => error);
    while (prover.stats().waiting < 1) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    expect(await pending).toBeInstanceOf(CancelledError);
    expect(prover.stats()).toMatchObject({ running: 1, waiting: 0 });
    expect(await running).toBeInstanceOf(DeadlineError);
    expect(prover.stats()).toMatchObject({ running: 0, waiting: 0, replaced: 1 });
  });

  test('Q8 a running job is freed within a second', async () => {
    const prover = start({ threads: 1, engine: engineAt('hanging') });
    const controller = new AbortController();
    const running = prover.prove(job(), { signal: controller.signal }).catch((error) => error);
    await untilRunning(prover, 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const started = performance.now();
    controller.abort(new Error('enough'));
    const error = await running;
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ exitCode: 5, cause: new Error('enough') });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(prover.stats()).toMatchObject({ running: 0, replaced: 1 });
  });

  test('Q8 cancelling a job that is done changes nothing', async () => {
    const prover = start({ threads: 1 });
    const controller = new AbortController();
    const proven = await prover.prove(job(), { signal: controller.signal });
    controller.abort();
    expect(proven.signals).toEqual([1n, 12n]);
    expect((await prover.prove(job())).timing.attempts).toBe(1);
    expect(prover.stats()).toMatchObject({ done: 2, failed: 0, replaced: 0 });
  });

  test('Q8 a job that is cancelled beforehand is not begun', async () => {
    const prover = start({ threads: 1 });
    await expect(prover.prove(job(), { signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
    expect(prover.stats()).toMatchObject({ replaced: 0, failed: 1 });
  });

  test('closing cancels what runs and what waits, and refuses what comes later', async () => {
    const prover = start({ threads: 1, engine: engineAt('hanging') });
    const jobs = [prover.prove(job('a')), prover.prove(job('b'))].map((job) => job.catch((error) => error));
    await untilRunning(prover, 1);
    await prover.close();
    for (const error of await Promise.all(jobs)) expect(error).toBeInstanceOf(CancelledError);
    await expect(prover.prove(job('c'))).rejects.toThrow(CancelledError);
  });
});

describe('threads without a job', () => {
  const isHelped = ({ timing }: Proven) => (timing.stages.helpedMs as number) >= 0;
  /** Does not wait for help. */
  const quickJob = () => fixture.job({ ...smallInput, context: 2n });

  test('help with the proof of another, and a job that comes has them back', async () => {
    await withMarker(async (marker) => {
      const prover = start({ threads: 2, engine: engineAt('helpful', { marker, patienceMs: '20000' }) });
      const first = prover.prove(job());
      while (!existsSync(marker)) await new Promise((resolve) => setTimeout(resolve, 2));
      expect(prover.stats()).toMatchObject({ running: 1 });
      // Its thread is still helping with the first, until it is called back.
      expect((await prover.prove(quickJob())).signals).toEqual([2n, 12n]);
      expect(isHelped(await first)).toBe(true);
      expect(prover.stats()).toMatchObject({ done: 2, failed: 0, replaced: 0 });
    });
  });

  test('help with the last proof of a batch when their own jobs are done', async () => {
    await withMarker(async (marker) => {
      const prover = start({ threads: 2, engine: engineAt('helpful', { marker, patienceMs: '20000' }) });
      const [last] = await Promise.all([prover.prove(job()), prover.prove(quickJob())]);
      expect(isHelped(last)).toBe(true);
    });
  });

  test('are not there when every thread has a job', async () => {
    await withMarker(async (marker) => {
      const prover = start({ threads: 1, engine: engineAt('helpful', { marker, patienceMs: '300' }) });
      expect(isHelped(await prover.prove(job()))).toBe(false);
    });
  });
});

describe('bounds', () => {
  test('Q11 a full queue refuses, and takes jobs again when there is room', async () => {
    const prover = start({ threads: 1, queueMax: 2 });
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => prover.prove(job(`${i}`))));
    expect(results.map(({ status }) => status)).toEqual([...Array(3).fill('fulfilled'), ...Array(7).fill('rejected')]);
    expect(results.slice(0, 3).map((result) => result.status === 'fulfilled' && result.value.id)).toEqual([
      '0',
      '1',
      '2',
    ]);
    for (const result of results.slice(3)) {
      expect(result).toMatchObject({ reason: { name: 'QueueFullError', exitCode: 5, retryable: true } });
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(QueueFullError);
    }
    expect((await prover.prove(job('later'))).id).toBe('later');
  });

  test('Q8 one signal cancels many jobs, and Node sees no leak in it', async () => {
    const warnings: Error[] = [];
    const collect = (warning: Error) => warnings.push(warning);
    process.on('warning', collect);
    const prover = start({ threads: 1, queueMax: 40, engine: engineAt('hanging') });
    const controller = new AbortController();
    const jobs = Array.from({ length: 30 }, (_, i) => prover.prove(job(`${i}`), { signal: controller.signal }));
    const settled = Promise.allSettled(jobs);
    while (prover.stats().waiting < 29) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    for (const result of await settled) expect(result).toMatchObject({ reason: { name: 'CancelledError' } });
    expect(prover.stats()).toMatchObject({ running: 0, waiting: 0, failed: 30 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off('warning', collect);
    expect(warnings).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('Q19 N threads more than before, whatever runs', async () => {
    const threads = async () => (await readdir('/proc/self/task')).length;
    await start({ threads: 1 }).prove(job());
    await open.pop()?.close();
    const before = await threads();
    for (const count of [1, 3]) {
      const prover = start({ threads: count, queueMax: 8 });
      let most = 0;
      const sampler = setInterval(async () => {
        most = Math.max(most, await threads());
      }, 5);
      await Promise.all(Array.from({ length: 8 }, (_, i) => prover.prove(job(`${i}`))));
      clearInterval(sampler);
      expect(most).toBeGreaterThanOrEqual(before + count);
      expect(most).toBeLessThanOrEqual(before + count + 1);
      await prover.close();
    }
    expect(await threads()).toBeLessThanOrEqual(before + 1);
  });

  test('Q20 a proof whose self-check is false does not leave the worker', async () => {
    const prover = start({ threads: 1, engine: engineAt('lying') });
    const error = await prover.prove(job()).catch((error) => error);
    expect(error).toBeInstanceOf(SelfCheckError);
    expect(error).toMatchObject({ exitCode: 70, retryable: false });
    expect(prover.stats()).toMatchObject({ done: 0, failed: 1 });
  });

  test('a process that has closed its prover ends by itself', async () => {
    expect(await runProgram('proveOnce')).toEqual({ signals: ['1', '12'] });
  });
});
