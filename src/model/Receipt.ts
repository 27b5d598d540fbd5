/**
 * @module `receipt.json`, version 1: all that its holder needs to check one recorded statement without asking anybody —
 * the statement, its proof and verifying key, the row of the ledger, and the journal's entries about it with proofs that
 * they are in a signed checkpoint. Beware: it is the holder who knows which journal key and which ledger to believe.
 */
import { ReceiptFormatError } from '../errors.ts';
import { Base64 } from './Base64.ts';
import { Decimal } from './Decimal.ts';
import { Hex } from './Hex.ts';
import { JournalEntry, type JournalEvent } from './JournalEntry.ts';
import { Json, type JsonObject, type JsonValue } from './Json.ts';
import { type Hash, proofLinesMax } from './MerkleLog.ts';
import { Proof } from './Proof.ts';
import type { Purpose } from './ProofFile.ts';
import type { ChainedRecord } from './RecordChain.ts';
import { NoteKey } from './SignedNote.ts';
import { Statement } from './Statement.ts';
import { VerifyingKey } from './VerifyingKey.ts';

export type Receipt = {
  readonly statement: Statement & { readonly purpose: Purpose };
  readonly proof: Proof;
  readonly verifyingKey: VerifyingKey;
  readonly record: ReceiptRecord;
  readonly journal: ReceiptJournal;
};

/** The row of the ledger, where it is, and the head before it. */
export type ReceiptRecord = Pick<ChainedRecord, 'index' | 'sequence'> & {
  /** Hash of the chain's block 0. */
  readonly genesis: Hex;
  readonly previousHead: Hex;
  readonly head: Hex;
  readonly block: number;
  readonly blockHash: Hex;
  readonly transaction: Hex;
  readonly logIndex: number;
};

export type ReceiptJournal = {
  /** Who signs the checkpoint, as the receipt's maker says. */
  readonly key: NoteKey;
  /** A signed note. */
  readonly checkpoint: string;
  readonly entries: readonly ReceiptEntry[];
};

export type ReceiptEntry = { readonly entry: JournalEntry; readonly proof: readonly Hash[] };

/** An entry for each thing that can happen to a statement, and some again after a reorg. */
const entriesMax = 64;
const signalsMax = 2 ** 16;
const version = 1;

export const Receipt = {
  statementId: ({ statement }: Receipt): Hex => Statement.id(statement),

  /** What the journal says of the record. It holds all of a receipt that nothing else in it pins down. */
  recordedEvent: ({ statement, verifyingKey, record }: Omit<Receipt, 'proof' | 'journal'>): JournalEvent => {
    const { programId, purpose } = statement;
    const { genesis, head, transaction, block, blockHash, logIndex } = record;
    return {
      kind: 'statement.recorded',
      ...{
        chainId: purpose.chainId,
        genesis,
        ledger: purpose.contract,
        programId,
        statementId: Statement.id(statement),
      },
      ...{ keyId: VerifyingKey.id(verifyingKey), keyClass: verifyingKey.keyClass },
      ...{ record: Number(record.index), head, transaction, block, blockHash, logIndex },
    };
  },

  /** The form in the file; `statementId` and `keyId` stand there for readers and are recomputed when it is parsed. */
  toJson: ({ statement, proof, verifyingKey, record, journal }: Receipt) => ({
    version,
    kind: 'statement',
    statement: {
      statementId: Statement.id(statement),
      programId: statement.programId,
      purpose: statement.purpose,
      signals: statement.signals.map(String),
    },
    proof: Proof.toJson(proof),
    verifyingKey: VerifyingKey.toJson(verifyingKey),
    record: { ...record, index: String(record.index), sequence: String(record.sequence) },
    journal: {
      key: NoteKey.format(journal.key),
      checkpoint: journal.checkpoint,
      entries: journal.entries.map(({ entry, proof: lines }) => ({
        entry: Buffer.from(JournalEntry.toBytes(entry)).toString('utf8'),
        proof: lines.map(Base64.encode),
      })),
    },
  }),

  /**
   * Parses one. That its parts belong together and hold is for `checkReceipt` and the verifier of proofs to say.
   * @throws ReceiptFormatError, ArtifactFormatError, ProofProtocolError, ProofRejectedError, SignalCountError,
   * CheckpointFormatError, JournalEntryError
   */
  parse: (json: JsonValue, at: string): Receipt => {
    const receipt = part(json, at, ['version', 'kind', 'statement', 'proof', 'verifyingKey', 'record', 'journal']);
    if (receipt.version !== version || receipt.kind !== 'statement') {
      throw bad(`${at} is not a receipt for a statement of version ${version}`, at);
    }
    const verifyingKey = VerifyingKey.parse(receipt.verifyingKey as JsonValue);
    const claimed = (receipt.verifyingKey as JsonObject).keyId;
    if (claimed !== VerifyingKey.id(verifyingKey)) throw bad(`${at} names a key that is not its own`, 'keyId');
    return {
      statement: parseStatement(receipt.statement as JsonValue),
      proof: Proof.parse(receipt.proof as JsonValue),
      verifyingKey,
      record: parseRecord(receipt.record as JsonValue),
      journal: parseJournal(receipt.journal as JsonValue),
    };
  },
} as const;

function parseStatement(json: JsonValue): Receipt['statement'] {
  const { statementId, programId, purpose, signals } = part(json, 'statement', [
    ...['statementId', 'programId', 'purpose', 'signals'],
  ]);
  if (!Hex.is(programId, 32) || !Array.isArray(signals) || signals.length > signalsMax) {
    throw bad('the statement has no proper program or signals', 'statement');
  }
  const statement = { programId, signals: Statement.parseSignals(signals, signals.length) };
  if (Statement.id(statement) !== statementId) throw bad('the statement has not its own id', 'statement.statementId');
  return { ...statement, purpose: parsePurpose(purpose as JsonValue) };
}

function parsePurpose(json: JsonValue): Purpose {
  const at = 'statement.purpose';
  const { chainId, contract, stream, window, beneficiary } = part(json, at, [
    ...['chainId', 'contract', 'stream', 'window', 'beneficiary'],
  ]);
  if (!isCount(chainId) || !isUint32(stream) || !isUint32(window)) throw bad('the purpose has no proper numbers', at);
  if (!Hex.is(contract, 20) || !Hex.is(beneficiary, 20)) throw bad('the purpose has no proper addresses', at);
  return { chainId, contract, stream, window, beneficiary };
}

function parseRecord(json: JsonValue): ReceiptRecord {
  const hashes = ['genesis', 'previousHead', 'head', 'blockHash', 'transaction'] as const;
  const record = part(json, 'record', [...hashes, 'index', 'sequence', 'block', 'logIndex']);
  const wrong = hashes.find((name) => !Hex.is(record[name], 32));
  if (wrong) throw bad(`${wrong} is not 32 bytes`, `record.${wrong}`);
  const [index, sequence] = [Decimal.parse(record.index), Decimal.parse(record.sequence)];
  const { block, logIndex } = record;
  if (!isUint64(index) || !isUint64(sequence) || !isCount(block) || !isCount(logIndex)) {
    throw bad('the record has a number that is none', 'record');
  }
  const { genesis, previousHead, head, blockHash, transaction } = record as Record<(typeof hashes)[number], Hex>;
  return { genesis, previousHead, head, index, sequence, block, blockHash, transaction, logIndex };
}

function parseJournal(json: JsonValue): ReceiptJournal {
  const { key, checkpoint, entries } = part(json, 'journal', ['key', 'checkpoint', 'entries']);
  if (typeof key !== 'string' || typeof checkpoint !== 'string') throw bad('no key or checkpoint', 'journal');
  if (!Array.isArray(entries) || entries.length > entriesMax) throw bad('no proper entries', 'journal.entries');
  return {
    key: NoteKey.parse(key, 'journal.key'),
    checkpoint,
    entries: entries.map((entry, i) => parseEntry(entry, `journal.entries[${i}]`)),
  };
}

function parseEntry(json: JsonValue, at: string): ReceiptEntry {
  const { entry, proof } = part(json, at, ['entry', 'proof']);
  if (typeof entry !== 'string' || !Array.isArray(proof) || proof.length > proofLinesMax) {
    throw bad(`${at} is not an entry with its proof`, at);
  }
  const lines = proof.map((line) => (typeof line === 'string' ? Base64.decode(line) : undefined));
  if (lines.some((line) => line === undefined)) throw bad(`${at} has a proof that is not base64`, at);
  return { entry: JournalEntry.parse(Buffer.from(entry), at), proof: lines as Hash[] };
}

/** An object with exactly these members. */
function part(json: JsonValue, at: string, names: readonly string[]): JsonObject {
  if (!Json.isObject(json)) throw bad(`${at} is missing or not an object`, at);
  const missing = names.find((name) => !Object.hasOwn(json, name));
  if (missing !== undefined) throw bad(`${at} has no ${missing}`, at);
  const unknown = Object.keys(json).find((name) => !names.includes(name));
  if (unknown !== undefined) throw bad(`${at} has a member that receipts do not have`, at);
  return json;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isUint32(value: unknown): value is number {
  return isCount(value) && value < 2 ** 32;
}

function isUint64(value: bigint | undefined): value is bigint {
  return value !== undefined && value < 2n ** 64n;
}

function bad(what: string, at: string): ReceiptFormatError {
  return new ReceiptFormatError(what, { at });
}
