import { findJob } from '../jobs/control.ts';
import { type JobHistory, readJob } from '../jobs/look.ts';
import type { JobsSession } from './openJobs.ts';

/** A job with all its attempts, by its id or the first digits of it. @throws JobUnknownError */
export function showJob({ store, tenant }: JobsSession, begin: string): Promise<JobHistory> {
  return store.transaction(tenant, async (tx) => readJob(tx, await findJob(tx, begin)));
}
