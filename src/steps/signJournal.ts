import { type Signed, signCheckpoint } from '../journal/checkpoint.ts';
import type { JournalSession } from './openJournal.ts';

/**
 * Signs the head of the journal as it stands, or finds it signed.
 * @throws JournalTruncatedError, JournalForkError, JournalBrokenError when the journal does not continue the last head
 */
export function signJournal({ store, journal, signer, folder }: JournalSession): Promise<Signed> {
  return store.transaction(journal.tenant, (tx) => signCheckpoint(tx, { journal, signer, folder }));
}
