/** @module The outbox as an operator sees it, of all accounts and chains. Looking needs neither a chain nor its lock. */
import { OutboxEntryError, type RevertReason } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Row } from '../store/schema.ts';
import type { Tx } from '../store/store.ts';
import { formatReason } from './failure.ts';
import type { OutboxState } from './outboxRows.ts';

/** Amounts in wei. */
export type OutboxLine = {
  readonly id: Hex;
  readonly what: string;
  readonly state: OutboxState;
  readonly chainId: number;
  readonly address: Hex;
  readonly nonce: number | undefined;
  /** Of the included transaction, or of the one signed last. */
  readonly transaction: Hex | undefined;
  /** How often it was signed for its nonce. */
  readonly signings: number;
  readonly block: number | undefined;
  /** What the transactions of this intent have cost, failed and cancelled ones included. */
  readonly cost: bigint;
  /** Why a contract refused, or that it was cancelled. */
  readonly reason: string | undefined;
  readonly wish: 'bump' | 'cancel' | undefined;
  readonly createdAt: Date;
};

export const outboxStates = ['intent', 'signed', 'sent', 'included', 'final', 'replaced', 'failed'] as const;
/** A page; older ones are reached by their state. */
const linesMax = 500;

/** The newest intents, of one state or of any, newest first. */
export async function listOutbox(
  tx: Tx,
  { state }: { readonly state?: OutboxState | undefined } = {},
): Promise<OutboxLine[]> {
  let query = tx
    .selectFrom('outbox')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('nonce', 'desc')
    .limit(linesMax);
  if (state !== undefined) query = query.where('state', '=', state);
  const lines: OutboxLine[] = [];
  for (const row of await query.execute()) lines.push(await toLine(tx, row));
  return lines;
}

/** The intent whose id begins so. @throws OutboxEntryError when there is none or more than one */
export async function findLine(tx: Tx, prefix: string): Promise<OutboxLine> {
  if (!/^0x[0-9a-f]{6,64}$/.test(prefix)) {
    throw new OutboxEntryError('an intent is named by the beginning of its id: 0x and six digits at least', {
      at: prefix,
    });
  }
  const rows = await tx
    .selectFrom('outbox')
    .selectAll()
    .where('intent_id', 'like', `${prefix}%` as Hex)
    .limit(2)
    .execute();
  const [row] = rows;
  if (row && rows.length === 1) return toLine(tx, row);
  const what = row ? 'several intents begin so' : 'the outbox has no such intent';
  throw new OutboxEntryError(what, { at: prefix, remedy: 'see `tally outbox list`' });
}

/**
 * Leaves a wish for whoever owns the account's nonces.
 * @throws OutboxEntryError when nothing can be changed any more
 */
export async function putWish(tx: Tx, line: OutboxLine, wish: 'bump' | 'cancel'): Promise<void> {
  const states: readonly OutboxState[] = wish === 'bump' ? ['signed', 'sent'] : ['intent', 'signed', 'sent'];
  const changed = await tx
    .updateTable('outbox')
    .set({ wish })
    .where('intent_id', '=', line.id)
    .where('state', 'in', states)
    .executeTakeFirst();
  if (changed.numUpdatedRows > 0n) return;
  throw new OutboxEntryError(`${line.what} is ${line.state}: there is nothing to ${wish}`, { at: line.id });
}

/** What all transactions of a chain have cost that are in a block. */
export type ChainCost = {
  readonly chainId: number;
  readonly transactions: number;
  readonly gas: bigint;
  readonly wei: bigint;
};

export async function sumOutbox(tx: Tx): Promise<readonly ChainCost[]> {
  const rows = await tx
    .selectFrom('transactions')
    .innerJoin('outbox', (join) =>
      join
        .onRef('outbox.intent_id', '=', 'transactions.intent_id')
        .onRef('outbox.tenant_id', '=', 'transactions.tenant_id'),
    )
    .where('transactions.gas_used', 'is not', null)
    .select(['outbox.chain_id', 'transactions.gas_used', 'transactions.effective_gas_price'])
    .execute();
  return [...Map.groupBy(rows, ({ chain_id }) => chain_id)].map(([chainId, group]) => ({
    chainId: Number(chainId),
    transactions: group.length,
    gas: group.reduce((sum, { gas_used }) => sum + (gas_used ?? 0n), 0n),
    wei: group.reduce((sum, row) => sum + (row.gas_used ?? 0n) * (row.effective_gas_price ?? 0n), 0n),
  }));
}

async function toLine(tx: Tx, row: Row<'outbox'>): Promise<OutboxLine> {
  const signed = await tx
    .selectFrom('transactions')
    .selectAll()
    .where('tenant_id', '=', row.tenant_id)
    .where('intent_id', '=', row.intent_id)
    .orderBy('signed_at')
    .execute();
  const ofNonce = signed.filter(({ nonce }) => nonce === row.nonce);
  return {
    ...{ id: row.intent_id, what: row.what, state: row.state, chainId: Number(row.chain_id), address: row.address },
    nonce: row.nonce === null ? undefined : Number(row.nonce),
    transaction: row.tx_hash ?? ofNonce.at(-1)?.tx_hash,
    signings: ofNonce.length,
    block: row.block === null ? undefined : Number(row.block),
    cost: signed.reduce((sum, each) => sum + (each.gas_used ?? 0n) * (each.effective_gas_price ?? 0n), 0n),
    reason: row.reason === null ? undefined : formatReason(row.reason as RevertReason),
    ...{ wish: row.wish ?? undefined, createdAt: row.created_at },
  };
}
