import { deadJobs } from '../jobs/look.ts';
import { readRun } from '../jobs/runs.ts';
import type { JobsSession } from './openJobs.ts';
import { requeueJobs } from './requeueJobs.ts';
import type { Toolbox } from './toolbox.ts';

/** Puts a run's dead letters into the queue again; gives how many there were. @throws JobUnknownError */
export async function retryRun(toolbox: Toolbox, session: JobsSession, runId: string): Promise<number> {
  const dead = await session.store.transaction(session.tenant, async (tx) => {
    await readRun(tx, runId);
    return deadJobs(tx, runId);
  });
  return requeueJobs(toolbox, session, dead);
}
