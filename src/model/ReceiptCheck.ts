/**
 * @module Whether the parts of a receipt belong together: statement and context, record and hash chain, journal and
 * statement. Pure; the proof itself is for `prover/verify.ts`, and whether the row is on the chain for the chain.
 */
import { ReceiptMismatchError } from '../errors.ts';
import { Checkpoint } from './Checkpoint.ts';
import { JournalEntry, type JournalEvent } from './JournalEntry.ts';
import { MerkleLog } from './MerkleLog.ts';
import { Receipt } from './Receipt.ts';
import { RecordChain } from './RecordChain.ts';
import type { NoteKey } from './SignedNote.ts';
import { Statement } from './Statement.ts';
import { VerifyingKey } from './VerifyingKey.ts';

/**
 * Checks a receipt's parts against one another, and its checkpoint's signature.
 * @param journalKey whom the holder believes; without one the key that the receipt names
 * @returns the head that the journal's entries were shown to be in
 * @throws ReceiptMismatchError, CheckpointFormatError, CheckpointSignatureError, LogProofError
 */
export function checkReceipt(receipt: Receipt, journalKey: NoteKey = receipt.journal.key): Checkpoint {
  checkContext(receipt);
  checkHead(receipt);
  return checkJournal(receipt, journalKey);
}

function checkContext({ statement: { programId, signals, purpose } }: Receipt): void {
  if (Statement.context({ ...purpose, programId }) === signals[0]) return;
  throw mismatch('the statement is for another purpose than the receipt says', 'statement.purpose');
}

function checkHead(receipt: Receipt): void {
  const { statement, verifyingKey, record } = receipt;
  const { stream, window, beneficiary, chainId, contract } = statement.purpose;
  const statementId = Statement.id(statement);
  const row = { ...record, stream, window, beneficiary, statementId, keyId: VerifyingKey.id(verifyingKey) };
  if (RecordChain.headAfter(record.previousHead, row) !== record.head) {
    throw mismatch('the head of the ledger does not follow from the record', 'record.head');
  }
  const isFirst = record.index === 0n;
  if (isFirst && record.previousHead !== RecordChain.genesis({ chainId, ledger: contract })) {
    throw mismatch('the first record does not follow the beginning of its ledger', 'record.previousHead');
  }
}

function checkJournal(receipt: Receipt, key: NoteKey): Checkpoint {
  const { statement, journal } = receipt;
  const { checkpoint } = Checkpoint.open(journal.checkpoint, key, 'journal.checkpoint');
  const { origin, size, root } = checkpoint;
  const statementId = Statement.id(statement);
  const recorded = Receipt.recordedEvent(receipt);
  let isJournaled = false;
  for (const [i, { entry, proof }] of journal.entries.entries()) {
    const at = `journal.entries[${i}]`;
    if (entry.origin !== origin) throw mismatch('an entry is of another journal', at);
    MerkleLog.verifyInclusion({ entry: JournalEntry.toBytes(entry), index: entry.index, size, root, proof });
    checkSubject(entry.event, { statementId, programId: statement.programId, at });
    isJournaled ||= JournalEntry.isSameEvent(entry.event, recorded);
  }
  if (!isJournaled) throw mismatch('no entry of the journal is about this record', 'journal.entries');
  return checkpoint;
}

type Subject = Pick<Receipt['statement'], 'programId'> & {
  readonly statementId: string;
  readonly at: string;
};

/** An entry about another statement has no business here; one about this statement must not contradict it. */
function checkSubject(event: JournalEvent, { statementId, programId, at }: Subject): void {
  const isOwn = 'statementId' in event && event.statementId === statementId;
  const agrees = !('programId' in event) || event.programId === programId;
  if (!isOwn || !agrees) throw mismatch('an entry is about something else', at);
}

function mismatch(what: string, at: string): ReceiptMismatchError {
  return new ReceiptMismatchError(what, { at });
}
