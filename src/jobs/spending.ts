/** @module What was spent on the statements of a run on chain, from the transactions that carried them. */
import type { Tx } from '../store/store.ts';

/** One chain's share. Amounts are in wei and units of gas. */
export type ChainSpending = {
  readonly chainId: bigint;
  readonly statements: number;
  readonly transactions: number;
  readonly gas: bigint;
  readonly wei: bigint;
};

/**
 * Sums what the transactions cost that carried a run's statements and are in a block, failed and cancelled ones included.
 * One that carries statements of other runs too counts whole.
 */
export async function sumSpending(tx: Tx, runId: string): Promise<readonly ChainSpending[]> {
  const rows = await tx
    .selectFrom('submissions')
    .innerJoin('outbox', (join) =>
      join
        .onRef('outbox.intent_id', '=', 'submissions.intent_id')
        .onRef('outbox.tenant_id', '=', 'submissions.tenant_id'),
    )
    .innerJoin('transactions', (join) =>
      join
        .onRef('transactions.intent_id', '=', 'outbox.intent_id')
        .onRef('transactions.tenant_id', '=', 'outbox.tenant_id'),
    )
    .where('transactions.gas_used', 'is not', null)
    .where('submissions.statement_id', 'in', (eb) =>
      eb
        .selectFrom('run_jobs')
        .innerJoin('jobs', (join) =>
          join.onRef('jobs.job_id', '=', 'run_jobs.job_id').onRef('jobs.tenant_id', '=', 'run_jobs.tenant_id'),
        )
        .where('run_id', '=', runId)
        .where('jobs.statement_id', 'is not', null)
        .select((join) => join.ref('jobs.statement_id').$castTo<`0x${string}`>().as('statement_id')),
    )
    .select(['outbox.chain_id', 'transactions.tx_hash', 'submissions.statement_id'])
    .select(['outbox.state', 'transactions.gas_used', 'transactions.effective_gas_price'])
    .execute();
  const chains = Map.groupBy(rows, ({ chain_id }) => chain_id);
  return [...chains].map(([chainId, all]) => {
    const sent = [...Map.groupBy(all, ({ tx_hash }) => tx_hash).values()].map(([row]) => row as (typeof all)[number]);
    const recorded = all.filter(({ state }) => state === 'included' || state === 'final');
    return {
      chainId,
      statements: new Set(recorded.map(({ statement_id }) => statement_id)).size,
      transactions: sent.length,
      gas: sent.reduce((sum, { gas_used }) => sum + (gas_used ?? 0n), 0n),
      wei: sent.reduce((sum, row) => sum + (row.gas_used ?? 0n) * (row.effective_gas_price ?? 0n), 0n),
    };
  });
}

/** Gas per recorded statement over all transactions so far; nothing when none is in a block. */
export async function meanGas(
  tx: Tx,
): Promise<{ readonly perStatement: bigint; readonly statements: number } | undefined> {
  const rows = await tx
    .selectFrom('submissions')
    .innerJoin('outbox', (join) =>
      join
        .onRef('outbox.intent_id', '=', 'submissions.intent_id')
        .onRef('outbox.tenant_id', '=', 'submissions.tenant_id'),
    )
    .where('outbox.state', 'in', ['included', 'final'])
    .select(['outbox.intent_id', 'gas_used'])
    .select(({ fn }) => fn.countAll<bigint>().as('statements'))
    .groupBy(['outbox.intent_id', 'gas_used'])
    .execute();
  const statements = rows.reduce((sum, row) => sum + row.statements, 0n);
  if (statements === 0n) return undefined;
  const gas = rows.reduce((sum, { gas_used }) => sum + (gas_used ?? 0n), 0n);
  return { perStatement: gas / statements, statements: Number(statements) };
}
