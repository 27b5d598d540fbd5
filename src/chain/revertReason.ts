/** @module Why a transaction that is on the chain failed there. A receipt does not say it, so the call is made again. */
import type { TransactionReceipt } from 'viem';
import { parseTransaction } from 'viem/utils';
import type { RevertReason } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Chain } from './client.ts';
import { decodeReason, revertData } from './failure.ts';

/**
 * Makes the call of a failed transaction again, at the end of its block and at the end of the block before: either may
 * differ from the state in which it failed, but one that refuses it says why.
 */
export async function revertReason(
  chain: Chain,
  { raw, from, receipt }: { readonly raw: Hex; readonly from: Hex; readonly receipt: TransactionReceipt },
): Promise<RevertReason> {
  const { to, data, value, gas } = parseTransaction(raw);
  if (gas === receipt.gasUsed) return { name: 'OutOfGas', args: [gas.toString()] };
  for (const blockNumber of [receipt.blockNumber, receipt.blockNumber - 1n]) {
    try {
      await chain.client.call({ account: from, to: to ?? null, data: data ?? '0x', value: value ?? 0n, blockNumber });
    } catch (error) {
      const reason = revertData(error);
      if (reason !== undefined) return decodeReason(reason);
    }
  }
  return { name: 'unknown', args: [] };
}
