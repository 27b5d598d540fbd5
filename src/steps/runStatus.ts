import { countRun, listRuns, type Run, type RunCounts, readRun, subjectOf } from '../jobs/runs.ts';
import type { JobsSession } from './openJobs.ts';

/** How a run stands. */
export type RunStatus = {
  readonly runId: string;
  readonly state: Run['state'];
  readonly computation: string;
  readonly size: string;
  readonly counts: RunCounts;
  readonly createdAt: Date;
  readonly deadlineAt: Date | null;
};

/** Runs that a list shows. */
const listedMax = 100;

/** How one run stands, or each of the latest hundred. @throws JobUnknownError */
export function runStatus({ store, tenant }: JobsSession, runId?: string): Promise<readonly RunStatus[]> {
  return store.transaction(tenant, async (tx) => {
    const runs = runId === undefined ? await listRuns(tx, listedMax) : [await readRun(tx, runId)];
    const found: RunStatus[] = [];
    for (const run of runs) {
      const counts = await countRun(tx, run.run_id);
      // Counting notes how the run has ended.
      const { state } = await readRun(tx, run.run_id);
      const { computation, size } = subjectOf(run);
      const times = { createdAt: run.created_at, deadlineAt: run.deadline_at };
      found.push({ runId: run.run_id, state, computation, size, counts, ...times });
    }
    return found;
  });
}
