/**
 * @module Whether a stored journal is what was appended to it. Everything is worked out again from the entries' bytes:
 * leaf hashes, subtrees, the head, and the root at each checkpoint, whose signature must hold. Heads that are kept
 * elsewhere — the last one signed here, one that a witness has — show what a wholly rewritten or restored database hides.
 */
import { JournalBrokenError, JournalForkError, JournalTruncatedError } from '../errors.ts';
import { Checkpoint } from '../model/Checkpoint.ts';
import { JournalEntry } from '../model/JournalEntry.ts';
import { type Hash, MerkleLog } from '../model/MerkleLog.ts';
import type { NoteKey } from '../model/SignedNote.ts';
import type { Tx } from '../store/store.ts';
import { type Head, type Journal, lockHead, readHead } from './head.ts';
import { readSubtrees } from './subtrees.ts';

export type VerifyOptions = {
  readonly journal: Journal;
  /** Who signs its checkpoints. */
  readonly key: NoteKey;
  /** Signed heads from outside the database, as notes. */
  readonly heads?: readonly string[] | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

export type VerifiedJournal = {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  /** Signed heads that were found to be heads of this log. */
  readonly checkpoints: number;
};

/** Entries that are in memory at a time. */
const pageRows = 2_000;

/**
 * Verifies a journal from its first entry to its last. Appending goes on meanwhile, and waits only at the very end.
 * @throws JournalBrokenError, JournalEntryError and JournalTruncatedError with the place, JournalForkError,
 * CheckpointSignatureError, CheckpointFormatError
 */
export async function verifyJournal(tx: Tx, options: VerifyOptions): Promise<VerifiedJournal> {
  const { journal, heads = [], onProgress } = options;
  const { origin } = journal;
  const known = heads.map((note) => signedHead(note, note, options));
  let at: Position = { size: 0, peaks: [], trusted: 0, checkpoints: 0 };
  const catchUp = async ({ size }: Head) => {
    while (at.size < size) {
      at = await verifyPage(tx, at, { ...options, to: Math.min(size, at.size + pageRows), known });
      onProgress?.(at.size, size);
    }
  };
  await catchUp(await readHead(tx, origin));
  const head = await lockHead(tx, journal);
  await catchUp(head);
  const checkpoints = at.checkpoints + (await countEmpty(tx, options, known));
  requireHead(head, at);
  await requireNothingBeyond(tx, origin, at.size);
  for (const { checkpoint } of known) requireSize(checkpoint.size, at.size, 'a head that was signed');
  return { origin, size: at.size, root: MerkleLog.root(at.peaks), checkpoints };
}

/** How far the verification has come. */
type Position = Head & {
  /** Entries below this one are under a signed head that was found good. */
  readonly trusted: number;
  readonly checkpoints: number;
};

type SignedHead = { readonly checkpoint: Checkpoint; readonly note: string };
type PageOptions = VerifyOptions & { readonly to: number; readonly known: readonly SignedHead[] };

async function verifyPage(tx: Tx, from: Position, options: PageOptions): Promise<Position> {
  const { origin } = options.journal;
  const rows = await tx
    .selectFrom('entries')
    .select(['idx', 'entry', 'leaf_hash', 'kind', 'subject'])
    .where('origin', '=', origin)
    .where('idx', '>=', BigInt(from.size))
    .where('idx', '<', BigInt(options.to))
    .orderBy('idx')
    .execute();
  const subtrees = await readSubtrees(tx, origin, { from: from.size, to: options.to });
  const heads = await headsBetween(tx, from.size, options);
  let { size, peaks, trusted, checkpoints } = from;
  for (; size < options.to; size++) {
    const row = rows[size - from.size];
    if (!row || Number(row.idx) !== size) throw broken(`entry ${size} is missing`, `entry ${size}`);
    checkEntry(row, size, origin);
    const completed = MerkleLog.completed(MerkleLog.leafHash(row.entry), size, peaks);
    checkLeaf(row.leaf_hash, completed[0], size);
    checkSubtrees(subtrees.of(size), completed, size);
    peaks = MerkleLog.peaksAfter(peaks, completed);
    const signed = heads.filter(({ checkpoint }) => checkpoint.size === size + 1);
    if (signed.length === 0) continue;
    checkHeads(signed, MerkleLog.root(peaks), { from: trusted, to: size });
    trusted = size + 1;
    checkpoints += signed.length;
  }
  return { size, peaks, trusted, checkpoints };
}

type EntryRow = { readonly entry: Buffer; readonly kind: string; readonly subject: string };

/** The bytes name their own place, so whatever was moved here from elsewhere shows. */
function checkEntry({ entry, kind, subject }: EntryRow, index: number, origin: string): void {
  const at = `entry ${index}`;
  const parsed = JournalEntry.parse(entry, at);
  if (parsed.origin !== origin) throw broken(`${at} is of another journal`, at);
  if (parsed.index !== index) throw broken(`${at} was number ${parsed.index} when it was appended`, at);
  if (parsed.event.kind !== kind || JournalEntry.subject(parsed.event) !== subject) {
    throw broken(`${at} is filed under another name than its own`, at);
  }
}

function checkLeaf(stored: Hash, computed: Hash, index: number): void {
  if (isSame(stored, computed)) return;
  throw broken(`entry ${index} is not what was appended: its hash is another`, `entry ${index}`);
}

function checkSubtrees(stored: readonly Hash[], [, ...computed]: readonly Hash[], index: number): void {
  for (const [i, hash] of computed.entries()) {
    const found = stored[i];
    if (found && isSame(found, hash)) continue;
    const first = index + 1 - 2 ** (i + 1);
    throw broken(
      `the tree over entries ${first} to ${index} is not that of the entries`,
      `entries ${first} to ${index}`,
    );
  }
}

function checkHeads(signed: readonly SignedHead[], root: Hash, { from, to }: { from: number; to: number }): void {
  const good = signed.find(({ checkpoint }) => isSame(checkpoint.root, root));
  const bad = signed.find(({ checkpoint }) => !isSame(checkpoint.root, root));
  if (!bad) return;
  const at = `entries ${from} to ${to}`;
  if (!good) throw broken(`the ${to + 1} entries are not those that were signed`, at);
  throw new JournalForkError(`two heads of ${to + 1} entries were signed`, {
    at,
    details: [good.note, bad.note],
    remedy: 'keep both heads: together they show that the journal’s key has signed two histories',
  });
}

/** The signed heads of more than `from` and at most `to` entries. */
async function headsBetween(tx: Tx, from: number, options: PageOptions): Promise<readonly SignedHead[]> {
  const stored = await readCheckpoints(tx, { ...options, from: from + 1, to: options.to });
  const outside = options.known.filter(({ checkpoint: { size } }) => size > from && size <= options.to);
  return [...stored, ...outside.filter(({ note }) => stored.every((each) => each.note !== note))];
}

/** A head of an empty log has no entry after which it would be looked at. */
async function countEmpty(tx: Tx, options: VerifyOptions, known: readonly SignedHead[]): Promise<number> {
  const stored = await readCheckpoints(tx, { ...options, from: 0, to: 0 });
  const empty = [...stored, ...known.filter(({ checkpoint }) => checkpoint.size === 0)];
  if (empty.length > 0) checkHeads(empty, MerkleLog.emptyRoot, { from: 0, to: -1 });
  return empty.length;
}

async function readCheckpoints(
  tx: Tx,
  { journal: { origin }, key, from, to }: Pick<VerifyOptions, 'journal' | 'key'> & { from: number; to: number },
): Promise<readonly SignedHead[]> {
  const rows = await tx
    .selectFrom('checkpoints')
    .select(['size', 'root', 'note'])
    .where('origin', '=', origin)
    .where('size', '>=', BigInt(from))
    .where('size', '<=', BigInt(to))
    .orderBy('size')
    .execute();
  return rows.map(({ size, root, note }) => {
    const at = `checkpoint ${size}`;
    const head = signedHead(note, at, { journal: { origin }, key });
    if (BigInt(head.checkpoint.size) !== size || !isSame(head.checkpoint.root, root)) {
      throw broken(`${at} is not the one that was signed`, at);
    }
    return head;
  });
}

function signedHead(
  note: string,
  at: string,
  { journal, key }: { readonly journal: { readonly origin: string }; readonly key: NoteKey },
): SignedHead {
  const { checkpoint } = Checkpoint.open(note, key, at === note ? 'a head from outside' : at);
  if (checkpoint.origin !== journal.origin) throw broken(`${at} is a head of another journal`, at);
  return { checkpoint, note };
}

function requireHead({ size, peaks }: Head, at: Position): void {
  const isOwn = size === at.size && peaks.every((peak, i) => isSame(peak, at.peaks[i] as Hash));
  if (!isOwn) throw broken('the journal’s head is not that of its entries', 'head');
}

/** Rows after the head were put there by somebody else than `append`; or the head was turned back. */
async function requireNothingBeyond(tx: Tx, origin: string, size: number): Promise<void> {
  const { latest } = await tx
    .selectFrom('checkpoints')
    .select((eb) => eb.fn.max('size').as('latest'))
    .where('origin', '=', origin)
    .executeTakeFirstOrThrow();
  if (latest !== null) requireSize(Number(latest), size, 'a checkpoint');
  const { last } = await tx
    .selectFrom('entries')
    .select((eb) => eb.fn.max('idx').as('last'))
    .where('origin', '=', origin)
    .executeTakeFirstOrThrow();
  if (last !== null && Number(last) >= size) throw broken('there are entries after the last one', `entry ${size}`);
  const { count } = await tx
    .selectFrom('nodes')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('origin', '=', origin)
    .executeTakeFirstOrThrow();
  // A tree of n leaves has n − (peaks of n) nodes above its leaves in perfect subtrees.
  if (Number(count) !== size - MerkleLog.peaks(size).length) throw broken('the tree has nodes of no entry', 'nodes');
}

function requireSize(signed: number, size: number, what: string): void {
  if (signed <= size) return;
  throw new JournalTruncatedError(`the journal has ${size} entries, but ${what} says ${signed}`, {
    at: `entry ${size}`,
    remedy: 'restore a newer copy of the database; nothing may be signed or submitted from this one',
  });
}

function isSame(a: Hash, b: Hash): boolean {
  return Buffer.compare(a, b) === 0;
}

function broken(what: string, at: string): JournalBrokenError {
  return new JournalBrokenError(what, { at });
}
