import { UsageError } from '../../errors.ts';
import { findJob } from '../../jobs/control.ts';
import { listJobs } from '../../jobs/look.ts';
import { cancelJob } from '../../steps/cancelJob.ts';
import { explainJob } from '../../steps/explainJob.ts';
import { withJobs } from '../../steps/openJobs.ts';
import { requeueJobs } from '../../steps/requeueJobs.ts';
import { showJob } from '../../steps/showJob.ts';
import type { Command } from '../command.ts';
import { wholeNumber } from '../numbers.ts';
import { facts, table } from '../table.ts';

const states = ['pending', 'leased', 'done', 'dead', 'cancelled'] as const;
const listedDefault = 50;
const listedMax = 10_000;

const one = { usage: '<job>', positionalsMin: 1, positionalsMax: 1, options: {} } as const;

export const jobListCommand: Command = {
  name: 'job list',
  summary: 'the jobs that changed last',
  usage: '[<run>]',
  positionalsMin: 0,
  positionalsMax: 1,
  options: {
    state: { type: 'string', value: '<state>', summary: states.join(', ') },
    limit: { type: 'string', value: '<number>', summary: `default: ${listedDefault}` },
  },
  run: async ({ positionals, options, config, onProgress, signal }) => {
    const state = states.find((name) => name === options.state);
    if (options.state !== undefined && !state) throw new UsageError(`--state takes one of: ${states.join(', ')}`);
    const limit = Math.min(wholeNumber(options.limit, 'limit', { min: 1 }) ?? listedDefault, listedMax);
    const jobs = await withJobs({ config, onProgress, signal }, (session) =>
      session.store.transaction(session.tenant, (tx) => listJobs(tx, { runId: positionals[0], state, limit })),
    );
    const rows = jobs.map((job) => [
      ...[job.job_id.slice(0, 12), job.state, `${job.attempt} of ${job.attempts_max}`],
      ...[job.error_code ?? '', job.leased_by ?? '', job.updated_at.toISOString()],
    ]);
    const text =
      rows.length > 0 ? table(['job', 'state', 'attempts', 'error', 'worker', 'changed'], rows) : 'there are no jobs';
    return { text, json: jobs };
  },
};

export const jobShowCommand: Command = {
  ...one,
  name: 'job show',
  summary: 'a job with all its attempts',
  run: async ({ positionals, config, onProgress, signal }) => {
    const history = await withJobs({ config, onProgress, signal }, (session) =>
      showJob(session, positionals[0] as string),
    );
    const { job, attempts, asked } = history;
    const rows = attempts.map((attempt) => [
      ...[String(attempt.attempt), attempt.state, attempt.worker, attempt.error_code ?? ''],
      ...[`${attempt.wall_ms ?? '–'}`, `${attempt.cpu_ms ?? '–'}`],
    ]);
    const head = [
      ['job', job.job_id],
      ['state', job.state],
      ['program', job.program_id],
      ['key', job.key_id],
      ['statement', job.statement_id ?? '–'],
      ...asked.map(({ run_id, caller_key }) => ['asked for by', `${run_id}: ${caller_key}`] as const),
    ] as const;
    const list = table(['attempt', 'state', 'worker', 'error', 'wall ms', 'cpu ms'], rows);
    return { text: rows.length > 0 ? `${facts(head)}\n\n${list}` : facts(head), json: history };
  },
};

export const jobExplainCommand: Command = {
  ...one,
  name: 'job explain',
  summary: 'why a job stands as it does, and what can be done',
  run: async ({ positionals, config, onProgress, signal }) => {
    const told = await withJobs({ config, onProgress, signal }, (session) =>
      explainJob(session, positionals[0] as string),
    );
    return { text: [`${told.jobId}: ${told.state}`, ...told.lines].join('\n'), json: told };
  },
};

export const jobCancelCommand: Command = {
  ...one,
  name: 'job cancel',
  summary: 'stop a job that is not over',
  run: async ({ positionals, config, onProgress, signal }) => {
    const done = await withJobs({ config, onProgress, signal }, (session) =>
      cancelJob(session, positionals[0] as string),
    );
    const text = done.cancelled ? `cancelled ${done.jobId}` : `${done.jobId} is ${done.state} already`;
    return { text, json: done };
  },
};

export const jobRequeueCommand: Command = {
  ...one,
  name: 'job requeue',
  summary: 'try a dead or cancelled job again',
  run: async ({ positionals, config, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    return withJobs(toolbox, async (session) => {
      const begin = positionals[0] as string;
      const jobId = await session.store.transaction(session.tenant, (tx) => findJob(tx, begin));
      const requeued = await requeueJobs(toolbox, session, [jobId]);
      const text = requeued === 1 ? `${jobId} is in the queue again` : `${jobId} is neither dead nor cancelled`;
      return { text, json: { jobId, requeued: requeued === 1 } };
    });
  },
};
