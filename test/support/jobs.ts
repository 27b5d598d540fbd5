/** @module A repository with a queue of its own for tests: a real database, the computation `small`, real workers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Config, loadConfig } from '../../src/config.ts';
import { type JobHistory, readJob } from '../../src/jobs/look.ts';
import { countRun } from '../../src/jobs/runs.ts';
import { Json } from '../../src/model/Json.ts';
import { type JobsSession, openJobs } from '../../src/steps/openJobs.ts';
import { type StartRunOptions, startRun } from '../../src/steps/startRun.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { type WorkReport, work } from '../../src/steps/work.ts';
import { cacheDir, testCircuitsDir } from './fixtures.ts';
import { startTestPostgres, type TestPostgres } from './postgres.ts';

export type JobsWorld = {
  readonly postgres: TestPostgres;
  readonly folder: string;
  readonly toolbox: (options?: { signal?: AbortSignal; config?: Partial<Config> }) => Toolbox;
  /** The environment of a process that works on this queue. */
  readonly env: () => NodeJS.ProcessEnv;
  /** Writes an inputs file and starts a run of it. */
  readonly start: (
    runId: string,
    lines: readonly (object | string)[],
    options?: Partial<StartRunOptions> & { readonly config?: Partial<Config> },
  ) => ReturnType<typeof startRun>;
  readonly session: JobsSession;
  readonly stop: () => Promise<void>;
};

/** Inputs of `small` with a context; `x` tells them apart. */
export const smallLine = (x: number, id = `job-${x}`) => ({
  id,
  input: {
    context: 1,
    x,
    d: -4,
    h: 5,
    m: [
      [2, 3],
      [4, 7],
    ],
  },
});

/** A worker process together with what it has said so far. */
export type WorkerProcess = {
  readonly child: ChildProcess;
  /** Comes back when the worker has said a line that begins so. */
  readonly said: (begin: string) => Promise<string>;
  readonly exited: Promise<number | null>;
  /** All that it has said so far. */
  readonly lines: () => readonly string[];
};

/** Starts a worker in a process of its own. */
export function startWorker(
  world: JobsWorld,
  options: { config?: Partial<Config>; threads?: number; drainMs?: number } = {},
): WorkerProcess {
  const { config, threads = 1, drainMs = 1_000 } = options;
  const order = { config: world.toolbox(config ? { config } : {}).config, threads, drainMs };
  const script = fileURLToPath(new URL('workOnce.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    env: world.env(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const heard = new EventEmitter();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(line);
    heard.emit('line');
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const said = async (begin: string) => {
    for (;;) {
      const line = lines.find((text) => text.startsWith(begin));
      if (line !== undefined) return line;
      await once(heard, 'line');
    }
  };
  return { child, said, exited, lines: () => lines };
}

/** Lets a worker of this process work until something is so. */
export async function workUntil(
  world: JobsWorld,
  isSo: () => Promise<boolean>,
  config: Partial<Config> = {},
): Promise<WorkReport> {
  const controller = new AbortController();
  const working = work(world.toolbox({ signal: controller.signal, config }), { threads: 1, drainMs: 1_000 });
  try {
    await Promise.race([working, eventually(isSo)]);
  } finally {
    controller.abort();
  }
  return working;
}

/** Waits until something is so. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(100);
}

/** How a run's jobs stand. */
export const countsOf = ({ session }: JobsWorld, runId: string) =>
  session.store.transaction(session.tenant, (tx) => countRun(tx, runId));

/** A run's jobs with their attempts, in the order of its lines. */
export async function historiesOf({ session }: JobsWorld, runId: string): Promise<readonly JobHistory[]> {
  return session.store.transaction(session.tenant, async (tx) => {
    const rows = await tx.selectFrom('run_jobs').select('job_id').where('run_id', '=', runId).orderBy('line').execute();
    const histories: JobHistory[] = [];
    for (const { job_id } of rows) histories.push(await readJob(tx, job_id));
    return histories;
  });
}

/** An empty queue on a database of its own; the process's environment names it until `stop`. */
export async function startJobsWorld(): Promise<JobsWorld> {
  const postgres = await startTestPostgres();
  const folder = await mkdtemp(join(tmpdir(), 'tally-jobs-'));
  const urls = await postgres.createDatabase();
  process.env.DATABASE_URL = urls.app;
  const base = await loadConfig(folder);
  // Compiled circuits, keys and secrets are kept from test to test.
  const own = { circuitsDir: testCircuitsDir, dataDir: join(cacheDir, 'jobs') };
  const toolbox: JobsWorld['toolbox'] = ({ signal = new AbortController().signal, config = {} } = {}) => ({
    config: { ...base, ...own, ...config },
    onProgress: () => {},
    signal,
  });
  const session = await openJobs(toolbox());
  let files = 0;
  return {
    postgres,
    folder,
    toolbox,
    session,
    env: () => ({ ...process.env, DATABASE_URL: urls.app }),
    start: async (runId, lines, { config, ...options } = {}) => {
      const inputs = join(folder, `inputs-${++files}.ndjson`);
      await writeFile(
        inputs,
        lines.map((line) => `${typeof line === 'string' ? line : Json.stringify(line)}\n`).join(''),
      );
      const errors = join(folder, `errors-${files}.ndjson`);
      const given = { runId, name: 'small', inputs, errors, stream: 0, window: 0, ...options };
      return startRun(toolbox(config ? { config } : {}), given);
    },
    stop: async () => {
      await session.close();
      await postgres.stop();
      await rm(folder, { recursive: true });
      delete process.env.DATABASE_URL;
    },
  };
}
