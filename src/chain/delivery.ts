/**
 * @module A signed transaction's way onto the chain: sent, looked for, and what became of it written down. Each step is
 * on the disk before it counts, and each may be taken again without harm.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type TransactionReceipt, TransactionReceiptNotFoundError } from 'viem';
import type { LocalAccount } from 'viem/accounts';
import { DeadlineError, OutboxLockedError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Chain } from './client.ts';
import { chainFailure, revertError } from './failure.ts';
import type { Inclusion, OutboxFile, OutboxRow, Signed } from './outboxFile.ts';
import { revertReason } from './revertReason.ts';

/** A transaction with the last thing known about it. */
export type Entry = Signed & {
  row: OutboxRow;
  /** What all who wait for it wait for. */
  settling?: Promise<void> | undefined;
};

/** All transactions of one account that this outbox ever signed. */
export type Deliveries = {
  readonly chain: Chain;
  readonly account: LocalAccount;
  readonly file: OutboxFile;
  /** How long to wait until a transaction is included. */
  readonly waitMs: number;
  /** In the order of their nonces. */
  readonly entries: Entry[];
  /** By intent: the last transaction that was signed for it. */
  readonly byIntent: Map<Hex, Entry>;
  /** Those of `entries` of which it is not known what became of them, in the same order. */
  readonly underWay: Set<Entry>;
  nextNonce: number;
};

/** A transaction that is on the chain and did what it was meant to. */
export type Sent = Inclusion & {
  readonly intentId: Hex;
  readonly hash: Hex;
  readonly nonce: number;
  /** Whether it was included before this call was made. */
  readonly earlier: boolean;
};

/** A node that lags behind another may know of a nonce before it knows the receipt. */
const missesMax = 3;
/** The ways in which nodes say that they have this very transaction, or had it, already. */
const alreadyThere = /already (known|imported|exists)|known transaction|nonce (is )?too low|nonce.*lower/i;

/** Sends a signed transaction, again if need be. @throws ChainUnavailableError, BalanceError */
export async function broadcast(deliveries: Deliveries, entry: Entry): Promise<void> {
  try {
    await deliveries.chain.client.sendRawTransaction({ serializedTransaction: entry.raw });
  } catch (cause) {
    if (!alreadyThere.test(String(cause))) throw chainFailure(cause, { what: entry.what, at: entry.hash });
  }
  await note(deliveries, entry, { state: 'sent', intentId: entry.intentId, hash: entry.hash });
}

/** Sends what was signed but did not leave. */
export async function sendUnsent(deliveries: Deliveries): Promise<void> {
  for (const entry of deliveries.underWay) if (entry.row.state === 'signed') await broadcast(deliveries, entry);
}

/**
 * Waits until a transaction is on the chain, and says what became of it.
 * @throws ContractRevertError, ContractForbiddenError, OutboxLockedError, DeadlineError, ChainUnavailableError
 */
export async function conclude(deliveries: Deliveries, entry: Entry): Promise<Sent> {
  const earlier = isSettled(entry);
  await settle(deliveries, entry);
  const { row, intentId, nonce, what, hash } = entry;
  if (row.state === 'failed') throw revertError(row.reason, { what, at: hash });
  if (row.state === 'included') {
    const { block, gasUsed, effectiveGasPrice, contract } = row;
    return { intentId, hash, nonce, block, gasUsed, effectiveGasPrice, contract, earlier };
  }
  throw new OutboxLockedError(`another transaction of this account took nonce ${nonce} from ${what}`, {
    at: hash,
    remedy: 'use the key in one place only, then run the command again',
  });
}

/**
 * Waits until it is known what became of a transaction, and writes it down, once for all who wait.
 * @throws DeadlineError, ChainUnavailableError, OutboxWriteError
 */
export async function settle(deliveries: Deliveries, entry: Entry): Promise<void> {
  if (isSettled(entry)) return;
  entry.settling ??= learn(deliveries, entry).finally(() => {
    entry.settling = undefined;
  });
  await entry.settling;
}

async function learn(deliveries: Deliveries, entry: Entry): Promise<void> {
  const { intentId, hash } = entry;
  const { receipt, used } = await awaitReceipt(deliveries, entry);
  if (receipt) return note(deliveries, entry, await outcome(deliveries, entry, receipt));
  // Whoever took this nonce may have taken the next ones too.
  deliveries.nextNonce = Math.max(deliveries.nextNonce, used);
  return note(deliveries, entry, { state: 'replaced', intentId, hash });
}

export function isSettled({ row }: Entry): boolean {
  return row.state !== 'signed' && row.state !== 'sent';
}

/** Writes down what is known now, on the disk before in memory. */
export async function note(deliveries: Deliveries, entry: Entry, row: OutboxRow): Promise<void> {
  await deliveries.file.append(row);
  entry.row = row;
  if (isSettled(entry)) deliveries.underWay.delete(entry);
}

/** Takes up a transaction that was signed for the next nonce; it is on the disk when this returns. */
export async function enlist(deliveries: Deliveries, signed: Signed): Promise<Entry> {
  const entry: Entry = { ...signed, row: { state: 'signed', ...signed } };
  await deliveries.file.append(entry.row);
  deliveries.entries.push(entry);
  deliveries.byIntent.set(entry.intentId, entry);
  deliveries.underWay.add(entry);
  deliveries.nextNonce = Math.max(deliveries.nextNonce, entry.nonce + 1);
  return entry;
}

async function outcome({ chain, account }: Deliveries, entry: Entry, receipt: TransactionReceipt): Promise<OutboxRow> {
  const { intentId, hash, raw } = entry;
  const inclusion: Inclusion = {
    block: Number(receipt.blockNumber),
    gasUsed: receipt.gasUsed,
    effectiveGasPrice: receipt.effectiveGasPrice,
    contract: receipt.contractAddress ? (receipt.contractAddress.toLowerCase() as Hex) : undefined,
  };
  if (receipt.status === 'success') return { state: 'included', intentId, hash, ...inclusion };
  const reason = await revertReason(chain, { raw, from: account.address, receipt });
  return { state: 'failed', intentId, hash, ...inclusion, reason };
}

/** The receipt; without it another transaction has taken the nonce. */
async function awaitReceipt({ chain, account, waitMs }: Deliveries, entry: Entry) {
  const { what, hash, nonce } = entry;
  const end = Date.now() + waitMs;
  for (let misses = 0; ; ) {
    const { used, receipt } = await look(chain, { address: account.address, hash }).catch((cause) => {
      throw chainFailure(cause, { what, at: hash });
    });
    if (receipt || (used > nonce && ++misses === missesMax)) return { receipt, used };
    if (Date.now() > end) {
      throw new DeadlineError(`${what} is signed and sent, but not on the chain after ${waitMs} ms`, {
        at: hash,
        remedy: 'run the command again: it goes on waiting for the same transaction',
      });
    }
    await sleep(chain.pollingMs);
  }
}

async function look({ client }: Chain, { address, hash }: { address: Hex; hash: Hex }) {
  // In this order: a nonce that was used before the receipt was looked for, and no receipt, is a miss.
  const used = await client.getTransactionCount({ address, blockTag: 'latest' });
  const receipt = await client.getTransactionReceipt({ hash }).catch((error) => {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw error;
  });
  return { used, receipt };
}
