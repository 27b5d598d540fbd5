import { chmodSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../../src/lock.ts';
import { dataFolder, type EmbeddedDatabase, ensureDatabase, stopDatabase } from '../../src/store/embedded.ts';
import { executeSql, openStore, type Store, type Tx } from '../../src/store/store.ts';
import { signalAll } from '../support/postgres.ts';
import { addJob, addTenant, jobIdOf } from '../support/rows.ts';

let parent: string;
let folder: string;
let database: EmbeddedDatabase;
let store: Store;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tally-power-'));
  chmodSync(parent, 0o755);
  folder = join(parent, '.tally');
  database = await ensureDatabase(folder);
  store = await openStore({ url: database.urls.app, as: 'app' });
  await addTenant(store, 'alpha');
});
afterAll(async () => {
  await store.close();
  await stopDatabase(folder);
  const data = await dataFolder(folder);
  await rm(data.startsWith(folder) ? parent : dirname(data), { recursive: true, force: true });
  await rm(parent, { recursive: true, force: true });
});

const ask = async (tx: Tx, text: string) => (await executeSql(tx, text)).rows[0] as Record<string, string>;

test('Q7 L60 the database that is started here, and every session of ours, waits for the disk', async () => {
  const wanted = {
    ...{ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', data_checksums: 'on' },
    // A sync that fails ends the server, and what was not written is not told as written.
    data_sync_retry: 'off',
  };
  const names = Object.keys(wanted).map((name) => `current_setting('${name}') AS ${name}`);
  for (const url of Object.values(database.urls)) {
    const as = url === database.urls.worker ? 'worker' : 'app';
    const opened = await openStore({ url, as });
    expect(await opened.transaction('alpha', (tx) => ask(tx, `SELECT ${names.join(', ')}`))).toEqual(wanted);
    await opened.close();
  }
});

test('Q7 when a commit is acknowledged its log is on the disk', async () => {
  for (let number = 100; number < 110; number++) {
    const written = await store.transaction('alpha', async (tx) => {
      await addJob(tx, 'alpha', number);
      return (await ask(tx, 'SELECT pg_current_wal_insert_lsn() AS lsn')).lsn;
    });
    const { flushed } = await store.transaction('alpha', (tx) =>
      ask(tx, `SELECT pg_current_wal_flush_lsn() >= '${written}'::pg_lsn AS flushed`),
    );
    expect(flushed).toBe(true);
  }
});

test('Q7 all processes of the database end at once: every acknowledged row is there, and none half', async () => {
  const acknowledged: number[] = [];
  let cut = false;
  const write = async (from: number) => {
    for (let number = from; !cut; number++) {
      await store.transaction('alpha', (tx) => addJob(tx, 'alpha', number));
      acknowledged.push(number);
      if (acknowledged.length === 50) {
        cut = true;
        signalAll(database.pid, 'SIGKILL');
      }
    }
  };
  await Promise.allSettled([1_000, 2_000, 3_000].map(write));
  await expect.poll(() => isAlive(database.pid)).toBe(false);
  await store.close();
  const again = await ensureDatabase(folder);
  expect(again.how).toBe('replaced');
  store = await openStore({ url: again.urls.app, as: 'app' });
  const rows = await store.transaction('alpha', (tx) => tx.selectFrom('jobs').select('job_id').execute());
  const found = new Set(rows.map(({ job_id }) => job_id));
  expect(acknowledged.length).toBeGreaterThanOrEqual(50);
  expect(acknowledged.map(jobIdOf).filter((id) => !found.has(id))).toEqual([]);
});
