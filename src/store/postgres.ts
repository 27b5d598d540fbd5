/**
 * @module One Postgres server: a data folder is made, a process is started on it, detached from this one, listening on
 * 127.0.0.1 only. What Postgres writes into `postmaster.pid` says who runs on a data folder and where it listens.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../errors.ts';
import { renameDurably } from '../files.ts';
import { isAlive, startedAtSec } from '../lock.ts';
import type { Account, Binaries } from './binaries.ts';

/** The name of the first login, who may do everything and is used for setting up only. */
export const adminName = 'tally_admin';

/** A start takes 0.1 s; after a crash the log is replayed first. */
const startTimeoutMs = 60_000;
/** A fast shutdown ends all sessions and writes a checkpoint. */
const stopTimeoutMs = 30_000;
/** Another process may take the free port that was found; sessions of a killed server take a moment to end. */
const startTries = 20;
const passing = /could not bind|pre-existing shared memory block/;

export type ServerOptions = {
  readonly binaries: Binaries;
  readonly dataDir: string;
  readonly logPath: string;
  /** Where it listened before, so that who lost it finds it again; another one when that is taken. */
  readonly port?: number | undefined;
  /** Further settings of Postgres, such as `{ fsync: 'off' }` for a server that holds nothing of worth. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
};

export type Server = { readonly pid: number; readonly port: number };

/** One call for the whole file system instead of one for each of a thousand files: seconds less on a slow disk. */
const syncsWhole = process.platform === 'linux';
const syncFlags = syncsWhole ? ['--sync-method=syncfs'] : [];

/** Sessions of all processes of one project: four workers, an outbox, a dashboard and room for a person. */
const baseSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  // Statements may carry what is not for a log file.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  ...(syncsWhole ? { recovery_init_sync_method: 'syncfs' } : {}),
};

/**
 * Makes a data folder with page checksums and one login, {@link adminName}. It appears whole or not at all.
 * @throws StoreUnavailableError
 */
export async function makeData(
  { binaries, dataDir, logPath }: ServerOptions,
  { password, flags = [] }: { readonly password: string; readonly flags?: readonly string[] },
): Promise<void> {
  const parent = dirname(dataDir);
  const temporary = await mkdtemp(join(parent, 'initdb-'));
  try {
    const passwordFile = join(temporary, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await give(binaries.account, temporary, passwordFile);
    const made = join(temporary, 'data');
    const words = ['-D', made, '-U', adminName, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--data-checksums'];
    const encoding = ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--no-instructions'];
    await finish(launch('initdb', [...words, ...encoding, ...syncFlags, ...flags], binaries, logPath), logPath);
    await renameDurably(made, dataDir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Starts Postgres on a data folder and waits until it takes connections. It goes on when this process ends.
 * @param onSpawn told the process number before anything is waited for
 * @throws StoreUnavailableError
 */
export async function startServer(options: ServerOptions, onSpawn?: (pid: number) => void): Promise<Server> {
  await clearStale(options.dataDir);
  const { port: wanted = 0 } = options;
  for (let attempt = 1; ; attempt++) {
    const port = (await isFree(wanted)) ? wanted : await freePort();
    const child = launch('postgres', serverWords(options, port), options.binaries, options.logPath);
    child.unref();
    if (child.pid !== undefined) onSpawn?.(child.pid);
    if (await becomesReady(child, options.dataDir)) return { pid: child.pid as number, port };
    if (attempt === startTries || !passing.test(readLog(options.logPath))) throw notStarted(options.logPath);
    await sleep(100);
  }
}

/** Who runs on a data folder, as Postgres itself wrote it there; the process may have ended since. */
export async function runningServer(dataDir: string): Promise<Server | undefined> {
  const lines = await lockFile(dataDir);
  const [pid, port] = [Number(lines?.[0]), Number(lines?.[3])];
  return pid > 0 && port > 0 ? { pid, port } : undefined;
}

/** Waits while a server that comes up replays its log. Says no when its process ends or it takes too long. */
export async function awaitReady(pid: number, dataDir: string): Promise<boolean> {
  const end = Date.now() + startTimeoutMs;
  while (Date.now() < end && isAlive(pid)) {
    const lines = await lockFile(dataDir);
    if (Number(lines?.[0]) === pid && lines?.[7]?.trim() === 'ready') return true;
    await sleep(10);
  }
  return false;
}

/** Ends a server in order. @throws StoreUnavailableError when it does not end */
export async function stopServer(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + stopTimeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new StoreUnavailableError(`Postgres (process ${pid}) does not end`);
    await sleep(20);
  }
}

/** Makes folders or files belong to the account that Postgres runs as. */
export async function give(account: Account | undefined, ...paths: readonly string[]): Promise<void> {
  if (account) for (const path of paths) await chown(path, account.uid, account.gid);
}

function serverWords({ dataDir, settings = {} }: ServerOptions, port: number): string[] {
  const all = Object.entries({ ...baseSettings, ...settings });
  return ['-D', dataDir, '-p', String(port), ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function launch(program: string, words: readonly string[], { folder, account }: Binaries, logPath: string) {
  const log = openSync(logPath, 'w', 0o600);
  try {
    const child = spawn(join(folder, 'bin', process.platform === 'win32' ? `${program}.exe` : program), words, {
      ...account,
      detached: true,
      // Not the folder of this process, which the other account may be unable to enter.
      cwd: folder,
      // Nothing of this process's environment: it may hold keys.
      env: { LC_ALL: 'C', LD_LIBRARY_PATH: join(folder, 'lib'), PATH: '/usr/bin:/bin', ...windowsEnvironment() },
      stdio: ['ignore', log, log],
    });
    // Without a listener a failed start would end this process; the missing pid tells of it.
    child.on('error', () => undefined);
    return child;
  } finally {
    closeSync(log);
  }
}

function windowsEnvironment(): Readonly<Record<string, string>> {
  const { SystemRoot, TEMP } = process.env;
  return SystemRoot ? { SystemRoot, TEMP: TEMP ?? tmpdir() } : {};
}

async function finish(child: ChildProcess, logPath: string): Promise<void> {
  const code = child.pid === undefined ? -1 : await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw notStarted(logPath);
}

async function becomesReady(child: ChildProcess, dataDir: string): Promise<boolean> {
  if (child.pid === undefined) return false;
  const ready = await awaitReady(child.pid, dataDir);
  if (!ready && child.exitCode === null && isAlive(child.pid)) process.kill(child.pid, 'SIGKILL');
  return ready;
}

/**
 * After a crash the number in `postmaster.pid` may belong to another process, always so in containers that start anew;
 * Postgres would refuse to start for fear of it. The later start of that process proves that it is a stranger.
 */
async function clearStale(dataDir: string): Promise<void> {
  const lines = await lockFile(dataDir);
  const [pid, writtenSec] = [Number(lines?.[0]), Number(lines?.[2])];
  if (!(pid > 0) || !isAlive(pid)) return;
  const startedSec = startedAtSec(pid);
  const clockSlackSec = 2;
  if (startedSec !== undefined && startedSec > writtenSec + clockSlackSec) {
    await rm(join(dataDir, 'postmaster.pid'), { force: true });
  }
}

async function lockFile(dataDir: string): Promise<string[] | undefined> {
  try {
    return (await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n');
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const port = await bind(0);
  if (port === undefined) throw new StoreUnavailableError('there is no free port on this machine');
  return port;
}

async function isFree(port: number): Promise<boolean> {
  return port > 0 && (await bind(port)) !== undefined;
}

/** Listens for a moment; nothing when another process does. */
async function bind(port: number): Promise<number | undefined> {
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!bound) return undefined;
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address === null || typeof address === 'string' ? undefined : address.port;
}

function notStarted(logPath: string): StoreUnavailableError {
  return new StoreUnavailableError('the embedded Postgres did not start', {
    at: logPath,
    details: readLog(logPath).trim().split('\n').slice(-3),
    remedy: 'see the log, or name a Postgres server of yours in DATABASE_URL',
  });
}

function readLog(logPath: string): string {
  try {
    return readFileSync(logPath, 'utf8');
  } catch {
    return '';
  }
}
