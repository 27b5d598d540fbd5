/**
 * @module The embedded database between commands: started once, recorded in `.tally/services.json`, adopted by the next
 * command, stopped by `tally down`, and started again on its data after a crash. A process is only believed to be ours
 * when it takes our password, proves that it knows it too, and names our data folder.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreUnavailableError } from '../errors.ts';
import { makeFolder } from '../files.ts';
import { isAlive } from '../lock.ts';
import { Json, type JsonObject } from '../model/Json.ts';
import { secretFile } from '../secretFile.ts';
import { holdService, readService, recordPath, writeService } from '../services.ts';
import { type Binaries, canReach, findBinaries } from './binaries.ts';
import { asAdmin, drawPasswords, isPasswords, type Passwords, prepareDatabase, type Urls, urlsOf } from './logins.ts';
import { awaitReady, give, makeData, runningServer, type Server, startServer, stopServer } from './postgres.ts';

export type EmbeddedDatabase = {
  readonly pid: number;
  readonly port: number;
  readonly urls: Urls;
  /** `adopted`: it ran already · `started`: it is new or was stopped · `replaced`: its process had ended by itself. */
  readonly how: 'adopted' | 'started' | 'replaced';
  /** A line for the user when something is worth one. */
  readonly note?: string;
};

/** What the record says: without `pid` it was stopped in order, without `ready` its start was not finished. */
type Entry = {
  readonly pid?: number;
  readonly ready?: boolean;
  /** Kept when it is stopped, so that it comes back where it was. */
  readonly port?: number;
  /** Where the data lies when that is not below the project: another account could not reach it there. */
  readonly dataDir?: string;
};

const databaseName = 'tally';

/**
 * The database of a project, adopted when it runs and started when it does not. Commands that ask at the same time get
 * the same one.
 * @param folder the project's `.tally` folder
 * @throws StoreUnavailableError, ServicesError
 */
export async function ensureDatabase(folder: string): Promise<EmbeddedDatabase> {
  await makeFolder(folder);
  const running = await findDatabase(folder);
  if (running) return running;
  return holdService(folder, 'database', async () => (await findDatabase(folder)) ?? (await start(folder)));
}

/** The database of a project when it runs. */
export async function findDatabase(folder: string): Promise<EmbeddedDatabase | undefined> {
  const entry = await readEntry(folder);
  if (!entry?.ready) return undefined;
  const server = await confirm(folder, entry);
  return server && { ...server, urls: urlsOf(server.port, await passwordsOf(folder), databaseName), how: 'adopted' };
}

/**
 * Stops the database of a project; its data stays for the next start. Says whether there was one to stop.
 * @throws StoreUnavailableError when it does not end
 */
export async function stopDatabase(folder: string): Promise<boolean> {
  if ((await readEntry(folder)) === undefined) return false;
  return holdService(folder, 'database', async () => {
    const { pid, ready, ...kept } = (await readEntry(folder)) ?? {};
    const server = await confirm(folder, kept);
    if (server) await stopServer(server.pid);
    if (pid !== undefined || ready) await writeService(folder, 'database', kept);
    return server !== undefined;
  });
}

/** Where the data of a project's database lies. */
export async function dataFolder(folder: string): Promise<string> {
  return dataDirOf(folder, (await readEntry(folder)) ?? {});
}

async function start(folder: string): Promise<EmbeddedDatabase> {
  const before = (await readEntry(folder)) ?? {};
  const binaries = await findBinaries(folder);
  const kept = await placeData(folder, before, binaries);
  const passwords = await passwordsOf(folder);
  const paths = { dataDir: dataDirOf(folder, kept), logPath: join(folder, 'database', 'postgres.log') };
  const options = { binaries, port: before.port, ...paths };
  if (!existsSync(options.dataDir)) await makeData(options, { password: passwords.admin });
  const adopted = await confirm(folder, kept);
  const server = adopted ?? (await launch(folder, kept, options));
  await prepareDatabase(server.port, passwords, databaseName);
  await writeService(folder, 'database', { ...kept, ...server, ready: true });
  const urls = urlsOf(server.port, passwords, databaseName);
  if (adopted) return { ...server, urls, how: 'adopted' };
  if (before.pid === undefined) return { ...server, urls, how: 'started' };
  const note = `the database (process ${before.pid}) had ended by itself and was started again on its data`;
  return { ...server, urls, how: 'replaced', note };
}

async function launch(folder: string, kept: Entry, options: Parameters<typeof startServer>[0]): Promise<Server> {
  const spawned: { written?: Promise<void> } = {};
  const server = await startServer(options, (pid) => {
    spawned.written = writeService(folder, 'database', { ...kept, pid });
  });
  await spawned.written;
  return server;
}

/** Below the project, unless the account that Postgres runs as cannot pass through the folders above it. */
async function placeData(folder: string, entry: Entry, { account }: Binaries): Promise<Pick<Entry, 'dataDir'>> {
  const own = join(folder, 'database');
  await makeFolder(own);
  if (entry.dataDir !== undefined) return requireThere(entry.dataDir, folder);
  if (existsSync(join(own, 'data'))) return {};
  if (!account || (await canReach(own, account))) {
    await give(account, own);
    return {};
  }
  const parent = '/var/lib/tallystick';
  await mkdir(parent, { recursive: true, mode: 0o755 }).catch((cause) => {
    throw new StoreUnavailableError('there is no folder for the database that its account can reach', {
      at: parent,
      cause,
      remedy: `let others pass through the folders above ${folder}, or name a server in DATABASE_URL`,
    });
  });
  const place = await mkdtemp(join(parent, 'database-'));
  await give(account, place);
  const placed = { dataDir: join(place, 'data') };
  await writeService(folder, 'database', placed);
  return placed;
}

/** A recorded folder that is gone held data: a new and empty one must not take its place unnoticed. */
function requireThere(dataDir: string, folder: string): Pick<Entry, 'dataDir'> {
  if (existsSync(dirname(dataDir))) return { dataDir };
  throw new StoreUnavailableError('the folder of the database is gone', {
    at: dataDir,
    remedy: `restore it, or delete the entry "database" in ${recordPath(folder)} to begin anew`,
  });
}

/** The process on our data folder, if it is certainly a Postgres of ours. */
async function confirm(folder: string, entry: Entry): Promise<Server | undefined> {
  const dataDir = dataDirOf(folder, entry);
  const server = await runningServer(dataDir);
  if (!server || !isAlive(server.pid) || !(await awaitReady(server.pid, dataDir))) return undefined;
  const { admin } = await passwordsOf(folder);
  const named = await asAdmin(server.port, admin, async (client) => {
    const { rows } = await client.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`);
    return rows[0]?.folder;
  }).catch(() => undefined);
  return named === dataDir ? server : undefined;
}

async function passwordsOf(folder: string): Promise<Passwords> {
  const path = join(folder, 'secrets', 'database.json');
  const bytes = await secretFile(path, () => Json.stringify(drawPasswords()));
  const json = Json.parse(new TextDecoder().decode(bytes), path);
  if (isPasswords(json)) return json;
  throw new StoreUnavailableError('the passwords of the embedded database are damaged', { at: path });
}

function dataDirOf(folder: string, { dataDir }: Entry): string {
  return dataDir ?? join(folder, 'database', 'data');
}

async function readEntry(folder: string): Promise<Entry | undefined> {
  const entry = await readService(folder, 'database');
  if (entry === undefined || isEntry(entry)) return entry;
  throw new StoreUnavailableError('the record of the database is not one of ours', {
    at: recordPath(folder),
    remedy: 'end the postgres process of this project, if it runs, and delete the entry "database" in this file',
  });
}

function isEntry(entry: JsonObject): entry is JsonObject & Entry {
  const { pid, port, ready, dataDir } = entry;
  const numbers = [pid, port].every((value) => value === undefined || typeof value === 'number');
  return (
    numbers &&
    (ready === undefined || typeof ready === 'boolean') &&
    (dataDir === undefined || typeof dataDir === 'string')
  );
}
