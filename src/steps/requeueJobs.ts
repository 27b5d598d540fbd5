import { requeue } from '../jobs/control.ts';
import { readJob } from '../jobs/look.ts';
import type { Message, QueuedProgram } from '../jobs/queue.ts';
import { readRun, subjectOf } from '../jobs/runs.ts';
import type { Tx } from '../store/store.ts';
import type { JobsSession } from './openJobs.ts';
import type { Toolbox } from './toolbox.ts';

/** Jobs that one transaction sends back. */
const batchJobs = 500;

/**
 * Puts dead and cancelled jobs into their queues again, with as many tries as a new one has; others are left alone.
 * @returns how many went back
 * @throws JobUnknownError
 */
export async function requeueJobs(
  { config }: Toolbox,
  session: JobsSession,
  jobIds: readonly string[],
): Promise<number> {
  const { store, queue, tenant } = session;
  const { attemptsMax } = config.jobs;
  let sent = 0;
  for (let i = 0; i < jobIds.length; i += batchJobs) {
    sent += await store.transaction(tenant, async (tx) => {
      const messages = await requeue(tx, { jobIds: jobIds.slice(i, i + batchJobs), attemptsMax });
      for (const message of messages) await queue.send(tx, await programOf(tx, message), [message]);
      return messages.length;
    });
  }
  return sent;
}

/** The queue of a job is that of a run which asked for it. */
async function programOf(tx: Tx, { jobId }: Message): Promise<QueuedProgram> {
  const { job, asked } = await readJob(tx, jobId);
  const { computation, size } = subjectOf(await readRun(tx, asked[0]?.run_id ?? ''));
  return { computation, size, programId: job.program_id };
}
