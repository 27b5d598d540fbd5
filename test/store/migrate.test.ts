import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MigrationChangedError, SchemaNewerError, SchemaOlderError, StoreForbiddenError } from '../../src/errors.ts';
import type { Urls } from '../../src/store/logins.ts';
import { isCurrent, migrate } from '../../src/store/migrate.ts';
import { type Migration, migrations } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/store.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { hashOf, jobIdOf } from '../support/rows.ts';

let postgres: TestPostgres;
let urls: Urls;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  urls = await postgres.createDatabase();
});

async function connected<T>(action: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(urls.app);
  await client.connect();
  return action(client).finally(() => client.end());
}
const current = migrations.length;
const numbers = () =>
  connected(
    async (client) => (await client.query('SELECT number, hash FROM tally_migrations.applied ORDER BY 1')).rows,
  );
const next = (worksWith: number): Migration => ({
  number: current + 1,
  name: 'next',
  sql: 'ALTER TABLE tally.jobs ADD COLUMN later text',
  worksWith,
  hash: 'f'.repeat(64),
});
const openAs = (as: 'app' | 'worker') => openStore({ url: urls[as], as });
const usable = async (as: 'app' | 'worker') => {
  const store = await openAs(as);
  const rows = await store.transaction('alpha', (tx) => tx.selectFrom('jobs').selectAll().execute());
  await store.close();
  return rows;
};

describe('migrate', () => {
  test('numbers run from one without a gap, and each is recorded with its hash', async () => {
    expect(migrations.map(({ number }) => number)).toEqual(Array.from({ length: current }, (_, i) => i + 1));
    expect(await connected((client) => migrate(client))).toBe(current);
    expect(await numbers()).toEqual(migrations.map(({ number, hash }) => ({ number, hash })));
    expect(await connected((client) => migrate(client))).toBe(0);
  });

  test('behavior: many at once apply each migration once', async () => {
    const stores = await Promise.all(Array.from({ length: 6 }, () => openAs('app')));
    await Promise.all(stores.map((store) => store.close()));
    expect(await numbers()).toHaveLength(current);
  });

  test('behavior: a migration that fails leaves nothing of itself', async () => {
    await connected((client) => migrate(client));
    const broken = { ...next(1), sql: 'CREATE TABLE tally.half (n int); SELECT 1 / 0' };
    await expect(connected((client) => migrate(client, [...migrations, broken]))).rejects.toThrow('division by zero');
    expect(await numbers()).toHaveLength(current);
    await connected(async (client) => {
      expect((await client.query(`SELECT to_regclass('tally.half') AS half`)).rows).toEqual([{ half: null }]);
      expect(await migrate(client, [...migrations, next(1)])).toBe(1);
    });
  });

  test('a populated database of the first version comes to the last', async () => {
    const dump = await readFile(new URL('./fixtures/schema-1.sql', import.meta.url), 'utf8');
    await connected((client) => client.query(dump));
    const store = await openAs('app');
    const jobs = await store.transaction('alpha', (tx) =>
      tx.selectFrom('jobs').selectAll().orderBy('job_id').execute(),
    );
    expect(jobs.map(({ job_id, state }) => [job_id, state])).toEqual([
      [jobIdOf(1), 'done'],
      [jobIdOf(2), 'pending'],
      [jobIdOf(3), 'dead'],
    ]);
    expect(jobs.map((job) => job.finished_at?.toISOString())).toEqual([
      '2026-03-01T10:00:05.000Z',
      undefined,
      '2026-03-01T10:07:00.000Z',
    ]);
    await store.transaction('alpha', async (tx) => {
      const [result] = await tx.selectFrom('results').selectAll().execute();
      expect(result).toMatchObject({ statement_id: hashOf(11), signals: [12n, 3n], proof: Buffer.alloc(256, 0xab) });
      const [sent] = await tx.selectFrom('outbox').selectAll().execute();
      expect(sent).toMatchObject({ state: 'final', gas_used: 245_001n, effective_gas_price: 1_000_000_007n });
      expect(await tx.selectFrom('entries').select('idx').orderBy('idx').execute()).toEqual([{ idx: 0n }, { idx: 1n }]);
    });
    const other = await store.transaction('beta', (tx) => tx.selectFrom('jobs').select('job_id').execute());
    expect(other).toEqual([{ job_id: jobIdOf(4) }]);
    await store.close();
    expect(await numbers()).toHaveLength(current);
  });
});

describe('openStore', () => {
  test('O2 a worker one version behind the schema works', async () => {
    await connected((client) => migrate(client, [...migrations, next(current)]));
    expect(await usable('worker')).toEqual([]);
    expect(await usable('app')).toEqual([]);
  });

  test('O2 a worker ahead of the schema refuses, and works once it is migrated', async () => {
    await expect(openAs('worker')).rejects.toThrow(SchemaOlderError);
    await connected((client) => migrate(client, migrations.slice(0, current - 1)));
    await expect(openAs('worker')).rejects.toThrow(SchemaOlderError);
    expect(await numbers()).toHaveLength(current - 1);
    expect(await usable('app')).toEqual([]);
    expect(await usable('worker')).toEqual([]);
  });

  test('O2 a program that the schema has left behind refuses', async () => {
    await connected((client) => migrate(client, [...migrations, next(current + 1)]));
    await expect(openAs('worker')).rejects.toThrow(SchemaNewerError);
    await expect(openAs('app')).rejects.toThrow(SchemaNewerError);
  });

  test('error: a migration that was changed after it was applied is named', async () => {
    const [first, ...others] = migrations as [Migration, ...Migration[]];
    const changed = [{ ...first, hash: '0'.repeat(64) }, ...others];
    await connected((client) => migrate(client, changed));
    const error = await openAs('app').catch((e) => e);
    expect(error).toBeInstanceOf(MigrationChangedError);
    expect(error.at).toBe('tally_migrations.applied 1');
    await expect(openAs('worker')).rejects.toThrow(MigrationChangedError);
    await connected(async (client) => {
      await expect(isCurrent(client)).rejects.toThrow(MigrationChangedError);
      expect(await isCurrent(client, changed)).toBe(true);
    });
  });

  test('error: a login that owns nothing cannot migrate, nor act as the app', async () => {
    await expect(openStore({ url: urls.worker, as: 'app' })).rejects.toThrow(StoreForbiddenError);
    await connected((client) => migrate(client));
    await expect(openStore({ url: urls.worker, as: 'app' })).rejects.toThrow(StoreForbiddenError);
  });
});
