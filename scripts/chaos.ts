/**
 * Kills workers, who takes runs in, who records their results, the database and the chain, again and again, and then
 * counts whether anything was lost or done twice: `npm run chaos -- --kills 300 --seed 1`. The same seed gives the same
 * plan of kills; what happens in between is up to the machine. Exit code 6 when something is amiss.
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../src/config.ts';
import { ExitCode, UsageError } from '../src/errors.ts';
import { Json } from '../src/model/Json.ts';
import { deploy } from '../src/steps/deploy.ts';
import { down } from '../src/steps/down.ts';
import { openChain } from '../src/steps/openChain.ts';
import { prepare } from '../src/steps/prepare.ts';
import { register } from '../src/steps/register.ts';
import type { Toolbox } from '../src/steps/toolbox.ts';
import { settle } from './chaos/examine.ts';
import { planKills } from './chaos/plan.ts';
import { createWorld, rampage } from './chaos/world.ts';

/**
 * A killed local chain comes back without the blocks of its last seconds, as after a reorganisation. What a writer calls
 * final has to be deeper than that.
 */
const finalityBlocks = 256;
/** The local chain writes its state down every three seconds; the contracts are not to be lost. */
const chainStateMs = 5_000;

// The victims start many times over; what they compile is kept for the next.
process.env.NODE_COMPILE_CACHE ??= enableCompileCache().directory ?? '';
const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
process.exitCode = await main(numberOf(values.kills ?? '50', '--kills'), numberOf(values.seed ?? '1', '--seed'));

async function main(kills: number, seed: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'tally-chaos-'));
  // The account that runs the database has to pass through.
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'inputs'));
  const config = await configure(folder);
  const toolbox: Toolbox = { config, onProgress: () => {}, signal: new AbortController().signal };
  const started = performance.now();
  try {
    await bringUp(toolbox);
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

async function configure(folder: string): Promise<Config> {
  const repository = fileURLToPath(new URL('..', import.meta.url));
  const base = await loadConfig(folder);
  const chain = { ...base.chain, finality: finalityBlocks };
  return { ...base, chain, circuitsDir: join(repository, 'circuits'), dataDir: join(folder, '.tally') };
}

/** The contracts, with the program whose statements are recorded. */
async function bringUp(toolbox: Toolbox): Promise<void> {
  const prepared = await prepare(toolbox, { name: 'square' });
  const session = await openChain(toolbox);
  try {
    const { deployment } = await deploy(toolbox, session);
    await register(toolbox, session, { deployment, ...prepared });
  } finally {
    await session.close();
  }
  await sleep(chainStateMs);
}

function numberOf(text: string, name: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${name} takes a whole number`);
}
