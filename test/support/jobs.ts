/** @module A repository with a queue of its own for tests: a real database, the computation `small`, real workers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../src/config.ts';
import { Json } from '../../src/model/Json.ts';
import { type JobsSession, openJobs } from '../../src/steps/openJobs.ts';
import { type StartRunOptions, startRun } from '../../src/steps/startRun.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
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
  input: { context: 1, x, d: -4, h: 5, m: [[2, 3], [4, 7]] },
});

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
      await writeFile(inputs, lines.map((line) => `${typeof line === 'string' ? line : Json.stringify(line)}\n`).join(''));
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
