import { JournalForkError } from '../errors.ts';
import { readTextBounded } from '../files.ts';
import { type AnchoredHead, requireAnchored } from '../journal/anchors.ts';
import { keepFork, readKeptHead } from '../journal/keptHead.ts';
import { type VerifiedJournal, verifyJournal as verify } from '../journal/verify.ts';
import { Checkpoint } from '../model/Checkpoint.ts';
import type { JournalSession } from './openJournal.ts';
import type { Toolbox } from './toolbox.ts';

const noteBytesMax = 262_144;

export type VerifyJournalOptions = {
  /** Files with signed checkpoints that others have kept. */
  readonly heads?: readonly string[] | undefined;
  /** Heads that a ledger has; each must be one of this journal. */
  readonly anchors?: readonly AnchoredHead[] | undefined;
};

/**
 * Verifies the journal from its first entry on, against its own checkpoints, the last head that was signed here and
 * heads that others have kept. Evidence of a fork is written to a file that the error names.
 * @throws JournalBrokenError, JournalTruncatedError, JournalForkError, JournalEntryError, CheckpointSignatureError,
 * CheckpointFormatError, InputFileError
 */
export async function verifyJournal(
  { onProgress }: Toolbox,
  { store, journal, signer: { key }, folder }: JournalSession,
  { heads = [], anchors = [] }: VerifyJournalOptions = {},
): Promise<VerifiedJournal> {
  const label = 'journal';
  const kept = await readKeptHead(folder, journal, key);
  const given = await Promise.all(heads.map((path) => readTextBounded(path, noteBytesMax)));
  const notes = [...(kept ? [kept.note] : []), ...given];
  try {
    const verified = await store.transaction(journal.tenant, async (tx) => {
      await requireAnchored(tx, { journal, key }, anchors);
      return verify(tx, {
        journal,
        key,
        heads: notes,
        onProgress: (done, total) => onProgress({ label, done, total }),
      });
    });
    onProgress({ label, finished: true, note: `${verified.size} entries` });
    return verified;
  } catch (error) {
    const [ours, theirs] = error instanceof JournalForkError ? error.details : [];
    if (!(error instanceof JournalForkError) || ours === undefined || theirs === undefined) throw error;
    const { checkpoint } = Checkpoint.open(ours, key);
    throw new JournalForkError(error.shortMessage, {
      at: await keepFork(folder, checkpoint, [ours, theirs]),
      details: error.details,
      remedy: error.remedy,
      cause: error,
    });
  }
}
