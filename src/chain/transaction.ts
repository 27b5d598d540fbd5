/**
 * @module From an intent to a signed transaction: tried out first, so that an intent the contracts would refuse never
 * uses up a nonce; within the gas that one transaction may have; and only when the account can pay for it.
 */
import type { LocalAccount } from 'viem/accounts';
import { encodeAbiParameters, formatEther, keccak256 } from 'viem/utils';
import { BalanceError, GasLimitError, SizeLimitError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Chain } from './client.ts';
import { chainFailure } from './failure.ts';
import type { Fees } from './fees.ts';
import type { Signing } from './outboxRows.ts';

/** Something to be done on the chain, once. */
export type Intent = {
  /** Two intents with one id are one; by default the id is the hash of what is sent to whom. */
  readonly id?: Hex | undefined;
  /** For errors and for the outbox's reader, such as `record statement 0x12…`. */
  readonly what: string;
  /** Null creates a contract. */
  readonly to: Hex | null;
  readonly data: Hex;
  /** In wei. */
  readonly value?: bigint | undefined;
  /** Higher goes first; 0 by default. */
  readonly priority?: number | undefined;
  /** The statements that it brings to the contract. */
  readonly carries?: readonly Hex[] | undefined;
};

/** What must not wait behind bulk: the close of a window. */
export const urgent = 10;

/** EIP-7825: no transaction may have more. */
export const transactionGasMax = 2n ** 24n;
/** What a bare transfer costs. */
const transferGas = 21_000n;
/** A quarter on top of the estimate: storage may have changed from zero to non-zero in between. */
const gasMargin = { numerator: 5n, denominator: 4n };
/** geth takes no larger transaction into its pool: four slots of 32 KiB. */
const transactionBytesMax = 131_072;

/** The id of an intent that does not bring one: keccak256(abi.encode(to, data, value)). */
export function intentId({ id, to, data, value = 0n }: Intent): Hex {
  if (id) return id;
  const types = [{ type: 'bytes' }, { type: 'bytes' }, { type: 'uint256' }] as const;
  return keccak256(encodeAbiParameters(types, [to ?? '0x', data, value]));
}

/**
 * The gas that an intent needs, in the state after everything pending or in the latest one.
 * @throws ContractRevertError, ContractForbiddenError, BalanceError, ChainUnavailableError, GasLimitError
 */
export async function simulate(
  chain: Chain,
  intent: Intent,
  { from, state }: { readonly from: Hex; readonly state: 'latest' | 'pending' },
): Promise<bigint> {
  const { what, to, data, value = 0n } = intent;
  let gas: bigint;
  try {
    gas = await chain.client.estimateGas({ account: from, to, data, value, blockTag: state });
  } catch (cause) {
    throw chainFailure(cause, { what, at: to ?? undefined });
  }
  if (gas <= transactionGasMax) return gas;
  throw new GasLimitError(`${what} needs ${gas} gas, but a transaction may have only ${transactionGasMax}`);
}

export type SignArgs = {
  readonly account: LocalAccount;
  readonly nonce: number;
  readonly gas: bigint;
  readonly fees: Fees;
};

/** Signs an intent for a nonce. @throws SizeLimitError when no node would take it */
export async function sign(chain: Chain, intent: Intent, { account, nonce, gas, fees }: SignArgs): Promise<Signing> {
  const { what, to, data, value = 0n } = intent;
  const type = 'eip1559' as const;
  const raw = await account.signTransaction({ type, chainId: chain.chainId, nonce, gas, to, data, value, ...fees });
  const bytes = raw.length / 2 - 1;
  if (bytes > transactionBytesMax) {
    throw new SizeLimitError(`${what} takes ${bytes} bytes, but a transaction may have only ${transactionBytesMax}`);
  }
  return { hash: keccak256(raw), nonce, raw, gas, ...fees, isCancel: false, signedAtMs: Date.now(), isSent: false };
}

type TransferArgs = { readonly account: LocalAccount; readonly nonce: number; readonly fees: Fees };

/** Signs an empty transfer to oneself, whose gas is known. */
export function signTransfer(chain: Chain, intent: Intent, args: TransferArgs): Promise<Signing> {
  return sign(chain, intent, { ...args, gas: transferGas });
}

/** Signs one that takes a nonce away from an intent. */
export async function signCancel(chain: Chain, args: TransferArgs): Promise<Signing> {
  const { account, nonce } = args;
  const intent: Intent = { what: `take nonce ${nonce} back`, to: account.address, data: '0x' };
  return { ...(await signTransfer(chain, intent, args)), isCancel: true };
}

/** The most that a signing may cost, in wei, its value included. */
export function costMax({ gas, maxFeePerGas }: Signing, { value = 0n }: Intent): bigint {
  return gas * maxFeePerGas + value;
}

/** An estimate with room for what may change until the transaction is included. */
export function withMargin(gas: bigint): bigint {
  const raised = (gas * gasMargin.numerator) / gasMargin.denominator;
  return raised < transactionGasMax ? raised : transactionGasMax;
}

/** @throws BalanceError when the account has less than what is needed, ChainUnavailableError */
export async function requireBalance(chain: Chain, address: Hex, { needed, what }: { needed: bigint; what: string }) {
  const balance = await chain.client.getBalance({ address }).catch((cause) => {
    throw chainFailure(cause, { what });
  });
  if (balance >= needed) return;
  throw new BalanceError(`the account cannot pay for ${what}`, {
    at: address,
    details: [`needed at most: ${formatEther(needed)}, there: ${formatEther(balance)} (in the chain's coin)`],
    remedy: `send at least ${formatEther(needed - balance)} to ${address} and run the command again`,
  });
}
