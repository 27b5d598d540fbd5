/**
 * @module What an account may spend on a chain in a day (UTC). A signing takes the most that it may cost, and when its
 * transaction is in a block, what it did not cost comes back, to the day on which it was signed.
 */
import type { Tx } from '../store/store.ts';

export type GasBudget = {
  readonly chainId: number;
  /** In wei; nothing is counted when undefined. */
  readonly perDayWei: bigint | undefined;
};

export type Spending = { readonly tenant: string; readonly atMs: number; readonly wei: bigint };

const kind = 'gas_wei';
const dayMs = 86_400_000;

/** Takes from a day's budget. Whether it sufficed; nothing is taken when it did not. */
export async function takeGas(tx: Tx, budget: GasBudget, { tenant, atMs, wei }: Spending): Promise<boolean> {
  const { perDayWei: allowed } = budget;
  if (allowed === undefined) return true;
  const { starts_at, ends_at } = dayOf(atMs);
  const scope = scopeOf(budget);
  await tx
    .insertInto('budgets')
    .values({ tenant_id: tenant, kind, scope, starts_at, ends_at, allowed })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'kind', 'scope', 'starts_at']).doUpdateSet({ allowed }))
    .execute();
  const taken = await dayRow(tx, budget, { tenant, atMs })
    .set(({ eb }) => ({ used: eb('used', '+', wei) }))
    .where(({ eb }) => eb(eb('used', '+', wei), '<=', allowed))
    .executeTakeFirst();
  return taken.numUpdatedRows === 1n;
}

/** Corrects what a day has used by a difference, which may be negative. */
export async function correctGas(tx: Tx, budget: GasBudget, { tenant, atMs, wei }: Spending): Promise<void> {
  if (budget.perDayWei === undefined || wei === 0n) return;
  await dayRow(tx, budget, { tenant, atMs })
    .set(({ eb, fn, val }) => ({ used: fn<bigint>('greatest', [eb('used', '+', wei), val(0n)]) }))
    .execute();
}

/** When the day ends to which a time belongs. */
export function dayEnd(atMs: number): Date {
  return dayOf(atMs).ends_at;
}

function dayRow(tx: Tx, budget: GasBudget, { tenant, atMs }: Omit<Spending, 'wei'>) {
  return tx
    .updateTable('budgets')
    .where('tenant_id', '=', tenant)
    .where('kind', '=', kind)
    .where('scope', '=', scopeOf(budget))
    .where('starts_at', '=', dayOf(atMs).starts_at);
}

function scopeOf({ chainId }: GasBudget): string {
  return `chain/${chainId}`;
}

function dayOf(atMs: number): { readonly starts_at: Date; readonly ends_at: Date } {
  const start = Math.floor(atMs / dayMs) * dayMs;
  return { starts_at: new Date(start), ends_at: new Date(start + dayMs) };
}
