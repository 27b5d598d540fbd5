import { join } from 'node:path';
import { JournalKeyError } from '../errors.ts';
import { findJournal, type Journal } from '../journal/head.ts';
import { hasJournalKey, openJournalKey } from '../journal/key.ts';
import type { NoteSigner } from '../model/SignedNote.ts';
import { ensureTenant } from '../store/tenants.ts';
import type { StoreSession } from './openStore.ts';
import type { Toolbox } from './toolbox.ts';

/** A tenant's journal with the key that signs its heads. */
export type JournalSession = StoreSession & {
  readonly journal: Journal;
  readonly signer: NoteSigner;
  /** Where the last signed head and evidence of forks are kept, outside the database. */
  readonly folder: string;
};

/** Whose journal it is where nobody says otherwise. */
export const defaultTenant = 'default';

/**
 * The journal of a tenant. Its name and key are made at first use: TALLY_JOURNAL_ORIGIN gives the name, or it is made up
 * from the key. The journal itself begins with its first entry.
 * @throws JournalKeyError when the journal's key is not here, TenantError, KeyEncryptionKeyError and what the store throws
 */
export async function openJournal(
  { config }: Toolbox,
  session: StoreSession,
  tenant: string = defaultTenant,
): Promise<JournalSession> {
  const { store, kek } = session;
  const found = await store.transaction(tenant, async (tx) => {
    await ensureTenant(tx, kek, tenant);
    return findJournal(tx, tenant);
  });
  const place = { folder: join(config.dataDir, 'secrets'), tenant };
  // Without the key of a journal that exists, a new one would be of no use and hide that the old one is missing.
  if (found && !hasJournalKey(place)) throw missing(found, place.folder);
  const signer = await openJournalKey({ ...place, origin: process.env.TALLY_JOURNAL_ORIGIN });
  if (found && found.origin !== signer.key.name) throw missing(found, place.folder);
  const journal = found ?? { tenant, origin: signer.key.name };
  return { ...session, journal, signer, folder: join(config.dataDir, 'journal') };
}

function missing({ origin }: Journal, folder: string): JournalKeyError {
  return new JournalKeyError(`the key of the journal ${origin} is not here`, {
    at: folder,
    remedy: 'restore the folder of secrets that belongs to this database',
  });
}
