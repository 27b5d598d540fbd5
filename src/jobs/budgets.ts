/** @module What a tenant may use in a span of time. A budget is a row; who takes from it waits for others who do. */
import { BudgetError } from '../errors.ts';
import { databaseNow } from '../store/clock.ts';
import type { Tx } from '../store/store.ts';

export type BudgetUse = {
  readonly tenant: string;
  /** What is limited, such as `jobs`. */
  readonly kind: string;
  readonly amount: bigint;
  /** How much of it a day (UTC) has; nothing is counted when undefined. */
  readonly perDay: number | undefined;
};

/** Takes from today's budget. @throws BudgetError when it does not suffice; nothing is taken then */
export async function takeBudget(tx: Tx, { tenant, kind, amount, perDay }: BudgetUse): Promise<void> {
  if (perDay === undefined || amount === 0n) return;
  const { starts_at, ends_at } = dayOf(await databaseNow(tx));
  const allowed = BigInt(perDay);
  const row = { tenant_id: tenant, kind, scope: '', starts_at, ends_at, allowed };
  await tx
    .insertInto('budgets')
    .values(row)
    .onConflict((conflict) => conflict.columns(['tenant_id', 'kind', 'scope', 'starts_at']).doUpdateSet({ allowed }))
    .execute();
  const taken = await tx
    .updateTable('budgets')
    .set(({ eb }) => ({ used: eb('used', '+', amount) }))
    .where('kind', '=', kind)
    .where('scope', '=', '')
    .where('starts_at', '=', starts_at)
    .where(({ eb }) => eb(eb('used', '+', amount), '<=', allowed))
    .executeTakeFirst();
  if (taken.numUpdatedRows === 1n) return;
  throw new BudgetError(`today's budget of ${perDay} ${kind} does not suffice for ${amount} more`, {
    at: kind,
    details: [`it holds until ${ends_at.toISOString()}`],
    remedy: 'wait until then, or raise `jobs.perDay` in tally.config.ts',
  });
}

function dayOf(now: Date): { readonly starts_at: Date; readonly ends_at: Date } {
  const dayMs = 86_400_000;
  const start = Math.floor(now.getTime() / dayMs) * dayMs;
  return { starts_at: new Date(start), ends_at: new Date(start + dayMs) };
}
