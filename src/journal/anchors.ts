/** @module Whether the heads that were anchored on a chain are heads of this journal, as it is stored now. */
import { JournalTruncatedError } from '../errors.ts';
import { Checkpoint } from '../model/Checkpoint.ts';
import type { Hex } from '../model/Hex.ts';
import type { NoteKey } from '../model/SignedNote.ts';
import type { Tx } from '../store/store.ts';
import type { Journal } from './head.ts';

/** A head's hash on a chain, and where it is to be found there. */
export type AnchoredHead = { readonly checkpoint: Hex; readonly transaction: Hex };

/**
 * Looks every anchored head up among the signed ones. Their roots are for `verifyJournal` to check.
 * @throws JournalTruncatedError when one is missing: the database is older than the anchor, or of another journal
 */
export async function requireAnchored(
  tx: Tx,
  { journal, key }: { readonly journal: Journal; readonly key: NoteKey },
  anchors: readonly AnchoredHead[],
): Promise<void> {
  const rows = await tx.selectFrom('checkpoints').select('note').where('origin', '=', journal.origin).execute();
  const own = new Set(rows.map(({ note }) => Checkpoint.hash(Checkpoint.open(note, key).checkpoint)));
  const missing = anchors.find(({ checkpoint }) => !own.has(checkpoint));
  if (!missing) return;
  throw new JournalTruncatedError('the journal has no head with a hash that is anchored on chain', {
    at: missing.transaction,
    details: [`anchored: ${missing.checkpoint}`, `journal: ${journal.origin}, ${rows.length} signed heads`],
    remedy: 'restore a newer copy of the database, or name the journal that belongs to this ledger',
  });
}
