import type { JobHistory } from '../jobs/look.ts';
import type { JobsSession } from './openJobs.ts';
import { showJob } from './showJob.ts';

/** Why a job stands as it does, in sentences, and what can be done about it. */
export type Explanation = { readonly jobId: string; readonly state: string; readonly lines: readonly string[] };

/** Explains a job from what is known of it, without its input. @throws JobUnknownError */
export async function explainJob(session: JobsSession, begin: string): Promise<Explanation> {
  const history = await showJob(session, begin);
  const { job_id: jobId, state } = history.job;
  return { jobId, state, lines: [...tellState(history), ...tellAttempts(history), ...tellAsked(history)] };
}

function tellState({ job, hasInput }: JobHistory): string[] {
  const { state, error_code, leased_by, beat_at, deadline_at, attempts_max } = job;
  const again = hasInput ? `\`tally job requeue ${job.job_id.slice(0, 12)}\` tries it again.` : 'Its input is deleted.';
  switch (state) {
    case 'done':
      return [`It is done: its statement is ${job.statement_id}.`];
    case 'dead':
      return [`It was given up: ${error_code} (see docs/errors.md#${anchor(error_code)}).`, again];
    case 'cancelled':
      return ['It was cancelled.', again];
    case 'leased':
      return [`${leased_by} works on it, and last said so at ${beat_at?.toISOString()}.`];
    case 'pending':
      return [
        error_code
          ? `It waits for its next attempt after ${error_code}; it has ${attempts_max} in all.`
          : 'It waits for a worker: see whether `tally work` runs in a checkout that has this computation.',
        ...(deadline_at ? [`It is given up at ${deadline_at.toISOString()}.`] : []),
      ];
  }
}

function tellAttempts({ attempts }: JobHistory): string[] {
  return attempts.map(({ attempt, state, worker, error_code, wall_ms }) => {
    const took = wall_ms === null ? '' : ` after ${wall_ms} ms`;
    const why = error_code && state !== 'done' ? ` with ${error_code}` : '';
    return `Attempt ${attempt} by ${worker}: ${told[state]}${why}${took}.`;
  });
}

const told: Readonly<Record<JobHistory['attempts'][number]['state'], string>> = {
  running: 'is running',
  done: 'came to its end',
  failed: 'failed',
  lost: 'was lost: its worker fell silent, and the job went on to another',
  cancelled: 'was given back or cancelled',
};

function tellAsked({ asked }: JobHistory): string[] {
  return asked.map(
    ({ run_id, caller_key, line }) => `The run ${run_id} asks for it as ${JSON.stringify(caller_key)}, line ${line}.`,
  );
}

function anchor(code: string | null): string {
  return (code ?? '').replaceAll('_', '-');
}
