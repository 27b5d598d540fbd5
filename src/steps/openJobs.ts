import { openQueue, type Queue } from '../jobs/queue.ts';
import { type JournalSession, openJournal } from './openJournal.ts';
import { openStore } from './openStore.ts';
import type { Toolbox } from './toolbox.ts';

/** The operator's side of the queue. Close it, or the process goes on. */
export type JobsSession = JournalSession & {
  readonly tenant: string;
  readonly queue: Queue;
  readonly close: () => Promise<void>;
};

/**
 * Opens the database with its queue and the tenant's journal.
 * @throws what `openStore` and `openJournal` throw, QueueVersionError
 */
export async function openJobs(toolbox: Toolbox): Promise<JobsSession> {
  const session = await openStore(toolbox);
  const { store } = session;
  try {
    const journal = await openJournal(toolbox, session);
    const queue = await openQueue(store, { as: 'app' });
    const close = async () => {
      await queue.close();
      await store.close();
    };
    return { ...journal, tenant: journal.journal.tenant, queue, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens the operator's side, does something with it, and closes it whatever happens. */
export async function withJobs<T>(toolbox: Toolbox, action: (session: JobsSession) => Promise<T>): Promise<T> {
  const session = await openJobs(toolbox);
  try {
    return await action(session);
  } finally {
    await session.close();
  }
}
