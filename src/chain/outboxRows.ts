/**
 * @module The outbox in the database. A row of `outbox` is an intent and how far it has got; each of its signings is a
 * row of `transactions`, kept before it leaves. Every function is one step, in a transaction that its caller opens.
 */
import { decodeAbiParameters, encodeAbiParameters, keccak256 } from 'viem/utils';
import type { RevertReason } from '../errors.ts';
import { Hex } from '../model/Hex.ts';
import { Json } from '../model/Json.ts';
import type { Row, RowChange } from '../store/schema.ts';
import type { Tx } from '../store/store.ts';
import { type Intent, intentId } from './transaction.ts';

export type OutboxState = Row<'outbox'>['state'];

/** Whose nonces, and on which chain. */
export type Place = { readonly chainId: number; readonly genesis: Hex; readonly address: Hex };

/** What the chain made of a transaction. */
export type Inclusion = {
  readonly block: number;
  readonly blockHash: Hex;
  readonly gasUsed: bigint;
  /** Wei per gas. */
  readonly effectiveGasPrice: bigint;
  /** The contract that it created. */
  readonly contract?: Hex | undefined;
};

/** One signing of an intent. `raw` has everything, its data included. */
export type Signing = {
  readonly hash: Hex;
  readonly nonce: number;
  readonly raw: Hex;
  readonly gas: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** An empty transaction to oneself that takes the nonce away from the intent. */
  readonly isCancel: boolean;
  readonly signedAtMs: number;
  /** Whether a node was seen to take it. */
  readonly isSent: boolean;
};

/** An intent with the last thing known about it. */
export type Entry = {
  readonly tenant: string;
  /** Of the row: the intent's own id with the chain and the account. */
  readonly id: Hex;
  intent: Intent;
  state: OutboxState;
  nonce?: number | undefined;
  /** Of its nonce, oldest first; any of them may be included. */
  signings: readonly Signing[];
  /** The transaction that was included. */
  hash?: Hex | undefined;
  inclusion?: Inclusion | undefined;
  reason?: RevertReason | undefined;
};

const intentTypes = [{ type: 'bytes' }, { type: 'uint256' }, { type: 'bytes' }] as const;

/** The id of an intent's row: one intent may be done on several chains and by several accounts. */
export function entryId({ chainId, genesis, address }: Place, intent: Intent): Hex {
  const types = [{ type: 'uint256' }, { type: 'bytes32' }, { type: 'address' }, { type: 'bytes32' }] as const;
  return keccak256(encodeAbiParameters(types, [BigInt(chainId), genesis, address, intentId(intent)]));
}

/** Writes down what is to be done; an intent that came to nothing begins anew, one that was not signed takes new data. */
export async function putIntent(tx: Tx, place: Place, { tenant, id, intent }: Entry): Promise<void> {
  const { what, to, value = 0n, data, priority = 0, carries } = intent;
  const bytes = Buffer.from(encodeAbiParameters(intentTypes, [to ?? '0x', value, data]).slice(2), 'hex');
  const fresh = { what, intent: bytes, priority, state: 'intent' as const };
  const { chainId, genesis, address } = place;
  const row = { tenant_id: tenant, intent_id: id, chain_id: BigInt(chainId), genesis, address, ...fresh };
  const cleared = { nonce: null, ...notIncluded, reason: null, wish: null, updated_at: new Date() };
  await tx
    .insertInto('outbox')
    .values(row)
    .onConflict((conflict) => conflict.columns(['tenant_id', 'intent_id']).doUpdateSet({ ...fresh, ...cleared }))
    .execute();
  if (carries === undefined || to === null) return;
  const of = { tenant_id: tenant, chain_id: BigInt(chainId), contract: to.toLowerCase() as Hex, intent_id: id };
  await tx
    .insertInto('submissions')
    .values(carries.map((statement_id, position) => ({ ...of, statement_id, position })))
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'chain_id', 'contract', 'statement_id'])
        .doUpdateSet((eb) => ({ intent_id: eb.ref('excluded.intent_id'), position: eb.ref('excluded.position') })),
    )
    .execute();
}

/** Keeps a signing; from now on it may be anywhere. */
export async function putSigned(tx: Tx, entry: Entry, signing: Signing): Promise<void> {
  const { hash, nonce, raw, gas, maxFeePerGas, maxPriorityFeePerGas, isCancel, signedAtMs } = signing;
  await tx
    .insertInto('transactions')
    .values({
      ...{ tenant_id: entry.tenant, tx_hash: hash, intent_id: entry.id, nonce: BigInt(nonce) },
      ...{ raw: Buffer.from(raw.slice(2), 'hex'), gas_limit: gas, is_cancel: isCancel },
      ...{ max_fee_per_gas: maxFeePerGas, max_priority_fee_per_gas: maxPriorityFeePerGas },
      signed_at: new Date(signedAtMs),
    })
    // The same bytes signed again are the same transaction.
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await update(tx, entry, { nonce: BigInt(nonce), wish: null, ...(entry.state === 'intent' && { state: 'signed' }) });
}

export async function putSent(tx: Tx, entry: Entry, hash: Hex): Promise<void> {
  await ofTransaction(tx, entry, hash).set({ sent_at: new Date() }).execute();
  if (entry.state === 'signed') await update(tx, entry, { state: 'sent' });
}

/** A transaction of the intent is in a block; which one of its signings decides what became of the intent. */
export async function putOutcome(
  tx: Tx,
  entry: Entry,
  outcome: {
    readonly state: 'included' | 'failed' | 'replaced';
    readonly hash: Hex;
    readonly inclusion: Inclusion;
    readonly reason?: RevertReason | undefined;
  },
): Promise<void> {
  const { state, hash, inclusion, reason } = outcome;
  const { block, blockHash, gasUsed, effectiveGasPrice, contract } = inclusion;
  const where = { block: BigInt(block), block_hash: blockHash };
  const cost = { gas_used: gasUsed, effective_gas_price: effectiveGasPrice };
  await ofTransaction(tx, entry, hash)
    .set({ ...where, ...cost, succeeded: state !== 'failed' })
    .execute();
  const why = { contract: contract ?? null, reason: reason === undefined ? null : Json.stringify(reason) };
  await update(tx, entry, { state, tx_hash: hash, ...where, ...cost, ...why, wish: null });
}

/** The intent will not be done in this way: refused in its trial, or its nonce taken by somebody else. */
export async function putEnd(
  tx: Tx,
  entry: Entry,
  { state, reason }: { readonly state: 'failed' | 'replaced'; readonly reason?: RevertReason | undefined },
): Promise<void> {
  await update(tx, entry, { state, reason: reason === undefined ? null : Json.stringify(reason), wish: null });
}

export async function putFinal(tx: Tx, entry: Entry): Promise<void> {
  await update(tx, entry, { state: 'final' });
}

/** The block of its transaction is lost: it is on its way again. */
export async function putBack(tx: Tx, entry: Entry): Promise<void> {
  if (entry.hash !== undefined) {
    const lost = { block: null, block_hash: null, gas_used: null, effective_gas_price: null, succeeded: null };
    await ofTransaction(tx, entry, entry.hash).set(lost).execute();
  }
  await update(tx, entry, { state: 'sent', ...notIncluded, reason: null });
}

/** What is under way on a place, by nonce, and what the chain has lost since: rows whose nonce is not below `used`. */
export async function findUnfinished(tx: Tx, place: Place, used: number): Promise<Entry[]> {
  const rows = await ofPlace(tx, place)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['intent', 'signed', 'sent', 'included']),
        eb.and([eb('state', 'in', ['final', 'failed']), eb('nonce', '>=', BigInt(used))]),
      ]),
    )
    .orderBy('nonce')
    .orderBy('created_at')
    .execute();
  const entries: Entry[] = [];
  for (const row of rows) entries.push(await toEntry(tx, row));
  return entries;
}

export async function findEntry(tx: Tx, place: Place, id: Hex): Promise<Entry | undefined> {
  const row = await ofPlace(tx, place).where('intent_id', '=', id).executeTakeFirst();
  return row && toEntry(tx, row);
}

/** What operators want of what is under way. */
export async function findWishes(
  tx: Tx,
  place: Place,
): Promise<readonly { readonly id: Hex; readonly wish: 'bump' | 'cancel' }[]> {
  const rows = await ofPlace(tx, place).where('wish', 'is not', null).orderBy('nonce').execute();
  return rows.flatMap(({ intent_id: id, wish }) => (wish === null ? [] : [{ id, wish }]));
}

/** The nonce after the highest that was ever used or signed for here. */
export async function nonceAfter(tx: Tx, { chainId, genesis, address }: Place): Promise<number> {
  const { last } = await tx
    .selectFrom('outbox')
    .select(({ fn }) => fn.max('nonce').as('last'))
    .where('chain_id', '=', BigInt(chainId))
    .where('genesis', '=', genesis)
    .where('address', '=', address)
    .where('state', '<>', 'replaced')
    .executeTakeFirstOrThrow();
  return last === null ? 0 : Number(last) + 1;
}

const notIncluded = {
  ...{ tx_hash: null, block: null, block_hash: null, tx_index: null },
  ...{ gas_used: null, effective_gas_price: null, contract: null },
} as const;

function ofPlace(tx: Tx, { chainId, genesis, address }: Place) {
  return tx
    .selectFrom('outbox')
    .selectAll()
    .where('chain_id', '=', BigInt(chainId))
    .where('genesis', '=', genesis)
    .where('address', '=', address);
}

function ofTransaction(tx: Tx, { tenant }: Entry, hash: Hex) {
  return tx.updateTable('transactions').where('tenant_id', '=', tenant).where('tx_hash', '=', hash);
}

async function update(tx: Tx, { tenant, id }: Entry, change: RowChange<'outbox'>): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ ...change, updated_at: new Date() })
    .where('tenant_id', '=', tenant)
    .where('intent_id', '=', id)
    .execute();
}

async function toEntry(tx: Tx, row: Row<'outbox'>): Promise<Entry> {
  const [to, value, data] = decodeAbiParameters(intentTypes, new Uint8Array(row.intent));
  const nonce = row.nonce === null ? undefined : Number(row.nonce);
  return {
    ...{ tenant: row.tenant_id, id: row.intent_id, state: row.state, nonce, hash: row.tx_hash ?? undefined },
    intent: { id: row.intent_id, what: row.what, to: Hex.is(to, 20) ? to : null, value, data, priority: row.priority },
    signings: row.nonce === null ? [] : await findSignings(tx, row, row.nonce),
    inclusion: toInclusion(row),
    reason: row.reason === null ? undefined : (row.reason as RevertReason),
  };
}

async function findSignings(tx: Tx, row: Row<'outbox'>, nonce: bigint): Promise<Signing[]> {
  const rows = await tx
    .selectFrom('transactions')
    .selectAll()
    .where('tenant_id', '=', row.tenant_id)
    .where('intent_id', '=', row.intent_id)
    .where('nonce', '=', nonce)
    .orderBy('signed_at')
    .orderBy('max_fee_per_gas')
    .execute();
  return rows.map((each) => ({
    ...{ hash: each.tx_hash, nonce: Number(each.nonce), raw: `0x${each.raw.toString('hex')}` as Hex },
    ...{ gas: each.gas_limit, maxFeePerGas: each.max_fee_per_gas, isCancel: each.is_cancel },
    ...{ maxPriorityFeePerGas: each.max_priority_fee_per_gas, signedAtMs: each.signed_at.getTime() },
    isSent: each.sent_at !== null,
  }));
}

function toInclusion(row: Row<'outbox'>): Inclusion | undefined {
  const { block, block_hash, gas_used, effective_gas_price, contract } = row;
  if (block === null || block_hash === null || gas_used === null || effective_gas_price === null) return undefined;
  return {
    ...{ block: Number(block), blockHash: block_hash, gasUsed: gas_used, effectiveGasPrice: effective_gas_price },
    contract: contract ?? undefined,
  };
}
