/**
 * @module A real Postgres for tests: one server for a test file, a database for whoever asks. It keeps nothing on the
 * disk that must last, so it starts in a second, and it is gone with the test file.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../src/lock.ts';
import { type Binaries, findBinaries } from '../../src/store/binaries.ts';
import { asAdmin, drawPasswords, type Passwords, prepareDatabase, type Urls, urlsOf } from '../../src/store/logins.ts';
import { give, makeData, type ServerOptions, startServer, stopServer } from '../../src/store/postgres.ts';
import { openStore, type Store, type StoreOptions } from '../../src/store/store.ts';

export type TestPostgres = {
  readonly options: ServerOptions;
  readonly passwords: Passwords;
  /** The process changes when the server is started anew. */
  readonly server: () => { readonly pid: number; readonly port: number };
  /** An empty database of its own, and the addresses of its logins. */
  readonly createDatabase: () => Promise<Urls>;
  /** A store on a new database, closed with the server. */
  readonly createStore: (options?: Partial<StoreOptions>) => Promise<Store & { readonly urls: Urls }>;
  /** Ends the server at once, as a crash would. */
  readonly kill: () => Promise<void>;
  /** Ends the server in order. */
  readonly shutDown: () => Promise<void>;
  /** Starts the server again on its data and its port, with further settings. */
  readonly restart: (settings?: Readonly<Record<string, string>>) => Promise<void>;
  /** Stops all its processes where they are, as a machine that hangs would, until `resume`. */
  readonly stall: () => void;
  readonly resume: () => void;
  readonly stop: () => Promise<void>;
};

/** A server that survives its own end, but not that of the machine. @param settings further settings of Postgres */
export async function startTestPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const folder = await openFolder();
  const binaries = await findBinaries(folder);
  const quick = { fsync: 'off', full_page_writes: 'off', ...settings };
  const options = await placed(folder, binaries, quick);
  const passwords = drawPasswords();
  await makeData(options, { password: passwords.admin, flags: ['--no-sync'] });
  let server = await startServer(options);
  const kill = async () => {
    end(server.pid);
    while (isAlive(server.pid)) await sleep(5);
  };
  const atExit = () => {
    end(server.pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.once('exit', atExit);

  const stores: Store[] = [];
  let databases = 0;
  const createDatabase = async () => {
    const name = `tally_${++databases}`;
    await prepareDatabase(server.port, passwords, name);
    return urlsOf(server.port, passwords, name);
  };
  return {
    options,
    passwords,
    server: () => server,
    createDatabase,
    createStore: async (given = {}) => {
      const urls = await createDatabase();
      const store = await openStore({ url: urls.app, as: 'app', ...given });
      stores.push(store);
      return { ...store, urls };
    },
    kill,
    shutDown: () => stopServer(server.pid),
    stall: () => signalAll(server.pid, 'SIGSTOP'),
    resume: () => signalAll(server.pid, 'SIGCONT'),
    restart: async (more = {}) => {
      server = await startServer({ ...options, port: server.port, settings: { ...options.settings, ...more } });
    },
    stop: async () => {
      for (const store of stores) await store.close().catch(() => undefined);
      await kill();
      process.off('exit', atExit);
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

/** Runs an action as the server's first login, who may do everything. */
export function asServerAdmin<T>(postgres: TestPostgres, action: Parameters<typeof asAdmin<T>>[2]): Promise<T> {
  return asAdmin(postgres.server().port, postgres.passwords.admin, action);
}

/** A folder that the account which runs Postgres can reach, whatever this process may do. */
async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tally-postgres-'));
  chmodSync(folder, 0o755);
  return folder;
}

async function placed(folder: string, binaries: Binaries, settings: ServerOptions['settings']): Promise<ServerOptions> {
  await give(binaries.account, folder);
  return { binaries, dataDir: join(folder, 'data'), logPath: join(folder, 'postgres.log'), settings };
}

/** A server is one process and one more for each session, each in a group of its own. */
export function signalAll(pid: number, signal: NodeJS.Signals): void {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString().trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  process.kill(pid, signal);
  for (const [child, parent] of pairs) if (parent === pid) process.kill(child as number, signal);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
