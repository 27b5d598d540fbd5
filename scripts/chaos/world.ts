/** @module What is to be killed: workers, who takes runs in, who records their results, the database and the chain. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findRunning } from '../../src/chain/services.ts';
import type { Config } from '../../src/config.ts';
import { Json } from '../../src/model/Json.ts';
import { findDatabase } from '../../src/store/embedded.ts';
import type { ChaosOrder } from './child.ts';
import { type Kill, type KillAt, nameOf } from './plan.ts';

export const linesPerRun = 30;
const lanes = 2;
/** A worker that does not get to its step in this time has nothing to do. */
const idleMs = 8_000;

export type World = {
  readonly config: Config;
  /** Ids of runs whose taking in was acknowledged. */
  readonly acknowledged: readonly string[];
  /** Takes in a run, killing who does it as told and starting it again until it says that it is done. */
  readonly startRun: (killAt?: KillAt) => Promise<void>;
  readonly startWorker: (killAt?: KillAt, until?: 'stopped' | 'empty') => ChildProcess;
  /** Records what the oldest run has that is not wholly recorded; true when that is everything. */
  readonly submitNext: (killAt?: KillAt) => Promise<'killed' | 'done' | 'failed' | 'nothing'>;
};

export function createWorld(config: Config, folder: string): World {
  const acknowledged: string[] = [];
  const recorded = new Set<string>();
  let begun = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const script = fileURLToPath(new URL('child.ts', import.meta.url));
  const start = (order: ChaosOrder) =>
    spawn(process.execPath, [script, JSON.stringify(order)], { stdio: ['ignore', 'inherit', 'inherit'] });
  const startWorker: World['startWorker'] = (killAt, until = 'stopped') =>
    start({ role: 'worker', config, killAt, until });
  const submitNext: World['submitNext'] = async (killAt) => {
    const runId = acknowledged.find((id) => !recorded.has(id));
    if (runId === undefined) return 'nothing';
    const results = join(folder, 'inputs', `${runId}.results.ndjson`);
    const [code, signal] = await once(start({ role: 'submitter', config, killAt, runId, results }), 'exit');
    if (signal === 'SIGKILL') return 'killed';
    if (code !== 0) return 'failed';
    recorded.add(runId);
    return 'done';
  };
  return {
    config,
    acknowledged,
    startWorker,
    startRun: async (killAt) => {
      const number = ++begun;
      const runId = `chaos-${number}`;
      const inputs = join(folder, 'inputs', `${runId}.ndjson`);
      const line = (i: number) => `${Json.stringify({ id: `${i}`, input: { x: i } })}\n`;
      await writeFile(inputs, Array.from({ length: linesPerRun }, (_, i) => line(i)).join(''));
      for (let at = killAt; ; at = undefined) {
        const order: ChaosOrder = { role: 'starter', config, killAt: at, runId, window: number, inputs };
        const [code] = await once(start(order), 'exit');
        if (code === 0) break;
      }
      acknowledged.push(runId);
    },
    // One process sends an account's transactions; a second one would be refused.
    submitNext: (killAt) => {
      const result = turn.then(() => submitNext(killAt));
      turn = result.catch(() => undefined);
      return result;
    },
  };
}

/** Carries out the plan, two kills at a time. */
export async function rampage(world: World, plan: readonly Kill[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const rest = [...plan];
  let total = 0;
  const lane = async () => {
    for (let kill = rest.shift(); kill; kill = rest.shift()) {
      if (!(await carryOut(world, kill))) continue;
      counts[nameOf(kill)] = (counts[nameOf(kill)] ?? 0) + 1;
      if (++total % 10 === 0) process.stderr.write(`· ${total} of ${plan.length} kills\n`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return counts;
}

/** False when there was nothing to kill. */
async function carryOut(world: World, kill: Kill): Promise<boolean> {
  switch (kill.victim) {
    case 'database':
    case 'chain':
      await sleep(kill.afterMs);
      return killService(world.config, kill.victim);
    case 'starter':
      await world.startRun(kill.at);
      return true;
    case 'submitter':
      await killSubmitter(world, kill.at);
      return true;
    case 'worker':
      await killWorker(world, kill.at);
      return true;
  }
}

/** One that ends otherwise, because the database was killed while it started, does not count. */
async function killWorker(world: World, at: KillAt): Promise<void> {
  for (let signal: string | null | undefined; signal !== 'SIGKILL'; ) {
    const exited = once(world.startWorker(at), 'exit');
    // A worker that never gets to its step, for want of jobs, is given some.
    while (!(await Promise.race([exited.then(() => true), sleep(idleMs, false)]))) await world.startRun();
    signal = (await exited)[1] as string | null;
  }
}

/** Records run after run until one is killed in the middle of it. */
async function killSubmitter(world: World, at: KillAt): Promise<void> {
  for (;;) {
    const outcome = await world.submitNext(at);
    if (outcome === 'killed') return;
    if (outcome === 'done') continue;
    if (outcome === 'nothing') await world.startRun();
    await once(world.startWorker(undefined, 'empty'), 'exit');
  }
}

async function killService({ dataDir }: Config, name: 'database' | 'chain'): Promise<boolean> {
  const service = name === 'database' ? await findDatabase(dataDir) : await findRunning(dataDir);
  if (!service) return false;
  process.kill(service.pid, 'SIGKILL');
  return true;
}
