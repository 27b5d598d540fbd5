/**
 * @module The ledger of statements, read from its events. Its rows form a hash chain, so a node that drops or alters one
 * is caught by whoever reads them all.
 */
import { parseEventLogs } from 'viem/utils';
import { RecordsBrokenError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import { type ChainedRecord, RecordChain } from '../model/RecordChain.ts';
import type { Chain } from './client.ts';
import type { Deployment } from './deployment.ts';
import { computeLedger } from './generated/contracts.ts';
import { ask, lower } from './reading.ts';

/** A row of the ledger and where it was found. */
export type RecordRow = ChainedRecord & {
  readonly programId: Hex;
  /** The hash chain's head after this row. */
  readonly head: Hex;
  readonly signals: readonly bigint[];
  readonly block: number;
  readonly blockHash: Hex;
  readonly transaction: Hex;
  readonly logIndex: number;
};

export type RecordRange = {
  /** By default the block of the ledger's creation. */
  readonly fromBlock?: number | undefined;
  /** By default the latest block. */
  readonly toBlock?: number | undefined;
  readonly programId?: Hex | undefined;
  /** Blocks asked for at once. */
  readonly pageBlocks?: number | undefined;
};

/** Public nodes refuse ranges over some thousands of blocks. */
const defaultPageBlocks = 2_000;

/**
 * The rows in a range of blocks, in order, and the last block that was looked at. When all rows from the first one on
 * are asked for, they are checked against their hash chain; and when they reach to the latest block, against the head
 * that the ledger has in that block.
 * @throws RecordsBrokenError, ChainUnavailableError
 */
export async function readRecords(
  chain: Chain,
  deployment: Deployment,
  range: RecordRange = {},
): Promise<{ readonly records: readonly RecordRow[]; readonly throughBlock: number }> {
  const { address, block: firstBlock } = deployment.contracts.computeLedger;
  const { fromBlock = firstBlock, programId, pageBlocks = defaultPageBlocks } = range;
  const latest = Number(await ask('reading the latest block', chain.client.getBlockNumber()));
  const throughBlock = Math.min(range.toBlock ?? latest, latest);
  const records: RecordRow[] = [];
  for (let start = fromBlock; start <= throughBlock; start += pageBlocks) {
    const end = Math.min(start + pageBlocks - 1, throughBlock);
    const logs = await ask(
      `reading records of blocks ${start} to ${end}`,
      chain.client.getContractEvents({
        address,
        abi: computeLedger.abi,
        eventName: 'Recorded',
        ...(programId && { args: { programId } }),
        fromBlock: BigInt(start),
        toBlock: BigInt(end),
        strict: true,
      }),
    );
    records.push(...logs.map(toRow));
  }
  if (programId === undefined && fromBlock <= firstBlock) {
    const head = requireUnbroken(deployment, records);
    if (throughBlock === latest) await requireHead(chain, deployment, { head, block: latest });
  }
  return { records, throughBlock };
}

/** The row of one statement, recorded in a known block. @throws RecordsBrokenError, ChainUnavailableError */
export async function readRecord(
  chain: Chain,
  deployment: Deployment,
  { statementId, block }: { readonly statementId: Hex; readonly block: number },
): Promise<RecordRow> {
  const { address } = deployment.contracts.computeLedger;
  const blockNumber = BigInt(block);
  const [log] = await ask(
    `reading the record of ${statementId}`,
    chain.client.getContractEvents({
      address,
      abi: computeLedger.abi,
      eventName: 'Recorded',
      args: { statementId },
      fromBlock: blockNumber,
      toBlock: blockNumber,
      strict: true,
    }),
  );
  if (log) return toRow(log);
  throw new RecordsBrokenError('a recorded statement has no event', { at: statementId });
}

/** The rows that a transaction made. */
export function rowsOf(logs: Parameters<typeof parseEventLogs>[0]['logs'], { contracts }: Deployment): RecordRow[] {
  const ours = logs.filter(({ address }) => lower(address) === contracts.computeLedger.address);
  return parseEventLogs({ abi: computeLedger.abi, eventName: 'Recorded', logs: ours }).map(toRow);
}

/**
 * Makes sure that rows from the first one on are complete and unaltered: numbered without gaps, each head the hash of
 * the one before it and of the row. Returns the last head.
 * @throws RecordsBrokenError
 */
export function requireUnbroken({ chainId, contracts }: Deployment, records: readonly RecordRow[]): Hex {
  let head = RecordChain.genesis({ chainId, ledger: contracts.computeLedger.address });
  records.forEach((record, i) => {
    const at = `${record.transaction}#${record.logIndex}`;
    if (record.index !== BigInt(i)) {
      throw new RecordsBrokenError(`record ${i} is missing: the next one has number ${record.index}`, { at });
    }
    head = RecordChain.headAfter(head, record);
    if (record.head !== head) throw new RecordsBrokenError(`record ${i} is not what the ledger wrote`, { at });
  });
  return head;
}

/** Rows missing at the end leave the chain whole: only the ledger itself knows of them. */
async function requireHead(
  chain: Chain,
  { contracts }: Deployment,
  { head, block }: { readonly head: Hex; readonly block: number },
): Promise<void> {
  const { address } = contracts.computeLedger;
  const stored = await ask(
    'reading the head of the ledger',
    chain.client.readContract({
      address,
      abi: computeLedger.abi,
      functionName: 'head',
      blockNumber: BigInt(block),
    }),
  );
  if (stored === head) return;
  throw new RecordsBrokenError('the last records are missing: the ledger has another head than its events', {
    at: `block ${block}`,
    details: [`from the events: ${head}`, `from the ledger: ${stored}`],
    remedy: 'read the records from another RPC',
  });
}

type RecordedLog = ReturnType<typeof parseEventLogs<typeof computeLedger.abi, true, 'Recorded'>>[number];

function toRow({ args, blockNumber, blockHash, transactionHash, logIndex }: RecordedLog): RecordRow {
  const { statementId, programId, keyId, stream, window, beneficiary, index, sequence, head, signals } = args;
  return {
    ...{ statementId, programId, keyId, stream, window, index, sequence, head, signals },
    beneficiary: lower(beneficiary),
    block: Number(blockNumber),
    blockHash,
    transaction: transactionHash,
    logIndex,
  };
}
