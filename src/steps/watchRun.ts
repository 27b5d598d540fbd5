import { setTimeout as sleep } from 'node:timers/promises';
import type { JobsSession } from './openJobs.ts';
import { type RunStatus, runStatus } from './runStatus.ts';
import type { Toolbox } from './toolbox.ts';

const watchMs = 1_000;

/** Shows how a run gets on until nothing is left to do, or the signal aborts; gives its last status. */
export async function watchRun(
  { onProgress, signal }: Toolbox,
  session: JobsSession,
  runId: string,
): Promise<RunStatus> {
  for (;;) {
    const [status] = (await runStatus(session, runId)) as [RunStatus];
    const { jobs, done, dead, cancelled, pending, leased } = status.counts;
    const finished = pending + leased === 0 || signal.aborted;
    const bad = dead + cancelled > 0 ? `, ${dead} dead, ${cancelled} cancelled` : '';
    onProgress({ label: `run ${runId}`, done, total: jobs, note: `${leased} running${bad}`, finished });
    if (finished) return status;
    await sleep(watchMs, undefined, { signal }).catch(() => undefined);
  }
}
