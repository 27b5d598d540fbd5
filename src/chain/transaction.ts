/**
 * @module From an intent to a signed transaction: tried out first, so that an intent the contracts would refuse never
 * uses up a nonce; within the gas that one transaction may have; and only when the account can pay for it.
 */
import type { LocalAccount } from 'viem/accounts';
import { encodeAbiParameters, formatEther, keccak256 } from 'viem/utils';
import { BalanceError, GasLimitError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Chain } from './client.ts';
import { chainFailure } from './failure.ts';
import type { Signed } from './outboxFile.ts';

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
};

/** EIP-7825: no transaction may have more. */
export const transactionGasMax = 2n ** 24n;
/** A quarter on top of the estimate: storage may have changed from zero to non-zero in between. */
const gasMargin = { numerator: 5n, denominator: 4n };
/** The base fee grows by an eighth a block at most: twice it is enough for five full blocks. */
const baseFeeMultiple = 2n;

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

/**
 * Signs an intent for a nonce. `committed` is what transactions under way may still cost, in wei.
 * @throws BalanceError, ChainUnavailableError
 */
export async function sign(
  chain: Chain,
  intent: Intent,
  args: { account: LocalAccount; nonce: number; gas: bigint; committed: bigint },
): Promise<Signed> {
  const { account, nonce, committed } = args;
  const { what, to, data, value = 0n } = intent;
  const gas = withMargin(args.gas);
  const fees = await currentFees(chain, what);
  const costMax = value + gas * fees.maxFeePerGas;
  await requireBalance(chain, account.address, { needed: costMax + committed, what });
  const type = 'eip1559' as const;
  const raw = await account.signTransaction({ type, chainId: chain.chainId, nonce, gas, to, data, value, ...fees });
  return { intentId: intentId(intent), what, to, value, nonce, costMax, raw, hash: keccak256(raw) };
}

function withMargin(gas: bigint): bigint {
  const raised = (gas * gasMargin.numerator) / gasMargin.denominator;
  return raised < transactionGasMax ? raised : transactionGasMax;
}

async function currentFees(chain: Chain, what: string) {
  try {
    const [block, maxPriorityFeePerGas] = await Promise.all([
      chain.client.getBlock({ blockTag: 'latest' }),
      chain.client.estimateMaxPriorityFeePerGas(),
    ]);
    const maxFeePerGas = (block.baseFeePerGas ?? 0n) * baseFeeMultiple + maxPriorityFeePerGas;
    return { maxFeePerGas, maxPriorityFeePerGas };
  } catch (cause) {
    throw chainFailure(cause, { what });
  }
}

async function requireBalance(chain: Chain, address: Hex, { needed, what }: { needed: bigint; what: string }) {
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
