import { spawn } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { isAlive } from '../../src/lock.ts';
import { canReach, findBinaries, packagedBinaries } from '../../src/store/binaries.ts';
import { dataFolder, ensureDatabase, findDatabase, stopDatabase } from '../../src/store/embedded.ts';
import { openStore } from '../../src/store/store.ts';
import { addTenant } from '../support/rows.ts';

const source = fileURLToPath(new URL('../../src/store/embedded.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;
let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tally-embedded-'));
  chmodSync(parent, 0o755);
  folder = join(parent, '.tally');
});
afterEach(async () => {
  await remove(folder);
  await rm(parent, { recursive: true, force: true });
});

/** Stops a database and removes its data where it lies outside the project, too. */
async function remove(project: string): Promise<void> {
  if (!existsSync(project)) return;
  await stopDatabase(project);
  const data = await dataFolder(project);
  if (!data.startsWith(project)) await rm(dirname(data), { recursive: true, force: true });
}

const recordOf = async (project = folder) => JSON.parse(await readFile(join(project, 'services.json'), 'utf8'));
const countTenants = async (url: string) => {
  const store = await openStore({ url, as: 'app' });
  const rows = await store.acrossTenants((tx) => tx.selectFrom('tenants').selectAll().execute());
  await store.close();
  return rows.length;
};
const putTenant = async (url: string) => {
  const store = await openStore({ url, as: 'app' });
  await addTenant(store, 'alpha');
  await store.close();
};

/** Asks for the database in a process of its own, which may be another user's. */
function askElsewhere(project: string, identity: { uid?: number; gid?: number } = {}): Promise<string> {
  const program = `import { ensureDatabase } from ${JSON.stringify(source)};
    const database = await ensureDatabase(${JSON.stringify(project)});
    process.stdout.write(database.how + ' ' + database.pid);`;
  return new Promise((resolve) => {
    const words = ['--input-type=module-typescript', '-e', program];
    const child = spawn(process.execPath, words, { ...identity, cwd: '/' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', () => resolve(output));
  });
}

describe('ensureDatabase', () => {
  test('starts a database that only this machine and its own files’ owner can use', async () => {
    await mkdir(folder);
    const chain = { genesisTimeSec: 5 };
    await writeFile(join(folder, 'services.json'), JSON.stringify({ version: 1, chain }));
    const database = await ensureDatabase(folder);
    expect(database.how).toBe('started');
    expect(isAlive(database.pid)).toBe(true);
    expect(await recordOf()).toEqual({
      version: 1,
      chain,
      database: { pid: database.pid, port: database.port, ready: true },
    });
    const secret = join(folder, 'secrets', 'database.json');
    expect((await stat(secret)).mode & 0o777).toBe(0o600);
    expect((await stat(await dataFolder(folder))).mode & 0o777).toBe(0o700);
    const { app } = JSON.parse(await readFile(secret, 'utf8'));
    expect(database.urls.app).toContain(`:${app}@127.0.0.1:${database.port}/`);
    const hba = await readFile(join(await dataFolder(folder), 'pg_hba.conf'), 'utf8');
    const methods = hba.match(/^(local|host)\s.*$/gm)?.map((line) => line.trim().split(/\s+/).at(-1));
    expect(new Set(methods)).toEqual(new Set(['scram-sha-256']));
  });

  test('behavior: the next command adopts it, and many at once get one', async () => {
    const answers = await Promise.all([askElsewhere(folder), askElsewhere(folder), ensureDatabase(folder)]);
    const { pid } = answers[2];
    expect(answers.slice(0, 2).map((answer) => String(answer).split(' ')[1])).toEqual([String(pid), String(pid)]);
    expect(await ensureDatabase(folder)).toMatchObject({ how: 'adopted', pid });
    expect(await findDatabase(folder)).toMatchObject({ how: 'adopted', pid });
    // A start that was cut short is finished, not begun again.
    const record = await recordOf();
    await writeFile(join(folder, 'services.json'), JSON.stringify({ ...record, database: { pid } }));
    expect(await findDatabase(folder)).toBeUndefined();
    expect(await ensureDatabase(folder)).toMatchObject({ how: 'adopted', pid });
    expect(await recordOf()).toEqual(record);
  });

  test('behavior: a killed one is started again on its data, where it was, and says so', async () => {
    const first = await ensureDatabase(folder);
    await putTenant(first.urls.app);
    const store = await openStore({ url: first.urls.app, as: 'app' });
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => isAlive(first.pid)).toBe(false);
    const second = await ensureDatabase(folder);
    expect(second).toMatchObject({ how: 'replaced', port: first.port });
    expect(second.note).toContain(`process ${first.pid}`);
    // A store that was open meanwhile goes on.
    const rows = await store.acrossTenants((tx) => tx.selectFrom('tenants').selectAll().execute());
    expect(rows).toHaveLength(1);
    await store.close();

    // A process of the same account may have the number now, as in a container that starts anew: it began later.
    process.kill(second.pid, 'SIGKILL');
    await expect.poll(() => isAlive(second.pid)).toBe(false);
    const data = await dataFolder(folder);
    const { uid, gid } = await stat(data);
    const stranger = spawn('sleep', ['60'], isRoot ? { uid, gid } : {});
    const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
    lines[0] = String(stranger.pid);
    lines[2] = String(Math.floor(Date.now() / 1000) - 3_600);
    await writeFile(join(data, 'postmaster.pid'), lines.join('\n'));
    expect((await ensureDatabase(folder)).how).toBe('replaced');
    expect(isAlive(stranger.pid as number)).toBe(true);
    stranger.kill();
  });

  test('behavior: stopped in order it keeps its data, and its port unless that was taken', async () => {
    expect(await stopDatabase(folder)).toBe(false);
    const first = await ensureDatabase(folder);
    await putTenant(first.urls.app);
    expect(await stopDatabase(folder)).toBe(true);
    expect(isAlive(first.pid)).toBe(false);
    expect(await stopDatabase(folder)).toBe(false);
    expect(await findDatabase(folder)).toBeUndefined();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(first.port, '127.0.0.1', resolve));
    const second = await ensureDatabase(folder);
    expect(second.how).toBe('started');
    expect(second.port).not.toBe(first.port);
    expect(await countTenants(second.urls.app)).toBe(1);
    await new Promise((resolve) => other.close(resolve));
  });

  test('error: a damaged data folder names the log', async () => {
    await ensureDatabase(folder);
    await stopDatabase(folder);
    await rm(join(await dataFolder(folder), 'global', 'pg_control'));
    const error = await ensureDatabase(folder).catch((e) => e);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error.at).toContain('postgres.log');
    expect(error.details.join(' ')).toContain('pg_control');
  });

  test('error: a record that is not ours', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'services.json'), JSON.stringify({ version: 1, database: { pid: 'many' } }));
    await expect(ensureDatabase(folder)).rejects.toThrow(StoreUnavailableError);
    await rm(folder, { recursive: true });
  });
});

describe('whose process it is', () => {
  /** An account of every system that is neither root nor nobody. */
  const somebody = { uid: 1, gid: 1 };
  const accountOf = async (pid: number) => (await stat(`/proc/${pid}`)).uid;

  test('never root, and the owner of the project where there is one', async () => {
    const own = process.getuid?.() as number;
    process.env.TALLY_KEK = 'ab'.repeat(32);
    const database = await ensureDatabase(folder);
    delete process.env.TALLY_KEK;
    expect(await accountOf(database.pid)).toBe(isRoot ? 65534 : own);
    const environment = await readFile(`/proc/${database.pid}/environ`, 'utf8');
    expect(environment).toContain('LC_ALL=C');
    expect(environment).not.toContain('abab');
    if (!isRoot) return;
    const theirs = join(parent, 'theirs');
    await mkdir(theirs);
    await chown(theirs, somebody.uid, somebody.gid);
    const other = await ensureDatabase(theirs);
    expect(await accountOf(other.pid)).toBe(somebody.uid);
    expect((await dataFolder(theirs)).startsWith(theirs)).toBe(true);
    await remove(theirs);
  });

  test('an owner without a name gets nobody’s account', async () => {
    await mkdir(folder);
    if (isRoot) await chown(folder, 54321, 54321);
    expect((await findBinaries(folder)).account).toEqual(isRoot ? { uid: 65534, gid: 65534 } : undefined);
  });

  test('a plain user starts one, stops it and starts it again', async () => {
    const identity = isRoot ? somebody : {};
    await mkdir(folder);
    if (isRoot) await chown(folder, somebody.uid, somebody.gid);
    const [how, pid] = (await askElsewhere(folder, identity)).split(' ');
    expect(how).toBe('started');
    expect(await accountOf(Number(pid))).toBe(isRoot ? somebody.uid : (process.getuid?.() as number));
    expect(await askElsewhere(folder, identity)).toBe(`adopted ${pid}`);
  });

  test('below a closed folder the data lies where its account can reach it, and is found again', async () => {
    await chmod(parent, 0o700);
    const first = await ensureDatabase(folder);
    const data = await dataFolder(folder);
    expect(data.startsWith(folder)).toBe(!isRoot);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    await putTenant(first.urls.app);
    await stopDatabase(folder);
    const second = await ensureDatabase(folder);
    expect(await dataFolder(folder)).toBe(data);
    expect(await countTenants(second.urls.app)).toBe(1);
  });

  test('error: data that was elsewhere and is gone is not begun anew in silence', async () => {
    await mkdir(folder);
    const record = { version: 1, database: { dataDir: join(parent, 'gone', 'data') } };
    await writeFile(join(folder, 'services.json'), JSON.stringify(record));
    const error = await ensureDatabase(folder).catch((e) => e);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error.at).toContain('gone');
  });

  test('programs below a closed folder are copied to where another account can run them', async () => {
    const closed = join(parent, 'closed', 'native');
    await mkdir(dirname(closed), { mode: 0o700 });
    await cp(packagedBinaries().folder, closed, { recursive: true, verbatimSymlinks: true });
    const version = `test-${process.pid}-${Date.now()}`;
    await mkdir(folder);
    const { folder: found, account } = await findBinaries(folder, { folder: closed, version });
    if (!isRoot) return expect(found).toBe(closed);
    expect(account).toEqual({ uid: 65534, gid: 65534 });
    expect(found).toContain(version);
    expect(await canReach(join(found, 'lib'), { uid: 65534, gid: 65534 })).toBe(true);
    expect((await findBinaries(folder, { folder: closed, version })).folder).toBe(found);
    const run = spawn(join(found, 'bin', 'postgres'), ['--version'], { uid: 65534, gid: 65534, cwd: '/' });
    expect(await new Promise((resolve) => run.on('close', resolve))).toBe(0);
    await rm(found, { recursive: true });
  });
});

describe('packagedBinaries', () => {
  test('error: a platform without a Postgres, and one whose package is missing', () => {
    expect(() => packagedBinaries('aix', 'ppc64')).toThrow(StoreUnavailableError);
    const other = process.platform === 'win32' ? (['linux', 'arm64'] as const) : (['win32', 'x64'] as const);
    expect(() => packagedBinaries(...other)).toThrow(/is not installed/);
  });
});
