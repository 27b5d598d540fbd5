import { verify } from '../../prover/verify.ts';
import { connect } from '../chain/client.ts';
import { type Confirmed, confirmRecord } from '../chain/confirmRecord.ts';
import { readTextBounded } from '../files.ts';
import type { Checkpoint } from '../model/Checkpoint.ts';
import { Json } from '../model/Json.ts';
import { Receipt } from '../model/Receipt.ts';
import { checkReceipt } from '../model/ReceiptCheck.ts';
import { NoteKey } from '../model/SignedNote.ts';

export type VerifyReceiptOptions = {
  /** The file. */
  readonly path: string;
  /** The key of the journal that the holder believes, as a vkey; without one the key that the receipt names counts. */
  readonly journalKey?: string | undefined;
  /** A node to ask whether the record is on its chain; nobody is asked without one. */
  readonly rpcUrl?: string | undefined;
};

export type VerifiedReceipt = {
  readonly receipt: Receipt;
  /** The signed head that the journal's entries are under. */
  readonly checkpoint: Checkpoint;
  /** What the chain said, when it was asked. */
  readonly chain: Confirmed | undefined;
};

/** A statement has at most 2^16 signals of some 80 characters. */
const receiptBytesMax = 8 * 2 ** 20;

/**
 * Verifies a receipt: that its parts belong together, that the proof shows the statement, that the journal's key has
 * signed for it, and, with a node, that the record is on the chain.
 * @throws ReceiptFormatError, ReceiptMismatchError, ProofRejectedError, UnsafeKeyError, CheckpointSignatureError,
 * LogProofError and the other errors of the parts; ContractRevertError and ChainUnavailableError with a node
 */
export async function verifyReceipt({ path, journalKey, rpcUrl }: VerifyReceiptOptions): Promise<VerifiedReceipt> {
  const receipt = Receipt.parse(Json.parse(await readTextBounded(path, receiptBytesMax), path), path);
  const key = journalKey === undefined ? undefined : NoteKey.parse(journalKey, '--journal-key');
  const checkpoint = checkReceipt(receipt, key);
  await verify(receipt.verifyingKey, receipt.statement.signals, receipt.proof);
  if (rpcUrl === undefined) return { receipt, checkpoint, chain: undefined };
  const chain = await connect({ rpcUrl, chainId: receipt.statement.purpose.chainId });
  return { receipt, checkpoint, chain: await confirmRecord(chain, receipt) };
}
