import { type RunCost, sumCosts } from '../jobs/look.ts';
import { countRun, readRun } from '../jobs/runs.ts';
import { type ChainSpending, sumSpending } from '../jobs/spending.ts';
import type { JobsSession } from './openJobs.ts';

export type CostOfRun = {
  readonly runId: string;
  readonly jobs: number;
  readonly done: number;
  readonly proving: RunCost;
  readonly chains: readonly ChainSpending[];
};

/** What a run has cost so far: processor, time, memory, gas and wei. @throws JobUnknownError */
export function runCost({ store, tenant }: JobsSession, runId: string): Promise<CostOfRun> {
  return store.transaction(tenant, async (tx) => {
    await readRun(tx, runId);
    const { jobs, done } = await countRun(tx, runId);
    return { runId, jobs, done, proving: await sumCosts(tx, runId), chains: await sumSpending(tx, runId) };
  });
}
