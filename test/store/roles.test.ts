import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreForbiddenError } from '../../src/errors.ts';
import { executeSql, openStore, type Store } from '../../src/store/store.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { addTenant, fillTables, jobIdOf } from '../support/rows.ts';

let postgres: TestPostgres;
let app: Awaited<ReturnType<TestPostgres['createStore']>>;
let worker: Store;
let tables: readonly string[];
beforeAll(async () => {
  postgres = await startTestPostgres();
  app = await postgres.createStore();
  worker = await openStore({ url: app.urls.worker, as: 'worker' });
  for (const [i, tenant] of ['alpha', 'beta'].entries()) {
    await addTenant(app, tenant);
    await app.transaction(tenant, (tx) => fillTables(tx, tenant, i + 1));
  }
  const { rows } = await executeSql(app.db, `SELECT tablename FROM pg_tables WHERE schemaname = 'tally' ORDER BY 1`);
  tables = (rows as { tablename: string }[]).map(({ tablename }) => tablename);
});
afterAll(async () => {
  await worker.close();
  await postgres.stop();
});

const tenantsIn = (store: Store, tenant: string, table: string) =>
  store.transaction(tenant, async (tx) => {
    const { rows } = await executeSql(tx, `SELECT DISTINCT tenant_id FROM ${table} ORDER BY 1`);
    return (rows as { tenant_id: string }[]).map(({ tenant_id }) => tenant_id);
  });

describe('tenants', () => {
  test('every table has a tenant in each row and keeps tenants apart', async () => {
    const { rows } = await executeSql(
      app.db,
      `SELECT c.relname AS table, c.relrowsecurity AS guarded, a.attnotnull AS required
       FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
       WHERE c.relnamespace = 'tally'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`,
    );
    expect(rows).toEqual(tables.map((table) => ({ table, guarded: true, required: true })));
    expect(tables).toHaveLength(15);
  });

  test('O4 a tenant sees its own rows and no other’s, in every table', async () => {
    for (const table of tables) {
      expect([table, await tenantsIn(app, 'alpha', table)]).toEqual([table, ['alpha']]);
      expect([table, await tenantsIn(app, 'beta', table)]).toEqual([table, ['beta']]);
      expect([table, await tenantsIn(app, 'gamma', table)]).toEqual([table, []]);
    }
  });

  test('O4 without a tenant, and after a transaction with one, nothing is seen', async () => {
    const one = await openStore({ url: app.urls.app, as: 'app', limits: { connectionsMax: 1 } });
    for (let i = 0; i < 2; i++) {
      for (const table of tables) {
        expect((await executeSql(one.db, `SELECT count(*) AS n FROM ${table}`)).rows).toEqual([{ n: 0n }]);
      }
      await one.transaction('alpha', async () => undefined);
    }
    await one.close();
  });

  test('O4 a tenant cannot change, remove or make another’s rows', async () => {
    const outcome = await app.transaction('alpha', async (tx) => {
      const changed = await tx
        .updateTable('jobs')
        .set({ priority: 9 })
        .where('tenant_id', '=', 'beta')
        .executeTakeFirst();
      const removed = await tx.deleteFrom('salts').where('tenant_id', '=', 'beta').executeTakeFirst();
      return [changed.numUpdatedRows, removed.numDeletedRows];
    });
    expect(outcome).toEqual([0n, 0n]);
    const row = { tenant_id: 'beta', salt_id: 'foreign', sealed: Buffer.from('x') };
    const insert = app.transaction('alpha', (tx) => tx.insertInto('salts').values(row).execute());
    await expect(insert).rejects.toThrow(StoreForbiddenError);
    const move = app.transaction('alpha', (tx) => executeSql(tx, `UPDATE salts SET tenant_id = 'beta'`));
    await expect(move).rejects.toThrow(StoreForbiddenError);
  });

  test('behavior: who acts for all sees all, until the transaction ends', async () => {
    const seen = await app.acrossTenants((tx) =>
      tx.selectFrom('jobs').select('tenant_id').orderBy('tenant_id').execute(),
    );
    expect(seen).toEqual([{ tenant_id: 'alpha' }, { tenant_id: 'beta' }]);
    expect(await app.db.selectFrom('jobs').select('tenant_id').execute()).toEqual([]);
    await expect(worker.acrossTenants(async () => 1)).rejects.toThrow(StoreForbiddenError);
  });
});

/** Columns that a role may write in a table, or `all`. */
const mayOf = async (role: string) => {
  const { rows } = await executeSql(
    app.db,
    `SELECT t.tablename AS table, p.privilege,
       has_table_privilege($1, format('tally.%I', t.tablename), p.privilege) AS whole,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = format('tally.%I', t.tablename)::regclass
         AND a.attnum > 0 AND NOT a.attisdropped AND p.privilege IN ('SELECT', 'INSERT', 'UPDATE')
         AND has_column_privilege($1, a.attrelid, a.attnum, p.privilege) ORDER BY a.attnum) AS columns
     FROM pg_tables t, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p(privilege)
     WHERE t.schemaname = 'tally' ORDER BY 1, 2`,
    [role],
  );
  const may: Record<string, Record<string, true | string[]>> = {};
  for (const row of rows as { table: string; privilege: string; whole: boolean; columns: string[] }[]) {
    if (!row.whole && row.columns.length === 0) continue;
    may[row.table] = { ...may[row.table], [row.privilege]: row.whole || row.columns };
  }
  return may;
};
const readOnly = { SELECT: true };
const append = { SELECT: true, INSERT: true };
const everything = { ...append, UPDATE: true, DELETE: true };

describe('roles', () => {
  test('none is more than it seems', async () => {
    const { rows } = await executeSql(
      app.db,
      `SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles
       WHERE rolname LIKE 'tally%' AND rolname <> 'tally_admin' ORDER BY 1`,
    );
    const names = ['tally_app', 'tally_app_login', 'tally_operator', 'tally_worker', 'tally_worker_login'];
    const plain = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false };
    expect(rows).toEqual(names.map((rolname) => ({ rolname, ...plain, rolreplication: false })));
  });

  test('a worker may claim, beat, complete and fail, and nothing else', async () => {
    expect(await mayOf('tally_worker')).toEqual({
      tenants: readOnly,
      jobs: {
        SELECT: true,
        UPDATE: ['statement_id', 'state', 'attempt', 'leased_by', 'beat_at', 'error_code', 'updated_at'],
      },
      attempts: { ...append, UPDATE: ['engine', 'state', 'ended_at', 'cpu_ms', 'wall_ms', 'rss_peak', 'error_code'] },
      results: append,
      journals: { ...append, UPDATE: ['size', 'frontier'] },
      entries: append,
      nodes: append,
    });
  });

  test.each(['tally_app', 'tally_operator'])('%s may do everything but change what a journal holds', async (role) => {
    const journal = { journals: { ...append, UPDATE: ['size', 'frontier'] }, entries: append, nodes: append };
    const kept = { ...journal, checkpoints: append } as Record<string, object>;
    expect(await mayOf(role)).toEqual(Object.fromEntries(tables.map((table) => [table, kept[table] ?? everything])));
  });

  test('error: a worker that does more is refused by the database', async () => {
    const refused = [
      'SELECT * FROM salts',
      'SELECT * FROM outbox',
      `UPDATE jobs SET sealed_input = NULL`,
      `UPDATE jobs SET deadline_at = now()`,
      'DELETE FROM jobs',
      'DELETE FROM attempts',
      `UPDATE results SET key_id = program_id`,
      `UPDATE entries SET entry = ''`,
      'TRUNCATE jobs CASCADE',
      'SET ROLE tally_app',
      'CREATE TABLE tally.mine (n int)',
      'CREATE SCHEMA mine',
      'ALTER TABLE tally.jobs DISABLE ROW LEVEL SECURITY',
      `COPY jobs TO PROGRAM 'cat'`,
    ];
    for (const text of refused) {
      const attempt = worker.transaction('alpha', (tx) => executeSql(tx, text));
      await expect(attempt, text).rejects.toThrow(StoreForbiddenError);
    }
  });

  test('error: the app, too, can neither change nor remove entries of a journal', async () => {
    const texts = [`UPDATE entries SET entry = ''`, 'DELETE FROM entries', `UPDATE checkpoints SET note = ''`];
    for (const text of [...texts, 'DELETE FROM journals', 'TRUNCATE entries']) {
      await expect(
        app.transaction('alpha', (tx) => executeSql(tx, text)),
        text,
      ).rejects.toThrow(StoreForbiddenError);
    }
  });

  test('a worker takes a job to its end', async () => {
    await worker.transaction('alpha', async (tx) => {
      const lease = { state: 'leased', attempt: 2, leased_by: 'w', beat_at: new Date() } as const;
      await tx.updateTable('jobs').set(lease).where('job_id', '=', jobIdOf(1)).execute();
      const attempt = { tenant_id: 'alpha', job_id: jobIdOf(1), attempt: 2, worker: 'w' };
      await tx.insertInto('attempts').values(attempt).execute();
      const cost = { state: 'done', cpu_ms: 5n, wall_ms: 6n, rss_peak: 2n ** 33n, engine: 'snarkjs' } as const;
      await tx.updateTable('attempts').set(cost).where('attempt', '=', 2).execute();
      await tx.updateTable('jobs').set({ state: 'done', beat_at: null }).where('job_id', '=', jobIdOf(1)).execute();
    });
    const [job] = await app.transaction('alpha', (tx) => tx.selectFrom('jobs').selectAll().execute());
    expect(job).toMatchObject({ state: 'done', attempt: 2 });
    expect(job?.finished_at).toBeInstanceOf(Date);
  });
});
