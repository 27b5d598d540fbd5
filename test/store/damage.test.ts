import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SealBrokenError, StoreDamagedError, TenantError } from '../../src/errors.ts';
import { loadKek, seal, unseal } from '../../src/store/sealing.ts';
import { executeSql, openStore } from '../../src/store/store.ts';
import { ensureTenant, tenantKeys } from '../../src/store/tenants.ts';
import { asServerAdmin, startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { addJob, addTenant, hashOf, jobIdOf } from '../support/rows.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

const kek = loadKek('', { TALLY_KEK: '5a'.repeat(32) });

test('Q16 a flipped bit in a page of the database is refused and named', async () => {
  const store = await postgres.createStore();
  await addTenant(store, 'alpha');
  await store.transaction('alpha', (tx) => addJob(tx, 'alpha', 1));
  const path = await store.transaction('alpha', async (tx) => {
    const { rows } = await executeSql(tx, `SELECT pg_relation_filepath('tally.jobs') AS path`);
    return (rows as { path: string }[])[0]?.path as string;
  });
  await store.close();
  await postgres.shutDown();
  const file = await open(join(postgres.options.dataDir, path), 'r+');
  const pageEnd = 8192;
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, pageEnd - 20);
  await file.write(Uint8Array.of((byte[0] as number) ^ 1), 0, 1, pageEnd - 20);
  await file.close();
  await postgres.restart();

  const again = await openStore({ url: store.urls.app, as: 'app' });
  const error = await again.transaction('alpha', (tx) => tx.selectFrom('jobs').selectAll().execute()).catch((e) => e);
  expect(error).toBeInstanceOf(StoreDamagedError);
  expect(error.exitCode).toBe(6);
  expect(error.details.join('\n')).toContain(`invalid page in block 0 of relation "${path}"`);
  await again.close();
});

test('Q16 a changed byte at any place of a page is named by whoever reads that page', async () => {
  const store = await postgres.createStore();
  await addTenant(store, 'alpha');
  const pages = 48;
  await store.transaction('alpha', async (tx) => {
    for (let number = 0; number < 12 * pages; number++) await addJob(tx, 'alpha', number);
  });
  const { path, blocks } = await store.transaction('alpha', async (tx) => {
    const { rows } = await executeSql(
      tx,
      `SELECT pg_relation_filepath('tally.jobs') AS path, pg_relation_size('tally.jobs') / 8192 AS blocks`,
    );
    return rows[0] as { path: string; blocks: bigint };
  });
  await store.close();
  await postgres.shutDown();
  const count = Math.min(pages, Number(blocks));
  expect(count).toBeGreaterThan(10);
  // Each page is changed at a place of its own: header, checksum, item pointers, free space, rows.
  const offsetOf = (block: number) => (block < 24 ? block : Math.floor((block * 8192) / count));
  const file = await open(join(postgres.options.dataDir, path), 'r+');
  for (let block = 0; block < count; block++) {
    const byte = new Uint8Array(1);
    const at = block * 8192 + offsetOf(block);
    await file.read(byte, 0, 1, at);
    await file.write(Uint8Array.of((byte[0] as number) ^ 0x10), 0, 1, at);
  }
  await file.close();
  await postgres.restart();

  const again = await openStore({ url: store.urls.app, as: 'app' });
  for (let block = 0; block < count; block++) {
    const text = `SELECT job_id FROM jobs WHERE ctid >= '(${block},0)' AND ctid < '(${block + 1},0)'`;
    const error = await again.transaction('alpha', (tx) => executeSql(tx, text)).catch((e) => e);
    expect(error, `offset ${offsetOf(block)}`).toBeInstanceOf(StoreDamagedError);
    expect(error.details.join('\n')).toContain(`invalid page in block ${block} of relation "${path}"`);
  }
  await again.close();
});

test('inputs and salts are nowhere on the disk in the clear, and open for their tenant only', async () => {
  const store = await postgres.createStore();
  const plain = Buffer.from('{"amount":"a-most-private-amount"}');
  const place = { table: 'jobs', row: jobIdOf(1) };
  await store.transaction('alpha', async (tx) => {
    const keys = await ensureTenant(tx, await kek, 'alpha');
    const ids = { program_id: hashOf(1), key_id: hashOf(2) };
    const sealed = { sealed_input: seal(keys, place, plain), job_id: jobIdOf(1) };
    await tx
      .insertInto('jobs')
      .values({ tenant_id: 'alpha', ...sealed, ...ids })
      .execute();
    await tx
      .insertInto('salts')
      .values({ tenant_id: 'alpha', salt_id: 's', sealed: seal(keys, { table: 'salts', row: 's' }, plain) })
      .execute();
  });
  await asServerAdmin(postgres, (client) => client.query('CHECKPOINT'));
  for (const file of await readdir(postgres.options.dataDir, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const bytes = await readFile(join(file.parentPath, file.name));
    expect([file.name, bytes.includes('a-most-private-amount')]).toEqual([file.name, false]);
  }

  const open = (tenant: string, from = place) =>
    store.transaction(tenant, async (tx) => {
      const keys = await tenantKeys(tx, await kek, tenant);
      const [job] = await store.transaction('alpha', (its) => its.selectFrom('jobs').selectAll().execute());
      return unseal(keys, from, job?.sealed_input as Buffer);
    });
  expect(await open('alpha')).toEqual(plain);
  await expect(open('alpha', { ...place, row: jobIdOf(2) })).rejects.toThrow(SealBrokenError);
  await store.transaction('beta', async (tx) => ensureTenant(tx, await kek, 'beta'));
  await expect(open('beta')).rejects.toThrow(SealBrokenError);
  await expect(open('gamma')).rejects.toThrow(TenantError);
});

test('a tenant that many make at once has one secret', async () => {
  const store = await postgres.createStore();
  const make = () => store.transaction('alpha', async (tx) => ensureTenant(tx, await kek, 'alpha'));
  const all = await Promise.all(Array.from({ length: 5 }, make));
  expect(new Set(all.map(({ jobIds }) => Buffer.from(jobIds).toString('hex'))).size).toBe(1);
});

test('error: a wrapped key that another tenant had', async () => {
  const store = await postgres.createStore();
  for (const tenant of ['alpha', 'beta'])
    await store.transaction(tenant, async (tx) => ensureTenant(tx, await kek, tenant));
  const rows = await store.acrossTenants((tx) => tx.selectFrom('tenants').selectAll().orderBy('tenant_id').execute());
  const foreign = rows[0]?.wrapped_key as Buffer;
  await store.acrossTenants((tx) =>
    tx.updateTable('tenants').set({ wrapped_key: foreign }).where('tenant_id', '=', 'beta').execute(),
  );
  const read = store.transaction('beta', async (tx) => tenantKeys(tx, await kek, 'beta'));
  await expect(read).rejects.toThrow(SealBrokenError);
});
