/**
 * @module A repository of its own for each test that drives the program: a temporary folder with a copy of the circuits,
 * a data folder and, once a command starts it, a local chain that is gone when the test is over. The circuits of the
 * repository come compiled and with keys, so that only what a test is about takes time.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import disclosure from '../../circuits/disclosure/computation.ts';
import netting from '../../circuits/netting/computation.ts';
import square from '../../circuits/square/computation.ts';
import { dataFolder, stopDatabase } from '../../src/store/embedded.ts';
import { cacheDir, circuitsDir, type Fixture, loadFixture } from './fixtures.ts';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
const program = join(repositoryRoot, 'src', 'cli', 'tally.js');
/** For tests of many commands on a machine that does other things as well; alone, a command takes about a second. */
export const commandsTimeout = { testTimeout: 240_000, hookTimeout: 240_000 } as const;
/** No command of a test takes longer; whatever hangs is ended and shows as a signal. */
const commandTimeoutMs = 120_000;

export type Ran = {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
};

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Below the project's root. */
  readonly cwd?: string;
  /** Called with each piece of standard error; may send the process a signal. */
  readonly watch?: (stderr: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** Called when the process has been started. */
  readonly started?: (kill: (signal: NodeJS.Signals) => void) => void;
  readonly timeoutMs?: number;
};

export type Project = {
  readonly root: string;
  readonly data: string;
  readonly path: (...names: string[]) => string;
  /** Writes a file below the root, as it is or as JSON, and returns its path. */
  readonly write: (name: string, content: unknown) => Promise<string>;
  readonly readJson: (name: string) => Promise<Record<string, unknown>>;
  /** Runs `tally` with these words. */
  readonly run: (words: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** Runs it with `--json`; its lines of output. It must succeed. */
  readonly json: (words: readonly string[], options?: RunOptions) => Promise<Record<string, unknown>[]>;
  /** Runs it with `--json`; it must fail as a failure looks: one line on standard error and nothing else. */
  readonly fail: (words: readonly string[], options?: RunOptions) => Promise<Failed>;
  /** Ends the local chain, if there is one, and removes everything. */
  readonly remove: () => Promise<void>;
};

export type Failed = Ran & {
  readonly error: { readonly code: string; readonly message: string; readonly at?: string };
};

/** A project with the circuits of this repository; `square` and the tiny ones need no compiling. */
export async function createProject(): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), 'tally-cli-'));
  const data = join(root, '.tally');
  await cp(circuitsDir, join(root, 'circuits'), { recursive: true });
  await symlink(join(repositoryRoot, 'src'), join(root, 'src'));
  await writeFile(join(root, 'package.json'), '{"type":"module"}\n');
  seeds ??= loadSeeds();
  await addArtifacts(data, await seeds);
  return makeProject(root, data);
}

function makeProject(root: string, data: string): Project {
  const path = (...names: string[]) => join(root, ...names);
  const run: Project['run'] = (words, options = {}) => runTally(words, { root, data, ...options });
  const endChain = () => killLocalChain(data);
  process.once('exit', endChain);
  return {
    ...{ root, data, path, run },
    write: async (name, content) => {
      await mkdir(dirname(path(name)), { recursive: true });
      const isRaw = typeof content === 'string' || content instanceof Uint8Array;
      await writeFile(path(name), isRaw ? content : JSON.stringify(content));
      return path(name);
    },
    readJson: async (name) => JSON.parse(await readFile(path(name), 'utf8')) as Record<string, unknown>,
    json: async (words, options) => {
      const ran = await run([...words, '--json'], options);
      if (ran.code !== 0 || ran.stderr !== '') throw new Error(`tally ${words.join(' ')}: ${ran.code} ${ran.stderr}`);
      const lines = ran.stdout.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    fail: async (words, options) => asFailed(words, await run([...words, '--json'], options)),
    remove: async () => {
      process.off('exit', endChain);
      endChain();
      await endDatabase(data);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function asFailed(words: readonly string[], ran: Ran): Failed {
  const { code, stdout, stderr } = ran;
  const lines = stderr.split('\n');
  const isOneLine = lines.length === 2 && lines[1] === '' && stderr.startsWith('{"code":');
  if (!code || stdout !== '' || !isOneLine) {
    throw new Error(`tally ${words.join(' ')} did not fail as it should: ${code} ${stdout} ${stderr}`);
  }
  return { ...ran, error: JSON.parse(stderr) as Failed['error'] };
}

type Place = RunOptions & { readonly root: string; readonly data: string };

function runTally(words: readonly string[], { root, data, env, cwd, watch, started, timeoutMs }: Place): Promise<Ran> {
  const startedAt = performance.now();
  // Neither the tests' own settings nor an operator's key of the developer may come along.
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: join(root, cwd ?? ''),
      // The program's own files are compiled once for all tests: half of what a start takes.
      env: { PATH, HOME, TALLY_DATA: data, NODE_COMPILE_CACHE: join(cacheDir, 'compiled'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started?.((signal) => child.kill(signal));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs ?? commandTimeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      watch?.(stderr, (signal) => child.kill(signal));
    });
    child.once('error', reject);
    child.once('close', (code, killedBy) => {
      clearTimeout(timer);
      resolve({ code, killedBy, stdout, stderr, ms: performance.now() - startedAt });
    });
  });
}

let seeds: Promise<readonly Fixture[]> | undefined;

/** Puts compiled circuits and their keys into a project's data folder, where the program looks for them. */
export async function addArtifacts(data: string, fixtures: readonly Fixture[]): Promise<void> {
  for (const { circuit, keys } of fixtures) {
    const compiled = dirname(circuit.r1cs.path);
    const key = dirname(keys.provingKey.path);
    await cp(compiled, join(data, 'cache', 'circuits', basename(compiled)), { recursive: true });
    await cp(key, join(data, 'keys', basename(key)), { recursive: true });
  }
}

async function loadSeeds(): Promise<readonly Fixture[]> {
  const tiny = { size: 'tiny' };
  return [await loadFixture(square), await loadFixture(netting, tiny), await loadFixture(disclosure, tiny)];
}

/** Its data may lie outside the project: where another account, which Postgres runs as, can reach it. */
async function endDatabase(data: string): Promise<void> {
  await stopDatabase(data);
  await rm(await dataFolder(data), { recursive: true, force: true });
}

/** Ends the local chain that a project's commands have started; its number stands in their own record. */
function killLocalChain(data: string): void {
  try {
    const { chain } = JSON.parse(readFileSync(join(data, 'services.json'), 'utf8')) as { chain: { pid?: number } };
    if (chain.pid !== undefined) process.kill(chain.pid, 'SIGKILL');
  } catch {
    // None was started, or it has ended.
  }
}
