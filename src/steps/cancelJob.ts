import { type Cancelled, cancel, findJob } from '../jobs/control.ts';
import type { JobsSession } from './openJobs.ts';

/**
 * Cancels a job by its id or the first digits of it: one that waits never starts, one that runs is let go within a second,
 * one that is over stays as it is.
 * @throws JobUnknownError
 */
export function cancelJob({ store, tenant }: JobsSession, begin: string): Promise<Cancelled> {
  return store.transaction(tenant, async (tx) => cancel(tx, await findJob(tx, begin)));
}
