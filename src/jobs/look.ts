/** @module Looking at jobs: lists, one with its history, results in the order of a run, and what all of it cost. */
import type { Hex } from '../model/Hex.ts';
import type { Proof } from '../model/Proof.ts';
import type { Row } from '../store/schema.ts';
import type { Tx } from '../store/store.ts';
import { proofOf } from './lease.ts';

export type JobRow = Omit<Row<'jobs'>, 'sealed_input'>;

export type JobHistory = {
  readonly job: JobRow;
  readonly attempts: readonly Row<'attempts'>[];
  /** Where it was asked for, and under which id. */
  readonly asked: readonly Pick<Row<'run_jobs'>, 'run_id' | 'caller_key' | 'line'>[];
  readonly hasInput: boolean;
};

/** A line of a run's results: a piece of its work that is done. */
export type RunResult = {
  readonly callerKey: string;
  readonly line: number;
  readonly jobId: string;
  readonly programId: Hex;
  readonly keyId: Hex;
  readonly statementId: Hex;
  readonly signals: readonly bigint[];
  readonly proof: Proof;
  readonly timing: {
    readonly waitMs: number;
    readonly wallMs: number;
    readonly cpuMs: number;
    readonly attempts: number;
  };
};

/** A line of a run that came to nothing. */
export type RunFailure = {
  readonly callerKey: string;
  readonly line: number;
  readonly jobId: string;
  readonly state: 'dead' | 'cancelled';
  readonly code: string;
};

export type RunCost = {
  readonly attempts: number;
  readonly failed: number;
  readonly lost: number;
  readonly cpuMs: bigint;
  readonly wallMs: bigint;
  readonly rssPeak: bigint;
  readonly engines: readonly string[];
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
};

export type ListOptions = {
  readonly runId?: string | undefined;
  readonly state?: JobRow['state'] | undefined;
  readonly limit: number;
};

const jobColumns = [
  ...(['jobs.tenant_id', 'jobs.job_id', 'program_id', 'key_id', 'statement_id', 'state', 'priority'] as const),
  ...(['attempt', 'attempts_max', 'deadline_at', 'leased_by', 'beat_at', 'error_code'] as const),
  ...(['jobs.created_at', 'updated_at', 'finished_at'] as const),
] as const;

/** The latest jobs first. */
export function listJobs(tx: Tx, { runId, state, limit }: ListOptions): Promise<readonly JobRow[]> {
  let query = tx.selectFrom('jobs').select(jobColumns).orderBy('updated_at', 'desc').limit(limit);
  if (state !== undefined) query = query.where('state', '=', state);
  if (runId !== undefined) {
    query = query.where('jobs.job_id', 'in', (eb) =>
      eb.selectFrom('run_jobs').select('run_jobs.job_id').where('run_id', '=', runId),
    );
  }
  return query.execute();
}

/** A job with all its attempts. */
export async function readJob(tx: Tx, jobId: string): Promise<JobHistory> {
  const { sealed_input, ...job } = await tx
    .selectFrom('jobs')
    .selectAll()
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  const attempts = await tx.selectFrom('attempts').selectAll().where('job_id', '=', jobId).orderBy('attempt').execute();
  const asked = await tx
    .selectFrom('run_jobs')
    .select(['run_id', 'caller_key', 'line'])
    .where('job_id', '=', jobId)
    .orderBy('run_id')
    .execute();
  return { job, attempts, asked, hasInput: sealed_input !== null };
}

/** A page of a run's results in the order of its lines, from after a line. */
export async function readResults(
  tx: Tx,
  { runId, afterLine, limit }: { readonly runId: string; readonly afterLine: number; readonly limit: number },
): Promise<readonly RunResult[]> {
  const rows = await linesOf(tx, { runId, afterLine, limit })
    .where('jobs.state', '=', 'done')
    .innerJoin('results', (join) =>
      join.onRef('results.statement_id', '=', 'jobs.statement_id').onRef('results.tenant_id', '=', 'jobs.tenant_id'),
    )
    .innerJoin('attempts', (join) =>
      join
        .onRef('attempts.job_id', '=', 'results.job_id')
        .onRef('attempts.attempt', '=', 'results.attempt')
        .onRef('attempts.tenant_id', '=', 'results.tenant_id'),
    )
    .select(['results.program_id', 'results.key_id', 'results.statement_id', 'signals', 'proof'])
    .select(['jobs.created_at', 'attempts.started_at', 'attempts.wall_ms', 'attempts.cpu_ms', 'jobs.attempt'])
    .execute();
  return rows.map((row) => ({
    ...{ callerKey: row.caller_key, line: row.line ?? 0, jobId: row.job_id },
    ...{ programId: row.program_id, keyId: row.key_id, statementId: row.statement_id },
    ...{ signals: row.signals, proof: proofOf(row.proof) },
    timing: {
      waitMs: row.started_at.getTime() - row.created_at.getTime(),
      ...{ wallMs: Number(row.wall_ms ?? 0n), cpuMs: Number(row.cpu_ms ?? 0n), attempts: row.attempt },
    },
  }));
}

/** A page of the lines of a run that came to nothing. */
export async function readFailures(
  tx: Tx,
  { runId, afterLine, limit }: { readonly runId: string; readonly afterLine: number; readonly limit: number },
): Promise<readonly RunFailure[]> {
  const rows = await linesOf(tx, { runId, afterLine, limit })
    .where('jobs.state', 'in', ['dead', 'cancelled'])
    .select(['jobs.state', 'jobs.error_code'])
    .execute();
  return rows.map((row) => ({
    ...{ callerKey: row.caller_key, line: row.line ?? 0, jobId: row.job_id },
    ...{ state: row.state as 'dead' | 'cancelled', code: row.error_code ?? row.state },
  }));
}

/** The dead jobs of a run. */
export async function deadJobs(tx: Tx, runId: string): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('jobs')
    .select('job_id')
    .where('state', '=', 'dead')
    .where('job_id', 'in', (eb) => eb.selectFrom('run_jobs').select('run_jobs.job_id').where('run_id', '=', runId))
    .orderBy('job_id')
    .execute();
  return rows.map(({ job_id }) => job_id);
}

/** What a run's attempts took, those that failed and those that were lost included. */
export async function sumCosts(tx: Tx, runId: string): Promise<RunCost> {
  const rows = await tx
    .selectFrom('attempts')
    .select(['engine', 'state'])
    .select(({ fn }) => [
      fn.countAll<bigint>().as('count'),
      fn.sum<bigint | null>('cpu_ms').as('cpu'),
      fn.sum<bigint | null>('wall_ms').as('wall'),
      fn.max('rss_peak').as('rss'),
      fn.min('started_at').as('first'),
      fn.max('ended_at').as('last'),
    ])
    .where('job_id', 'in', (eb) => eb.selectFrom('run_jobs').select('run_jobs.job_id').where('run_id', '=', runId))
    .groupBy(['engine', 'state'])
    .execute();
  const total = (of: (row: (typeof rows)[number]) => bigint | null) =>
    rows.reduce((sum, row) => sum + (of(row) ?? 0n), 0n);
  const counted = (state: string) => Number(total((row) => (row.state === state ? row.count : 0n)));
  const times = (name: 'first' | 'last') => rows.flatMap((row) => row[name]?.getTime() ?? []);
  return {
    attempts: Number(total((row) => row.count)),
    failed: counted('failed'),
    lost: counted('lost'),
    cpuMs: total((row) => row.cpu),
    wallMs: total((row) => row.wall),
    rssPeak: rows.reduce((most, { rss }) => (rss !== null && rss > most ? rss : most), 0n),
    engines: [...new Set(rows.flatMap(({ engine }) => engine ?? []))],
    firstAt: times('first').length > 0 ? new Date(Math.min(...times('first'))) : null,
    lastAt: times('last').length > 0 ? new Date(Math.max(...times('last'))) : null,
  };
}

/** Lines are numbered from 1, so 0 is before the first. */
function linesOf(
  tx: Tx,
  { runId, afterLine, limit }: { readonly runId: string; readonly afterLine: number; readonly limit: number },
) {
  return tx
    .selectFrom('run_jobs')
    .innerJoin('jobs', (join) =>
      join.onRef('jobs.job_id', '=', 'run_jobs.job_id').onRef('jobs.tenant_id', '=', 'run_jobs.tenant_id'),
    )
    .where('run_id', '=', runId)
    .where('line', '>', afterLine)
    .select(['caller_key', 'line', 'run_jobs.job_id'])
    .orderBy('line')
    .limit(limit);
}

/** How many of a run's jobs are dead, by the code of their last error. */
export async function failuresByCode(tx: Tx, runId: string): Promise<Readonly<Record<string, number>>> {
  const rows = await tx
    .selectFrom('jobs')
    .select('error_code')
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .where('state', '=', 'dead')
    .where('job_id', 'in', (eb) => eb.selectFrom('run_jobs').select('run_jobs.job_id').where('run_id', '=', runId))
    .groupBy('error_code')
    .execute();
  return Object.fromEntries(rows.map(({ error_code, count }) => [error_code ?? 'unknown', Number(count)]));
}
