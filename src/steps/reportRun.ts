import { failuresByCode } from '../jobs/look.ts';
import type { JobsSession } from './openJobs.ts';
import { type CostOfRun, runCost } from './runCost.ts';
import { type RunStatus, runStatus } from './runStatus.ts';

/** All that is to be said of a run in one piece. */
export type RunReport = {
  readonly status: RunStatus;
  /** Dead letters by the code of their last error. */
  readonly dead: Readonly<Record<string, number>>;
  readonly cost: CostOfRun;
};

/** Puts together how a run stands, why jobs were given up, and what it cost. @throws JobUnknownError */
export async function reportRun(session: JobsSession, runId: string): Promise<RunReport> {
  const [status] = (await runStatus(session, runId)) as [RunStatus];
  const dead = await session.store.transaction(session.tenant, (tx) => failuresByCode(tx, runId));
  return { status, dead, cost: await runCost(session, runId) };
}
