import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreForbiddenError } from '../../src/errors.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

const addTenant = (store: Store, tenant: string) =>
  store.transaction(tenant, (tx) =>
    tx
      .insertInto('tenants')
      .values({ tenant_id: tenant, wrapped_key: Buffer.from(tenant), kek_id: 'k' })
      .execute(),
  );
const seen = (store: Store, tenant: string) =>
  store.transaction(tenant, async (tx) => (await tx.selectFrom('tenants').select('tenant_id').execute()).length);

describe('openStore', () => {
  test('default', async () => {
    const store = await postgres.createStore();
    await addTenant(store, 'alpha');
    expect(await seen(store, 'alpha')).toBe(1);
    expect(await seen(store, 'beta')).toBe(0);
    const worker = await openStore({ url: store.urls.worker, as: 'worker' });
    expect(await seen(worker, 'alpha')).toBe(1);
    await expect(addTenant(worker, 'gamma')).rejects.toThrow(StoreForbiddenError);
    await worker.close();
  });
});
