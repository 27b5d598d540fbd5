/**
 * @module Entries and proofs out of a journal. A proof touches some log n rows; each is verified before it is handed out,
 * so that a damaged row is noticed here and not by whoever gets the proof.
 */
import { JournalBrokenError, LogProofError } from '../errors.ts';
import type { Checkpoint } from '../model/Checkpoint.ts';
import { JournalEntry } from '../model/JournalEntry.ts';
import { type Hash, MerkleLog, type NodeId, type ProofPlan } from '../model/MerkleLog.ts';
import type { Tx } from '../store/store.ts';

/** The entries about a subject (`JournalEntry.subject`), oldest first. @throws JournalEntryError */
export async function findEntries(tx: Tx, origin: string, subject: string): Promise<readonly JournalEntry[]> {
  const rows = await tx
    .selectFrom('entries')
    .select(['idx', 'entry'])
    .where('origin', '=', origin)
    .where('subject', '=', subject)
    .orderBy('idx')
    .execute();
  return rows.map(({ idx, entry }) => JournalEntry.parse(entry, `entry ${idx}`));
}

/** One entry. @throws JournalBrokenError when it is not there, JournalEntryError when it is damaged */
export async function readEntry(tx: Tx, origin: string, index: number): Promise<JournalEntry> {
  const row = await tx
    .selectFrom('entries')
    .select('entry')
    .where('origin', '=', origin)
    .where('idx', '=', BigInt(index))
    .executeTakeFirst();
  if (!row) throw new JournalBrokenError(`entry ${index} is missing`, { at: `entry ${index}` });
  const entry = JournalEntry.parse(row.entry, `entry ${index}`);
  if (entry.index !== index || entry.origin !== origin) throw damaged(`entry ${index}`);
  return entry;
}

/**
 * Proves that an entry is in the tree of a checkpoint.
 * @throws LogProofError when the checkpoint is older, JournalBrokenError when what is stored does not lead to its root
 */
export async function proveInclusion(tx: Tx, entry: JournalEntry, checkpoint: Checkpoint): Promise<readonly Hash[]> {
  const { origin, size, root } = checkpoint;
  const proof = await fill(tx, origin, MerkleLog.inclusionPlan(entry.index, size));
  requireProof(`entry ${entry.index}`, () =>
    MerkleLog.verifyInclusion({ entry: JournalEntry.toBytes(entry), index: entry.index, size, root, proof }),
  );
  return proof;
}

/**
 * Proves that the tree of one checkpoint is the beginning of another's.
 * @throws LogProofError when it has more entries, JournalBrokenError when what is stored does not lead to both roots
 */
export async function proveConsistency(tx: Tx, older: Checkpoint, newer: Checkpoint): Promise<readonly Hash[]> {
  const proof = await fill(tx, newer.origin, MerkleLog.consistencyPlan(older.size, newer.size));
  const claim = { oldSize: older.size, oldRoot: older.root, newSize: newer.size, newRoot: newer.root, proof };
  requireProof(`entries 0 to ${newer.size - 1}`, () => MerkleLog.verifyConsistency(claim));
  return proof;
}

async function fill(tx: Tx, origin: string, plan: ProofPlan): Promise<readonly Hash[]> {
  return MerkleLog.fill(plan, await readNodes(tx, origin, plan.flat()));
}

async function readNodes(tx: Tx, origin: string, ids: readonly NodeId[]): Promise<(id: NodeId) => Hash> {
  const hashes = new Map<string, Hash>();
  const name = ({ level, index }: { readonly level: number; readonly index: number | bigint }) => `${level}/${index}`;
  const leaves = ids.filter(({ level }) => level === 0).map(({ index }) => BigInt(index));
  const inner = ids.filter(({ level }) => level > 0);
  if (leaves.length > 0) {
    const query = tx.selectFrom('entries').select(['idx', 'leaf_hash']).where('origin', '=', origin);
    for (const { idx, leaf_hash } of await query.where('idx', 'in', leaves).execute()) {
      hashes.set(name({ level: 0, index: idx }), leaf_hash);
    }
  }
  if (inner.length > 0) {
    const query = tx.selectFrom('nodes').select(['level', 'idx', 'hash']).where('origin', '=', origin);
    const wanted = query.where((eb) => eb.or(inner.map(({ level, index }) => eb.and({ level, idx: BigInt(index) }))));
    for (const { level, idx, hash } of await wanted.execute()) hashes.set(name({ level, index: idx }), hash);
  }
  return (id) => {
    const hash = hashes.get(name(id));
    if (hash) return hash;
    const from = id.index * 2 ** id.level;
    throw damaged(id.level === 0 ? `entry ${from}` : `entries ${from} to ${from + 2 ** id.level - 1}`);
  };
}

function requireProof(at: string, verify: () => void): void {
  try {
    verify();
  } catch (cause) {
    if (!(cause instanceof LogProofError)) throw cause;
    throw new JournalBrokenError('what is stored does not lead to the signed root', {
      at,
      cause,
      remedy: 'run `tally journal verify` to find the place',
    });
  }
}

function damaged(at: string): JournalBrokenError {
  return new JournalBrokenError('the journal is damaged', { at, remedy: 'run `tally journal verify`' });
}
