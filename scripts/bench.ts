/**
 * Measures every station of the path on this machine, and prints the figures beside what they were measured on.
 * docs/performance.md says how to read them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../src/cli/numbers.ts';
import { createProgressView, type ProgressView } from '../src/cli/progress.ts';
import { loadConfig } from '../src/config.ts';
import { CancelledError, ExitCode, InternalError, TallyError, UsageError } from '../src/errors.ts';
import { benchCompile } from './bench/compile.ts';
import { removeDatabase } from './bench/database.ts';
import { benchGas } from './bench/gas.ts';
import { benchKeys } from './bench/keys.ts';
import { readMachine } from './bench/machine.ts';
import { benchMatch } from './bench/match.ts';
import { benchPeers } from './bench/peers.ts';
import { benchProve } from './bench/prove.ts';
import { benchQueue } from './bench/queue.ts';
import { type Report, toJson, toText } from './bench/report.ts';
import { Row } from './bench/row.ts';
import { benchVerify } from './bench/verify.ts';
import { benchWitness } from './bench/witness.ts';
import { createWorkshop, type Scale, type Subject } from './bench/workshop.ts';

/** In this order: what is compiled first is compiled cold, and the chain does not run before its turn. */
const subjects: Readonly<Record<string, Subject>> = {
  compile: benchCompile,
  keys: benchKeys,
  witness: benchWitness,
  prove: benchProve,
  queue: benchQueue,
  verify: benchVerify,
  peers: benchPeers,
  match: benchMatch,
  gas: benchGas,
};

/** A batch of 32 is long enough that starting the pool, which is in its time, does not decide the ratio. */
const fullScale: Scale = { size: 'real', pairs: 3, batch: 32, repeats: 10, hasReach: true };
const smokeScale: Scale = { size: 'tiny', pairs: 1, batch: 2, repeats: 3, hasReach: false };
/** More would not be a benchmark but a load test. */
const pairsMax = 99;
const batchMax = 256;

const help = `npm run bench -- [options]

Measures compiling, keys, witness, proofs with one and two workers, verification, matching and
gas, in a temporary folder.

  --only <subject>  one of ${Object.keys(subjects).join(', ')}; may be given several times
  --peers           each engine against snarkjs as well, which takes long
  --smoke           tiny circuits and few runs: shows that everything runs, not how fast it is
  --pairs <number>  runs with one and with two workers; default: ${fullScale.pairs}
  --batch <number>  proofs in each run; default: ${fullScale.batch}
  --json            print one object, described in docs/performance.md
  -h, --help        show this help`;

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const view = createProgressView(process.stderr, words.includes('--json') ? 'silent' : 'shown');
  try {
    const options = parseOptions(words);
    if (options.help) return print(help);
    const report = await measure(options, view);
    view.end();
    return print(options.json ? JSON.stringify(toJson(report)) : toText(report));
  } catch (error) {
    view.end();
    const known = error instanceof TallyError ? error : new InternalError('the benchmark failed', { cause: error });
    console.error(known.message);
    if (!(error instanceof TallyError)) console.error(error);
    return known.exitCode;
  }
}

type Options = {
  readonly help: boolean;
  readonly json: boolean;
  readonly only: readonly string[];
  readonly scale: Scale;
};

function parseOptions(words: readonly string[]): Options {
  const { help, json, smoke, peers, only: named, pairs, batch } = parseWords(words);
  const usualSubjects = Object.keys(subjects).filter((name) => name !== 'peers');
  const only = [...(named.length > 0 ? named : usualSubjects), ...(peers ? ['peers'] : [])];
  const unknown = only.find((name) => !Object.hasOwn(subjects, name));
  if (unknown !== undefined) {
    throw new UsageError(`the benchmark has no subject "${unknown}"`, {
      remedy: `use one of: ${Object.keys(subjects).join(', ')}`,
    });
  }
  const usual = smoke ? smokeScale : fullScale;
  const scale: Scale = {
    ...usual,
    pairs: wholeNumber(pairs, 'pairs', { min: 1, max: pairsMax }) ?? usual.pairs,
    batch: wholeNumber(batch, 'batch', { min: 1, max: batchMax }) ?? usual.batch,
  };
  return { help, json, only, scale };
}

function parseWords(words: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    help: { ...flag, short: 'h' },
    json: flag,
    smoke: flag,
    peers: flag,
    only: { type: 'string', multiple: true, default: [] as string[] },
    pairs: { type: 'string' },
    batch: { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...words], options, strict: true }).values;
  } catch (cause) {
    throw new UsageError((cause as Error).message, { remedy: 'see `npm run bench -- --help`', cause });
  }
}

async function measure({ only, scale }: Options, view: ProgressView): Promise<Report> {
  const startedAt = new Date();
  const machine = readMachine();
  // The chain is the benchmark's own, where a key of the operator's would have no money, and so is the database.
  delete process.env.TALLY_OPERATOR_KEY;
  delete process.env.DATABASE_URL;
  const config = await loadConfig(fileURLToPath(new URL('..', import.meta.url)));
  const toolbox = { config, onProgress: view.show, signal: interruptSignal() };
  const dataDir = await mkdtemp(join(tmpdir(), 'tally-bench-'));
  try {
    const leftOut: string[] = [];
    const workshop = createWorkshop(toolbox, { dataDir, scale, leaveOut: (what) => leftOut.push(what) });
    const measured: { name: string; rows: readonly Row[] }[] = [];
    for (const [name, bench] of Object.entries(subjects)) {
      if (!only.includes(name)) continue;
      if (toolbox.signal.aborted) throw new CancelledError('the benchmark was interrupted');
      measured.push({ name, rows: (await bench(workshop)).map(Row.check) });
    }
    const loadAfter = loadavg().map((value) => Math.round(value * 100) / 100);
    return { startedAt, machine, loadAfter, engine: config.prover.engine, scale, leftOut, subjects: measured };
  } finally {
    await removeDatabase(dataDir);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Aborts at the first Ctrl-C so that the chain is stopped and the folder removed; a second one ends the process. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  return controller.signal;
}

/** Waits until a pipe has taken the text. */
function print(text: string): Promise<number> {
  return new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve(ExitCode.ok)));
}
