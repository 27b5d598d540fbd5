import { ReceiptMismatchError } from '../errors.ts';
import type { Receipt } from '../model/Receipt.ts';
import { Statement } from '../model/Statement.ts';
import { VerifyingKey } from '../model/VerifyingKey.ts';
import type { Chain } from './client.ts';
import { computeLedger } from './generated/contracts.ts';
import { ask, lower } from './reading.ts';

export type Confirmed = {
  /** Blocks after the record's own. */
  readonly confirmations: number;
};

/**
 * Asks a chain whether a receipt's record is on it, in the block that the receipt names, and may be relied upon.
 * @throws ReceiptMismatchError when the chain says otherwise; ContractRevertError when the ledger has no such row,
 * ContractForbiddenError when its program is frozen; ChainUnavailableError
 */
export async function confirmRecord(chain: Chain, receipt: Receipt): Promise<Confirmed> {
  const { statement, record } = receipt;
  const { chainId, contract: address } = statement.purpose;
  if (chain.chainId !== chainId || chain.genesis !== record.genesis) {
    throw mismatch('the receipt is of another chain', `chain ${chain.chainId}`);
  }
  const blockNumber = BigInt(record.block);
  const latest = Number(await ask('reading the latest block', chain.client.getBlockNumber()));
  const confirmations = latest - record.block;
  if (confirmations < 0) throw mismatch('the chain has not reached the block of the record', `block ${record.block}`);
  const { hash } = await ask('reading the block of the record', chain.client.getBlock({ blockNumber }));
  if (hash !== record.blockHash)
    throw mismatch('the block of the record is another on this chain', `block ${record.block}`);
  const events = chain.client.getContractEvents({
    ...{ address, abi: computeLedger.abi, eventName: 'Recorded', args: { statementId: Statement.id(statement) } },
    ...{ fromBlock: blockNumber, toBlock: blockNumber, strict: true },
  });
  const logs = await ask('reading the record', events);
  const [log] = logs.filter(({ transactionHash }) => transactionHash === record.transaction);
  if (!log) throw mismatch('the transaction did not record the statement', record.transaction);
  const { stream, window, beneficiary, keyId, index, sequence, head } = log.args;
  const found = [stream, window, lower(beneficiary), keyId, index, sequence, head, log.logIndex];
  const { purpose } = statement;
  const expected = [
    ...[purpose.stream, purpose.window, purpose.beneficiary, VerifyingKey.id(receipt.verifyingKey)],
    ...[record.index, record.sequence, record.head, record.logIndex],
  ];
  if (found.some((value, i) => value !== expected[i])) {
    throw mismatch('the chain has another record of the statement', record.transaction);
  }
  await requireRelied(chain, receipt);
  return { confirmations };
}

/** A row may be there and its program frozen since. */
async function requireRelied(chain: Chain, { statement }: Receipt): Promise<void> {
  const { programId, signals, purpose } = statement;
  await ask(
    `relying on statement ${Statement.id(statement)}`,
    chain.client.readContract({
      address: purpose.contract,
      abi: computeLedger.abi,
      functionName: 'requireRecorded',
      args: [programId, signals, 0n],
    }),
  );
}

function mismatch(what: string, at: string): ReceiptMismatchError {
  return new ReceiptMismatchError(what, { at });
}
