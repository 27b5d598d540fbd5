/**
 * @module Appending to a journal, within the transaction that does what the entries tell of. Who appends holds the
 * journal's row until that transaction ends, so entries have one order and no gaps: append last, and once.
 */
import { JournalEntry, type JournalEvent } from '../model/JournalEntry.ts';
import { MerkleLog } from '../model/MerkleLog.ts';
import type { NewRow } from '../store/schema.ts';
import type { Tx } from '../store/store.ts';
import { type Journal, lockHead } from './head.ts';
import { findEntries } from './prove.ts';

/** Postgres takes 65,535 parameters in a statement; an entry has seven. */
const rowsPerInsert = 1_000;

/**
 * Appends events to a tenant's journal and returns the entries that they became.
 * @param timeMs when it happened: milliseconds UTC since 1970
 * @throws JournalEntryError when an event carries what its kind does not; what the store throws
 */
export async function append(
  tx: Tx,
  journal: Journal,
  { events, timeMs }: { readonly events: readonly JournalEvent[]; readonly timeMs: number },
): Promise<readonly JournalEntry[]> {
  if (events.length === 0) return [];
  const { tenant, origin } = journal;
  const head = await lockHead(tx, journal);
  let { peaks } = head;
  const appended: JournalEntry[] = [];
  const entries: NewRow<'entries'>[] = [];
  const nodes: NewRow<'nodes'>[] = [];
  for (const [i, event] of events.entries()) {
    const index = head.size + i;
    const entry: JournalEntry = { origin, index, timeMs, event };
    const bytes = JournalEntry.toBytes(entry);
    const completed = MerkleLog.completed(MerkleLog.leafHash(bytes), index, peaks);
    peaks = MerkleLog.peaksAfter(peaks, completed);
    appended.push(entry);
    const [leaf, ...above] = completed;
    const lookup = { kind: event.kind, subject: JournalEntry.subject(event) };
    entries.push({ tenant_id: tenant, origin, idx: BigInt(index), entry: bytes, leaf_hash: leaf, ...lookup });
    nodes.push(
      ...above.map((hash, level) => ({
        ...{ tenant_id: tenant, origin, level: level + 1, hash },
        idx: BigInt((index + 1) / 2 ** (level + 1) - 1),
      })),
    );
  }
  for (const rows of pages(entries)) await tx.insertInto('entries').values(rows).execute();
  for (const rows of pages(nodes)) await tx.insertInto('nodes').values(rows).execute();
  const size = BigInt(head.size + events.length);
  const frontier = Buffer.concat(peaks);
  await tx.updateTable('journals').set({ size, frontier }).where('origin', '=', origin).execute();
  return appended;
}

/**
 * Appends those of the events that the journal does not have yet, so that what is done again is not told twice.
 * @returns an entry for each event in order, new or found
 */
export async function appendNew(
  tx: Tx,
  journal: Journal,
  { events, timeMs }: { readonly events: readonly JournalEvent[]; readonly timeMs: number },
): Promise<readonly JournalEntry[]> {
  // Before looking: of two who look at once, the second must see what the first has appended.
  await lockHead(tx, journal);
  const found: (JournalEntry | undefined)[] = [];
  for (const event of events) {
    const about = await findEntries(tx, journal.origin, JournalEntry.subject(event));
    found.push(about.find((entry) => JournalEntry.isSameEvent(entry.event, event)));
  }
  const appended = await append(tx, journal, { events: events.filter((_, i) => !found[i]), timeMs });
  let next = 0;
  return found.map((entry) => entry ?? (appended[next++] as JournalEntry));
}

function* pages<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < rows.length; i += rowsPerInsert) yield rows.slice(i, i + rowsPerInsert);
}
