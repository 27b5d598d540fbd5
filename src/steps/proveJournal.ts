import { LogProofError, UsageError } from '../errors.ts';
import { findEntries, proveConsistency, proveInclusion, readEntry } from '../journal/prove.ts';
import { Checkpoint } from '../model/Checkpoint.ts';
import type { Hex } from '../model/Hex.ts';
import { JournalEntry } from '../model/JournalEntry.ts';
import type { Hash } from '../model/MerkleLog.ts';
import type { JournalSession } from './openJournal.ts';
import { signJournal } from './signJournal.ts';

/** An entry with the proof that it is in the tree of the checkpoint. */
export type ProvenEntry = { readonly entry: JournalEntry; readonly proof: readonly Hash[] };

export type EntryProofs = {
  readonly checkpoint: Checkpoint;
  /** The checkpoint as a signed note. */
  readonly note: string;
  readonly entries: readonly ProvenEntry[];
};

/**
 * Signs the head of the journal and proves that entries are under it: one by its index, or all about a statement.
 * @throws UsageError when there are none, and what signing throws
 */
export async function proveEntries(
  session: JournalSession,
  which: { readonly index: number } | { readonly statementId: Hex },
): Promise<EntryProofs> {
  const { checkpoint, note } = await signJournal(session);
  const { store, journal } = session;
  const { origin } = journal;
  const entries = await store.transaction(journal.tenant, async (tx) => {
    if ('index' in which && which.index >= checkpoint.size) {
      throw new UsageError(`the journal has ${checkpoint.size} entries, so none has the number ${which.index}`);
    }
    const found =
      'index' in which
        ? [await readEntry(tx, origin, which.index)]
        : await findEntries(tx, origin, JournalEntry.statementSubject(which.statementId));
    const proven: ProvenEntry[] = [];
    // What was appended since the head was signed waits for the next one.
    for (const entry of found.filter(({ index }) => index < checkpoint.size)) {
      proven.push({ entry, proof: await proveInclusion(tx, entry, checkpoint) });
    }
    return proven;
  });
  if (entries.length === 0) throw new UsageError('the journal has no entry about this statement');
  return { checkpoint, note, entries };
}

export type Continuation = {
  readonly older: Checkpoint;
  readonly newer: Checkpoint;
  readonly note: string;
  readonly proof: readonly Hash[];
};

/**
 * Signs the head of the journal and proves that it continues an older one.
 * @param older a checkpoint as a signed note
 * @throws LogProofError when the older one has more entries, JournalBrokenError when it is of another history
 */
export async function proveContinuation(session: JournalSession, older: string): Promise<Continuation> {
  const { checkpoint, note } = await signJournal(session);
  const { store, journal, signer } = session;
  const before = Checkpoint.open(older, signer.key).checkpoint;
  if (before.size > checkpoint.size) throw new LogProofError('the older checkpoint has more entries than the journal');
  const proof = await store.transaction(journal.tenant, (tx) => proveConsistency(tx, before, checkpoint));
  return { older: before, newer: checkpoint, note, proof };
}
