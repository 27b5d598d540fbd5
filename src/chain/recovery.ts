/**
 * @module Taking up where an earlier process stopped. Everything that the chain does not have is sent again as it was
 * signed: what did not leave before a crash, what was not seen to arrive, and what was in blocks that the chain has lost
 * since. Nothing is signed twice, so nothing can be included twice.
 */
import { encodeAbiParameters, keccak256 } from 'viem/utils';
import type { Hex } from '../model/Hex.ts';
import { broadcast, type Deliveries, type Entry, enlist, isSettled, settle } from './delivery.ts';
import { chainFailure } from './failure.ts';
import type { OutboxRow } from './outboxFile.ts';
import { type Intent, sign, simulate } from './transaction.ts';

/** Fills in the transactions that a file's rows tell of. */
export function replay(deliveries: Deliveries, rows: readonly OutboxRow[]): void {
  const byHash = new Map<Hex, Entry>();
  for (const row of rows) {
    if (row.state === 'signed') {
      const entry: Entry = { ...row, row };
      byHash.set(row.hash, entry);
      deliveries.byIntent.set(row.intentId, entry);
    } else {
      const entry = byHash.get(row.hash);
      if (entry) entry.row = row;
    }
  }
  deliveries.entries.push(...[...byHash.values()].sort((a, b) => a.nonce - b.nonce));
  for (const entry of deliveries.entries) if (!isSettled(entry)) deliveries.underWay.add(entry);
}

/**
 * Sends again what the chain does not have and waits for it; returns these transactions.
 * @throws ChainUnavailableError, DeadlineError, BalanceError
 */
export async function recover(deliveries: Deliveries): Promise<Entry[]> {
  const { used, pending } = await nonces(deliveries);
  const alive = deliveries.entries.filter(({ row }) => row.state !== 'replaced');
  const unfinished = alive.filter((entry) => !isSettled(entry) || entry.nonce >= used);
  deliveries.nextNonce = Math.max(pending, (alive.at(-1)?.nonce ?? -1) + 1);
  const fillers = await fillGap(deliveries, { from: pending, to: unfinished[0]?.nonce ?? 0 });
  for (const entry of unfinished) {
    deliveries.underWay.add(entry);
    await broadcast(deliveries, entry);
  }
  for (const entry of [...fillers, ...unfinished]) await settle(deliveries, entry);
  return [...fillers, ...unfinished];
}

/**
 * Nonces below our first unfinished one that nobody has used: transactions that another program sent for this account
 * and the chain has lost. Ours could never be included behind them, so empty transfers to ourselves take their place.
 */
async function fillGap(deliveries: Deliveries, { from, to }: { from: number; to: number }): Promise<Entry[]> {
  const { chain, account } = deliveries;
  const entries: Entry[] = [];
  for (let nonce = from; nonce < to; nonce++) {
    const id = keccak256(encodeAbiParameters([{ type: 'string' }, { type: 'uint256' }], ['filler', BigInt(nonce)]));
    const intent: Intent = { id, what: `fill nonce ${nonce}`, to: account.address, data: '0x' };
    const gas = await simulate(chain, intent, { from: account.address, state: 'latest' });
    const entry = await enlist(deliveries, await sign(chain, intent, { account, nonce, gas, committed: 0n }));
    await broadcast(deliveries, entry);
    entries.push(entry);
  }
  return entries;
}

/** How many transactions of the account are in blocks, and how many the node knows of in all. */
async function nonces({ chain, account }: Deliveries): Promise<{ used: number; pending: number }> {
  const { address } = account;
  try {
    const [used, pending] = await Promise.all([
      chain.client.getTransactionCount({ address, blockTag: 'latest' }),
      chain.client.getTransactionCount({ address, blockTag: 'pending' }),
    ]);
    return { used, pending };
  } catch (cause) {
    throw chainFailure(cause, { what: 'opening the outbox' });
  }
}
