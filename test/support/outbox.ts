/** @module An outbox on a database of its own, and what a test wants to know of its rows. */
import type { OutboxState } from '../../src/chain/outboxRows.ts';
import type { Hex } from '../../src/model/Hex.ts';
import type { Row } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';
import { startTestPostgres, type TestPostgres } from './postgres.ts';
import { addTenant } from './rows.ts';

export const tenant = 'default';

export type OutboxStore = {
  readonly postgres: TestPostgres;
  /** An empty database with a tenant. */
  readonly createStore: () => Promise<Store & { readonly urls: { readonly app: string } }>;
  readonly stop: () => Promise<void>;
};

/** A server without a database yet. */
export async function startOutboxStore(): Promise<OutboxStore> {
  const postgres = await startTestPostgres();
  const createStore = async () => {
    const store = await postgres.createStore();
    await addTenant(store, tenant);
    return store;
  };
  return { postgres, createStore, stop: () => postgres.stop() };
}

/** The rows of an outbox in the order in which they were asked for. */
export function outboxRows(store: Store): Promise<readonly Row<'outbox'>[]> {
  return store.acrossTenants((tx) => tx.selectFrom('outbox').selectAll().orderBy('created_at').execute());
}

export async function outboxStates(store: Store): Promise<readonly OutboxState[]> {
  return (await outboxRows(store)).map(({ state }) => state);
}

/** All that was ever signed, in the order of signing. */
export function signings(store: Store): Promise<readonly Row<'transactions'>[]> {
  return store.acrossTenants((tx) => tx.selectFrom('transactions').selectAll().orderBy('signed_at').execute());
}

/** What the database says that all transactions have cost, in wei. */
export async function costOf(store: Store): Promise<bigint> {
  const rows = await signings(store);
  return rows.reduce(
    (sum, { gas_used, effective_gas_price }) => sum + (gas_used ?? 0n) * (effective_gas_price ?? 0n),
    0n,
  );
}

export const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`;
