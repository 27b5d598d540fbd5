/** @module Whose journal it is, and how far it has got. A journal's row begins with its first entry. */
import { JournalBrokenError } from '../errors.ts';
import { type Hash, MerkleLog } from '../model/MerkleLog.ts';
import type { Tx } from '../store/store.ts';

/** A tenant's log, by the name that its checkpoints carry. */
export type Journal = { readonly tenant: string; readonly origin: string };

export type Head = {
  readonly size: number;
  /** Hashes of the perfect subtrees that make up the tree. */
  readonly peaks: readonly Hash[];
};

const hashBytes = 32;

/** The journal of a tenant, when it has one. */
export async function findJournal(tx: Tx, tenant: string): Promise<Journal | undefined> {
  const query = tx.selectFrom('journals').select('origin').where('tenant_id', '=', tenant);
  const row = await query.executeTakeFirst();
  return row && { tenant, origin: row.origin };
}

/** How far a journal has got; nothing has been appended to one without a row. @throws JournalBrokenError */
export async function readHead(tx: Tx, origin: string): Promise<Head> {
  const row = await tx
    .selectFrom('journals')
    .select(['size', 'frontier'])
    .where('origin', '=', origin)
    .executeTakeFirst();
  return row ? toHead(row) : { size: 0, peaks: [] };
}

/** The same, with the right to append until the transaction ends; begins the journal when there is none. */
export async function lockHead(tx: Tx, { tenant, origin }: Journal): Promise<Head> {
  const lock = () =>
    tx.selectFrom('journals').select(['size', 'frontier']).where('origin', '=', origin).forUpdate().executeTakeFirst();
  const found = await lock();
  if (found) return toHead(found);
  const row = { tenant_id: tenant, origin };
  await tx
    .insertInto('journals')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const begun = await lock();
  if (begun) return toHead(begun);
  throw new JournalBrokenError(`the journal of ${tenant} is another, or ${origin} is another’s`, { at: origin });
}

function toHead({ size, frontier }: { readonly size: bigint; readonly frontier: Buffer }): Head {
  const count = MerkleLog.peaks(Number(size)).length;
  if (frontier.length !== count * hashBytes)
    throw new JournalBrokenError('the journal’s head is damaged', { at: 'head' });
  const peaks = Array.from({ length: count }, (_, i) => frontier.subarray(i * hashBytes, (i + 1) * hashBytes));
  return { size: Number(size), peaks };
}
