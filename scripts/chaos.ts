/**
 * Kills workers, who takes runs in, and the database, again and again, and then counts whether anything was lost or done
 * twice: `npm run chaos -- --kills 300 --seed 1`. The same seed gives the same plan of kills; what happens in between is
 * up to the machine. Exit code 6 when something is amiss.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../src/config.ts';
import { ExitCode, UsageError } from '../src/errors.ts';
import { verifyJournal } from '../src/journal/verify.ts';
import { Json } from '../src/model/Json.ts';
import { down } from '../src/steps/down.ts';
import { type JobsSession, withJobs } from '../src/steps/openJobs.ts';
import { runStatus } from '../src/steps/runStatus.ts';
import type { Toolbox } from '../src/steps/toolbox.ts';
import { findDatabase } from '../src/store/embedded.ts';
import { executeSql } from '../src/store/store.ts';

/** Where a process is killed: at a step that it tells of, or so many milliseconds after its start. */
export type KillAt = { readonly step: string; readonly nth: number } | { readonly afterMs: number };

/** What a child of this script is to do. */
export type ChaosOrder = { readonly config: Config; readonly killAt?: KillAt | undefined } & (
  | { readonly role: 'worker'; readonly until: 'stopped' | 'empty' }
  | { readonly role: 'starter'; readonly runId: string; readonly inputs: string }
);

type Kill =
  | { readonly victim: 'worker' | 'starter'; readonly at: KillAt }
  | { readonly victim: 'database'; readonly afterMs: number };

const workerSteps = ['fetched', 'claimed', 'opened', 'proven', 'committing', 'accepted'];
const starterSteps = ['batch.written', 'batch.committed'];
const workers = 2;
const linesPerRun = 30;
/** Leases of the last victims have to lapse first. */
const settleMs = 300_000;

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
process.exitCode = await main(numberOf(values.kills ?? '50', '--kills'), numberOf(values.seed ?? '1', '--seed'));

async function main(kills: number, seed: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'tally-chaos-'));
  // The account that runs the database has to pass through.
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'inputs'));
  const repository = fileURLToPath(new URL('..', import.meta.url));
  const base = await loadConfig(folder);
  const config = { ...base, circuitsDir: join(repository, 'circuits'), dataDir: join(folder, '.tally') };
  const toolbox: Toolbox = { config, onProgress: () => {}, signal: new AbortController().signal };
  const started = performance.now();
  try {
    const world = createWorld(config, folder);
    await world.startRun();
    const counts = await rampage(world, planKills(kills, seed));
    const findings = await settle(world, toolbox);
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stdout.write(`${Json.stringify({ seed, kills: counts, seconds, ...findings }, 2)}\n`);
    return findings.wrong.length === 0 ? ExitCode.ok : ExitCode.reconciliation;
  } finally {
    await down(toolbox);
    await rm(folder, { recursive: true, force: true });
  }
}

function planKills(kills: number, seed: number): readonly Kill[] {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  return Array.from({ length: kills }, (): Kill => {
    const kind = random();
    if (kind < 0.1) return { victim: 'database', afterMs: Math.floor(random() * 3_000) };
    if (kind < 0.2) return { victim: 'starter', at: { step: pick(starterSteps), nth: 1 } };
    if (kind < 0.4) return { victim: 'worker', at: { afterMs: Math.floor(random() * 5_000) } };
    return { victim: 'worker', at: { step: pick(workerSteps), nth: 1 + Math.floor(random() * 3) } };
  });
}

type World = {
  readonly config: Config;
  /** Takes in a run, killing who does it as told and starting it again until it says that it is done. */
  readonly startRun: (killAt?: KillAt) => Promise<void>;
  readonly startWorker: (killAt?: KillAt, until?: 'stopped' | 'empty') => ChildProcess;
  /** Ids of runs whose taking in was acknowledged. */
  readonly acknowledged: readonly string[];
};

function createWorld(config: Config, folder: string): World {
  const acknowledged: string[] = [];
  let begun = 0;
  const script = fileURLToPath(new URL('chaos/child.ts', import.meta.url));
  const start = (order: ChaosOrder) =>
    spawn(process.execPath, [script, JSON.stringify(order)], { stdio: ['ignore', 'inherit', 'inherit'] });
  return {
    config,
    acknowledged,
    startWorker: (killAt, until = 'stopped') => start({ role: 'worker', config, killAt, until }),
    startRun: async (killAt) => {
      const number = ++begun;
      const runId = `chaos-${number}`;
      const inputs = join(folder, 'inputs', `${runId}.ndjson`);
      const line = (i: number) => ({ id: `${i}`, input: { context: number, x: i } });
      await writeFile(inputs, Array.from({ length: linesPerRun }, (_, i) => `${Json.stringify(line(i))}\n`).join(''));
      for (let at = killAt; ; at = undefined) {
        const [code] = await once(start({ role: 'starter', config, killAt: at, runId, inputs }), 'exit');
        if (code === 0) break;
      }
      acknowledged.push(runId);
    },
  };
}

/** Carries out the plan; two workers are alive all the time. */
async function rampage(world: World, plan: readonly Kill[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const note = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (total % 10 === 0) process.stderr.write(`· ${total} of ${plan.length} kills\n`);
  };
  const rest = [...plan];
  const lane = async () => {
    for (let kill = rest.shift(); kill; kill = rest.shift()) {
      if (kill.victim === 'database') {
        await sleep(kill.afterMs);
        if (await killDatabase(world.config)) note('database');
      } else if (kill.victim === 'starter') {
        await world.startRun(kill.at);
        note(`starter at ${nameOf(kill.at)}`);
      } else {
        await killWorker(world, kill.at);
        note(`worker at ${nameOf(kill.at)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, lane));
  return counts;
}

/** One that ends otherwise, because the database was killed while it started, does not count. */
async function killWorker(world: World, at: KillAt): Promise<void> {
  for (let signal: string | null | undefined; signal !== 'SIGKILL'; ) {
    const exited = once(world.startWorker(at), 'exit');
    // A worker that never gets to its step, for want of jobs, is given some.
    while (!(await Promise.race([exited.then(() => true), sleep(8_000, false)]))) await world.startRun();
    signal = (await exited)[1] as string | null;
  }
}

async function killDatabase(config: Config): Promise<boolean> {
  const database = await findDatabase(config.dataDir);
  if (!database) return false;
  process.kill(database.pid, 'SIGKILL');
  return true;
}

type Findings = {
  readonly runs: number;
  readonly jobs: number;
  readonly attempts: object;
  readonly wrong: readonly string[];
};

/** Lets workers finish in peace, and then compares what was acknowledged with what there is. */
async function settle(world: World, toolbox: Toolbox): Promise<Findings> {
  const worker = world.startWorker();
  const exited = once(worker, 'exit');
  try {
    return await withJobs(toolbox, async (session) => {
      const end = Date.now() + settleMs;
      while (Date.now() < end && (await openJobs(session)) > 0) await sleep(1_000);
      return examine(session, world.acknowledged);
    });
  } finally {
    worker.kill('SIGTERM');
    await exited;
  }
}

async function openJobs({ store, tenant }: JobsSession): Promise<number> {
  const rows = await store.transaction(tenant, (tx) =>
    tx.selectFrom('jobs').select('job_id').where('state', 'in', ['pending', 'leased']).execute(),
  );
  return rows.length;
}

async function examine(session: JobsSession, acknowledged: readonly string[]): Promise<Findings> {
  const { store, tenant, journal, signer } = session;
  const wrong: string[] = [];
  let jobs = 0;
  for (const runId of acknowledged) {
    const { counts } = (await runStatus(session, runId))[0] as NonNullable<Awaited<ReturnType<typeof runStatus>>[0]>;
    jobs += counts.jobs;
    if (counts.ids !== linesPerRun || counts.done !== counts.jobs) wrong.push(`${runId}: ${Json.stringify(counts)}`);
  }
  const count = async (text: string) => {
    const { rows } = await store.transaction(tenant, (tx) => executeSql(tx, text));
    return rows as readonly Readonly<Record<string, unknown>>[];
  };
  const doubled = await count(`SELECT job_id FROM attempts WHERE state = 'done' GROUP BY job_id HAVING count(*) > 1`);
  for (const { job_id } of doubled) wrong.push(`job ${job_id} was accepted twice`);
  const without = await count(
    `SELECT job_id FROM jobs j WHERE NOT EXISTS (SELECT FROM results r WHERE r.statement_id = j.statement_id)`,
  );
  for (const { job_id } of without) wrong.push(`job ${job_id} has no result`);
  const told = await count(
    `SELECT r.statement_id, count(e.idx) AS entries FROM results r
     LEFT JOIN entries e ON e.subject = 'statement/' || r.statement_id AND e.kind = 'job.proven'
     GROUP BY r.statement_id HAVING count(e.idx) <> 1`,
  );
  for (const { statement_id, entries } of told) wrong.push(`${statement_id} has ${entries} entries in the journal`);
  const left = await count(`SELECT state FROM pgboss.job WHERE state IN ('created', 'retry', 'active')`);
  if (left.length > 0) wrong.push(`${left.length} deliveries are left in the queue`);
  await store
    .transaction(tenant, (tx) => verifyJournal(tx, { journal, key: signer.key }))
    .catch((error: Error) => wrong.push(error.message));
  const states = await count(`SELECT state, count(*) AS count FROM attempts GROUP BY state`);
  const attempts = Object.fromEntries(states.map(({ state, count }) => [state, count]));
  return { runs: acknowledged.length, jobs, attempts, wrong };
}

function nameOf(at: KillAt): string {
  return 'step' in at ? at.step : 'random';
}

/** Mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function numberOf(text: string, name: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${name} takes a whole number`);
}
