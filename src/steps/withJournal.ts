import { defaultTenant, type JournalSession, openJournal } from './openJournal.ts';
import { openStore } from './openStore.ts';
import type { Toolbox } from './toolbox.ts';

/** Opens the store and a tenant's journal for as long as an action takes. @throws what `openStore`, `openJournal` throw */
export async function withJournal<T>(
  toolbox: Toolbox,
  action: (journal: JournalSession) => Promise<T>,
  tenant: string = defaultTenant,
): Promise<T> {
  const session = await openStore(toolbox);
  try {
    return await action(await openJournal(toolbox, session, tenant));
  } finally {
    await session.store.close();
  }
}
