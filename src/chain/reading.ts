/** @module What all questions to the contracts share: a foreign error becomes one of ours where it enters. */
import type { Log, TransactionReceipt } from 'viem';
import type { Hex } from '../model/Hex.ts';
import type { Chain } from './client.ts';
import { chainFailure } from './failure.ts';

/** @throws ContractRevertError, ContractForbiddenError, ChainUnavailableError */
export async function ask<T>(what: string, question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    throw chainFailure(cause, { what });
  }
}

/** What the contracts reported in an included transaction. @throws ChainUnavailableError */
export async function logsOf(chain: Chain, hash: Hex): Promise<TransactionReceipt['logs'] & Log[]> {
  return (await ask('reading a receipt', chain.client.getTransactionReceipt({ hash }))).logs;
}

/** Addresses as this program writes them: lower case. */
export function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex;
}
