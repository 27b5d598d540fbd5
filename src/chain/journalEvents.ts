/** @module What the journal is told of a transaction that is in a block. */
import type { TransactionReceipt } from 'viem';
import { parseEventLogs } from 'viem/utils';
import type { JournalEvent } from '../model/JournalEntry.ts';
import { programRegistry } from './generated/contracts.ts';
import type { Entry } from './outboxRows.ts';
import { lower } from './reading.ts';
import { keyClasses } from './readKey.ts';

/** That it is included, and which keys it registered. */
export function includedEvents(
  chainId: number,
  { entry, receipt }: { readonly entry: Entry; readonly receipt: TransactionReceipt },
): readonly JournalEvent[] {
  const { transactionHash: transaction, blockHash, logs } = receipt;
  const included = {
    kind: 'submission.included',
    ...{ chainId, transaction, block: Number(receipt.blockNumber), blockHash },
  } as const;
  const own = logs.filter(({ address }) => lower(address) === entry.intent.to?.toLowerCase());
  const registered = parseEventLogs({ abi: programRegistry.abi, eventName: 'KeyRegistered', logs: own });
  const keys = registered.flatMap(({ address, args }): JournalEvent[] => {
    const { programId, keyId } = args;
    const keyClass = keyClasses[args.keyClass];
    if (keyClass === undefined) return [];
    return [{ kind: 'key.registered', chainId, registry: lower(address), programId, keyId, keyClass }];
  });
  return [included, ...keys];
}
