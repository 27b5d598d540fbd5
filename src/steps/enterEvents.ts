import { appendNew } from '../journal/append.ts';
import { Checkpoint } from '../model/Checkpoint.ts';
import type { Hex } from '../model/Hex.ts';
import type { JournalEvent } from '../model/JournalEntry.ts';
import type { JournalSession } from './openJournal.ts';
import { signJournal } from './signJournal.ts';

/**
 * Enters events into the journal, those that it has already aside, and signs its head.
 * @returns the hash of the signed head, to be anchored on chain
 * @throws JournalEntryError and what `signJournal` throws
 */
export async function enterEvents(session: JournalSession, events: readonly JournalEvent[]): Promise<Hex> {
  const { store, journal } = session;
  await store.transaction(journal.tenant, (tx) => appendNew(tx, journal, { events, timeMs: Date.now() }));
  // In a transaction of its own: only what is committed may be signed.
  const { checkpoint } = await signJournal(session);
  return Checkpoint.hash(checkpoint);
}
