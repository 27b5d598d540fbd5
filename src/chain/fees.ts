/**
 * @module What a transaction offers for its gas (EIP-1559): twice the next block's base fee and a tip, never more than
 * the cap. A replacement of the same nonce raises both by an eighth at least; nodes ask for a tenth.
 */
import type { Chain } from './client.ts';
import { chainFailure } from './failure.ts';

/** Wei per gas. */
export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint };

/** What the next block asks for, in wei per gas. */
export type Market = { readonly baseFee: bigint; readonly tip: bigint };

/** The base fee grows by an eighth a block at most: twice it is enough for five full blocks. */
const baseFeeMultiple = 2n;
/** 12.5 %. */
const raise = { numerator: 9n, denominator: 8n };

/** @throws ChainUnavailableError */
export async function readMarket(chain: Chain, what: string): Promise<Market> {
  try {
    const [history, tip] = await Promise.all([
      chain.client.getFeeHistory({ blockCount: 1, blockTag: 'latest', rewardPercentiles: [] }),
      chain.client.estimateMaxPriorityFeePerGas(),
    ]);
    // The last of them is that of the block to come.
    return { baseFee: history.baseFeePerGas.at(-1) ?? 0n, tip };
  } catch (cause) {
    throw chainFailure(cause, { what });
  }
}

/** The fees to offer now; nothing while the next block asks for more than the cap. */
export function offer({ baseFee, tip }: Market, capWei: bigint): Fees | undefined {
  if (baseFee + tip > capWei) return undefined;
  return { maxFeePerGas: smaller(baseFee * baseFeeMultiple + tip, capWei), maxPriorityFeePerGas: tip };
}

/** The fees of a replacement: an eighth more, or what is asked for now if that is more; nothing beyond the cap. */
export function raised(before: Fees, market: Market, capWei: bigint): Fees | undefined {
  const now = offer(market, capWei) ?? before;
  const maxFeePerGas = larger(eighthMore(before.maxFeePerGas), now.maxFeePerGas);
  const maxPriorityFeePerGas = larger(eighthMore(before.maxPriorityFeePerGas), now.maxPriorityFeePerGas);
  if (maxFeePerGas > capWei) return undefined;
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(maxPriorityFeePerGas, maxFeePerGas) };
}

function eighthMore(fee: bigint): bigint {
  return (fee * raise.numerator + raise.denominator - 1n) / raise.denominator;
}

export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
