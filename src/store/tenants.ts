import { TenantError } from '../errors.ts';
import { drawSecret, type KeyEncryptionKey, openSecret, type TenantKeys } from './sealing.ts';
import type { Tx } from './store.ts';

/**
 * The keys of the transaction's tenant, which is made when there is none.
 * @throws KeyEncryptionKeyError, SealBrokenError, StoreForbiddenError for a worker that meets a new tenant
 */
export async function ensureTenant(tx: Tx, kek: KeyEncryptionKey, tenant: string): Promise<TenantKeys> {
  const found = await readKeys(tx, kek, tenant);
  if (found) return found;
  const { wrapped, kekId } = drawSecret(kek, tenant);
  const row = { tenant_id: tenant, wrapped_key: wrapped, kek_id: kekId };
  await tx
    .insertInto('tenants')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Another process may have been faster: what is stored counts.
  return tenantKeys(tx, kek, tenant);
}

/** The keys of the transaction's tenant. @throws TenantError, KeyEncryptionKeyError, SealBrokenError */
export async function tenantKeys(tx: Tx, kek: KeyEncryptionKey, tenant: string): Promise<TenantKeys> {
  const keys = await readKeys(tx, kek, tenant);
  if (keys) return keys;
  throw new TenantError(`there is no tenant ${JSON.stringify(tenant)}`, { at: tenant });
}

async function readKeys(tx: Tx, kek: KeyEncryptionKey, tenant: string): Promise<TenantKeys | undefined> {
  const row = await tx
    .selectFrom('tenants')
    .select(['wrapped_key', 'kek_id'])
    .where('tenant_id', '=', tenant)
    .executeTakeFirst();
  return row && openSecret(kek, tenant, { wrapped: row.wrapped_key, kekId: row.kek_id });
}
