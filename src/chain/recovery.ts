/**
 * @module Taking up where an earlier process stopped. Everything that the chain does not have is sent again as it was
 * signed: what did not leave before a crash, what was not seen to arrive, and what was in blocks that the chain has lost
 * since. Nothing is signed for a second nonce, so nothing can be included twice.
 */
import { encodeAbiParameters, keccak256 } from 'viem/utils';
import { broadcast, type Desk, dropIntent, enlist, keepSigning, takeBack } from './delivery.ts';
import { survey } from './endpoints.ts';
import { chainFailure } from './failure.ts';
import { offer, readMarket } from './fees.ts';
import { type Entry, entryId, findUnfinished, findWishes, nonceAfter } from './outboxRows.ts';
import { underWay } from './signing.ts';
import { type Intent, signTransfer } from './transaction.ts';

export type Recovered = {
  /** On their way again, in the order of their nonces. */
  readonly sent: readonly Entry[];
  /** Asked for by an earlier process, and not signed. */
  readonly intents: readonly Entry[];
};

/**
 * Sends again what the chain does not have.
 * @throws ChainUnavailableError, BalanceError
 */
export async function recover(desk: Desk): Promise<Recovered> {
  const { used, pending } = await nonces(desk);
  const { rows, next } = await desk.store.acrossTenants(async (tx) => ({
    rows: await findUnfinished(tx, desk.place, used),
    next: await nonceAfter(tx, desk.place),
  }));
  for (const row of rows) if (row.state !== 'intent') desk.open.set(row.id, row);
  desk.nextNonce = Math.max(pending, next);
  for (const row of rows) {
    const isLost = row.nonce !== undefined && row.nonce >= used && !['intent', 'signed', 'sent'].includes(row.state);
    if (isLost) await takeBack(desk, row);
  }
  await fillGap(desk);
  const sent = underWay(desk);
  for (const entry of sent) await broadcast(desk, entry);
  return { sent, intents: await wanted(desk, rows) };
}

/** Intents that were not signed, but for those that an operator does not want any more. */
async function wanted(desk: Desk, rows: readonly Entry[]): Promise<readonly Entry[]> {
  const wishes = await desk.store.acrossTenants((tx) => findWishes(tx, desk.place));
  const unwanted = new Set(wishes.filter(({ wish }) => wish === 'cancel').map(({ id }) => id));
  const intents = rows.filter(({ state }) => state === 'intent');
  for (const entry of intents) if (unwanted.has(entry.id)) await dropIntent(desk, entry);
  return intents.filter(({ id }) => !unwanted.has(id));
}

/**
 * Nonces below our first unfinished one that nobody has used: transactions that another program sent for this account
 * and the chain has lost. Ours could never be included behind them, so empty transfers to ourselves take their place.
 */
export async function fillGap(desk: Desk): Promise<void> {
  const waiting = underWay(desk);
  const last = waiting.at(-1);
  if (!last) return;
  const taken = new Set(waiting.map(({ nonce }) => nonce));
  const { pending } = await nonces(desk);
  for (let nonce = pending; nonce < (last.nonce ?? 0); nonce++) {
    if (!taken.has(nonce)) await fill(desk, nonce, last.tenant);
  }
}

async function fill(desk: Desk, nonce: number, tenant: string): Promise<void> {
  const { chain, account } = desk;
  const id = keccak256(encodeAbiParameters([{ type: 'string' }, { type: 'uint256' }], ['filler', BigInt(nonce)]));
  const intent: Intent = { id, what: `fill nonce ${nonce}`, to: account.address, data: '0x' };
  const entry: Entry = { tenant, id: entryId(desk.place, intent), intent, state: 'intent', signings: [] };
  await enlist(desk, entry);
  const market = await readMarket(chain, intent.what);
  // At the cap it may wait, but what waits behind it is kept in order.
  const atCap = { maxFeePerGas: desk.feeCapWei, maxPriorityFeePerGas: 0n };
  const fees = offer(market, desk.feeCapWei) ?? atCap;
  await keepSigning(desk, entry, await signTransfer(chain, intent, { account, nonce, fees }));
  desk.open.set(entry.id, entry);
  await broadcast(desk, entry);
}

/** How many transactions of the account are in blocks, and how many the nodes know of in all. */
async function nonces({ chain, account }: Desk): Promise<{ used: number; pending: number }> {
  const { address } = account;
  try {
    const [{ used }, pending] = await Promise.all([
      survey(chain.endpoints, address),
      chain.client.getTransactionCount({ address, blockTag: 'pending' }),
    ]);
    return { used, pending };
  } catch (cause) {
    throw chainFailure(cause, { what: 'reading the account’s nonces' });
  }
}
