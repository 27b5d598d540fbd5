import type { Tx } from './store.ts';

/**
 * What time it is for everybody: the database's clock, at the start of the transaction. Those of the machines that work
 * on one database differ, so none of them may decide when something ends.
 */
export async function databaseNow(tx: Tx): Promise<Date> {
  const { now } = await tx.selectNoFrom(({ fn }) => fn<Date>('now').as('now')).executeTakeFirstOrThrow();
  return now;
}
