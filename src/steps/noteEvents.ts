import type { NoteEvents } from '../chain/delivery.ts';
import { appendNew } from '../journal/append.ts';
import { findJournal, type Journal } from '../journal/head.ts';

/**
 * Enters what becomes of transactions into the journal, in the transaction that notes it. What is told again after a
 * crash is entered once. A transaction that another tenant's process left goes into that tenant's journal, if it has one.
 */
export function noteEvents(own: Journal): NoteEvents {
  return async (tx, tenant, events) => {
    const journal = tenant === own.tenant ? own : await findJournal(tx, tenant);
    if (journal) await appendNew(tx, journal, { events, timeMs: Date.now() });
  };
}
