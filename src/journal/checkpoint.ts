/**
 * @module Signing a journal's head. The key signs one history only: before it signs, the new tree is shown to begin with
 * the last one that was signed, which is kept in a file beside the key as well, out of the database's reach.
 */
import { JournalForkError, JournalTruncatedError } from '../errors.ts';
import { Checkpoint } from '../model/Checkpoint.ts';
import { MerkleLog } from '../model/MerkleLog.ts';
import type { NoteKey, NoteSigner } from '../model/SignedNote.ts';
import type { Tx } from '../store/store.ts';
import { type Journal, lockHead } from './head.ts';
import { keepFork, keepHead, readKeptHead } from './keptHead.ts';
import { proveConsistency } from './prove.ts';

export type SignOptions = {
  readonly journal: Journal;
  readonly signer: NoteSigner;
  /** Where the last signed head and evidence of forks are kept. */
  readonly folder: string;
};

export type Signed = {
  readonly checkpoint: Checkpoint;
  /** The signed note. */
  readonly note: string;
  /** How many entries are new since the last one; 0 when there was nothing new to sign. */
  readonly added: number;
};

/**
 * Signs the journal as it stands, or finds it signed. The transaction must not have appended anything: what is rolled
 * back must never have been signed.
 * @throws JournalTruncatedError, JournalForkError, CheckpointSignatureError, and JournalBrokenError when the new tree
 * does not begin with the old one
 */
export async function signCheckpoint(tx: Tx, { journal, signer, folder }: SignOptions): Promise<Signed> {
  const { size, peaks } = await lockHead(tx, journal);
  const { origin } = journal;
  const checkpoint: Checkpoint = { origin, size, root: MerkleLog.root(peaks) };
  const note = Checkpoint.sign(checkpoint, signer);
  const kept = await readKeptHead(folder, journal, signer.key);
  const stored = await latestCheckpoint(tx, { journal, key: signer.key });
  for (const last of [kept, stored]) {
    if (last) await requireSuccessor(tx, last, { checkpoint, note, folder });
  }
  // The file first: a head that nobody remembers having signed must not leave this process.
  await keepHead(folder, journal, note);
  if (stored?.checkpoint.size !== size) {
    const row = { tenant_id: journal.tenant, origin, size: BigInt(size), root: checkpoint.root, note };
    await tx.insertInto('checkpoints').values(row).execute();
  }
  return { checkpoint, note, added: size - (stored?.checkpoint.size ?? 0) };
}

/** The stored checkpoint of most entries. @throws CheckpointFormatError, CheckpointSignatureError */
export async function latestCheckpoint(
  tx: Tx,
  { journal, key }: { readonly journal: Journal; readonly key: NoteKey },
): Promise<Omit<Signed, 'added'> | undefined> {
  const row = await tx
    .selectFrom('checkpoints')
    .select('note')
    .where('origin', '=', journal.origin)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { checkpoint: Checkpoint.open(row.note, key).checkpoint, note: row.note };
}

type Next = { readonly checkpoint: Checkpoint; readonly note: string; readonly folder: string };

async function requireSuccessor(
  tx: Tx,
  last: Omit<Signed, 'added'>,
  { checkpoint, note, folder }: Next,
): Promise<void> {
  const [before, now] = [last.checkpoint.size, checkpoint.size];
  if (before > now) {
    throw new JournalTruncatedError(`the journal has ${now} entries, but a head of ${before} was signed`, {
      at: `entry ${now}`,
      remedy: 'restore a newer copy of the database; nothing may be signed or submitted from this one',
    });
  }
  if (Checkpoint.isFork(last.checkpoint, checkpoint)) {
    const path = await keepFork(folder, checkpoint, [last.note, note]);
    throw new JournalForkError(`another head of ${now} entries was signed before`, { at: path });
  }
  await proveConsistency(tx, last.checkpoint, checkpoint);
}
