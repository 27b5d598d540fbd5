/** @module What an operator does to jobs: cancel them, and send dead or cancelled ones into the queue again. */
import { JobUnknownError } from '../errors.ts';
import type { Tx } from '../store/store.ts';
import type { Message } from './queue.ts';

/** Whether a job was stopped, and if not, what it was. */
export type Cancelled = { readonly jobId: string; readonly cancelled: boolean; readonly state: string };

/** Cancels a job that is not over; a worker that has it ends its attempt within a second. */
export async function cancel(tx: Tx, jobId: string): Promise<Cancelled> {
  const job = await tx.selectFrom('jobs').select('state').where('job_id', '=', jobId).forUpdate().executeTakeFirst();
  if (!job) throw unknown(jobId);
  if (job.state !== 'pending' && job.state !== 'leased') return { jobId, cancelled: false, state: job.state };
  await tx
    .updateTable('jobs')
    .set(({ fn }) => ({ state: 'cancelled', leased_by: null, beat_at: null, updated_at: fn('now') }))
    .where('job_id', '=', jobId)
    .execute();
  await tx
    .updateTable('attempts')
    .set(({ fn }) => ({ state: 'cancelled', ended_at: fn('now') }))
    .where('job_id', '=', jobId)
    .where('state', '=', 'running')
    .execute();
  return { jobId, cancelled: true, state: 'cancelled' };
}

/**
 * Makes dead and cancelled jobs pending again, with as many tries as a new one has; others are left alone. The caller
 * sends the messages in the same transaction.
 * @throws JobUnknownError when the input of one has been deleted
 */
export async function requeue(
  tx: Tx,
  { jobIds, attemptsMax }: { readonly jobIds: readonly string[]; readonly attemptsMax: number },
): Promise<readonly Message[]> {
  const messages: Message[] = [];
  for (const jobId of jobIds) {
    const job = await tx.selectFrom('jobs').selectAll().where('job_id', '=', jobId).forUpdate().executeTakeFirst();
    if (!job) throw unknown(jobId);
    if (job.state !== 'dead' && job.state !== 'cancelled') continue;
    if (!job.sealed_input) throw shredded(jobId);
    await tx
      .updateTable('jobs')
      .set(({ fn }) => ({
        ...{ state: 'pending', error_code: null, deadline_at: null, updated_at: fn('now') },
        // Earlier failures go on counting, so that the history stays what it was.
        attempts_max: job.attempt + attemptsMax,
      }))
      .where('job_id', '=', jobId)
      .execute();
    messages.push({ tenant: job.tenant_id, jobId, priority: job.priority });
  }
  return messages;
}

/** The whole id of a job from its first digits, eight or more. @throws JobUnknownError */
export async function findJob(tx: Tx, begin: string): Promise<string> {
  if (!/^[0-9a-f]{8,64}$/.test(begin)) {
    throw new JobUnknownError('a job is named by its id, or by the first eight or more digits of it', { at: begin });
  }
  const rows = await tx.selectFrom('jobs').select('job_id').where('job_id', 'like', `${begin}%`).limit(2).execute();
  if (rows.length === 1) return (rows[0] as { job_id: string }).job_id;
  throw rows.length === 0 ? unknown(begin) : new JobUnknownError(`several jobs begin with ${begin}`, { at: begin });
}

function unknown(jobId: string): JobUnknownError {
  return new JobUnknownError('there is no such job', { at: jobId, remedy: 'see `tally job list`' });
}

function shredded(jobId: string): JobUnknownError {
  return new JobUnknownError('the input of this job has been deleted', {
    at: jobId,
    remedy: 'start a run with its input again',
  });
}
