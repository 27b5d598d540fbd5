/**
 * @module Taking jobs in. A job is known by what is to be proven, so the same work asked for twice is done once; the
 * caller's id stands beside it, and is taken at its word: the same id with the same work is the same job, with other work
 * it is refused. Everything happens in the transaction that also puts the job into its queue.
 */
import { JobConflictError, JobsFullError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import type { Tx } from '../store/store.ts';
import { takeBudget } from './budgets.ts';
import type { Message } from './queue.ts';
import type { Run } from './runs.ts';

/** A job that somebody asks for, its input sealed for its row. */
export type Asked = {
  /** The caller's own id, unique within the run. */
  readonly callerKey: string;
  readonly jobId: string;
  readonly statementId: Hex;
  readonly sealedInput: Uint8Array;
  /** Where in the caller's file it stands. */
  readonly line: number;
};

export type EnqueueLimits = {
  /** Jobs of a tenant that may be open at a time. */
  readonly openMax: number;
  /** Tries of a job. */
  readonly attemptsMax: number;
  /** Jobs that a tenant may have taken in on one day (UTC); no limit when undefined. */
  readonly perDay: number | undefined;
};

export type Enqueued = {
  /** What is new in the queue. */
  readonly messages: readonly Message[];
  /** Ids that came with other work than before; nothing was done for these. */
  readonly conflicts: readonly { readonly asked: Asked; readonly error: JobConflictError }[];
};

/** Jobs of one run that follow one another before another run has its turn. */
const turnJobs = 16;
/** The bound of the column. */
const roundMax = 32_000;
const openStates = ['pending', 'leased'] as const;

/**
 * Takes in jobs of a run, which the transaction has locked with `beginRun`. The caller sends the messages in the same
 * transaction.
 * @throws JobsFullError, BudgetError; nothing of the batch is taken in then
 */
export async function enqueue(
  tx: Tx,
  { run, asked, limits }: { readonly run: Run; readonly asked: readonly Asked[]; readonly limits: EnqueueLimits },
): Promise<Enqueued> {
  const { tenant_id, run_id } = run;
  const { fresh, conflicts } = await sortOut(tx, run, asked);
  const unique = [...new Map(fresh.map((job) => [job.jobId, job])).values()];
  if (unique.length === 0) return { messages: [], conflicts };
  const rounds = await nextRounds(tx, run);
  const rows = unique.map((job, i) => ({ ...job, priority: -rounds(i) }));
  const added = await insertJobs(tx, run, rows, limits.attemptsMax);
  const revived = await reviveCancelled(tx, rows);
  const isNew = new Set([...added, ...revived]);
  await requireRoom(tx, isNew.size, limits);
  await takeBudget(tx, { tenant: tenant_id, kind: 'jobs', amount: BigInt(isNew.size), perDay: limits.perDay });
  await tx
    .insertInto('run_jobs')
    .values(
      fresh.map(({ callerKey, jobId, line }) => ({ tenant_id, run_id, caller_key: callerKey, job_id: jobId, line })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const messages = rows.filter(({ jobId }) => isNew.has(jobId));
  return { messages: messages.map(({ jobId, priority }) => ({ tenant: tenant_id, jobId, priority })), conflicts };
}

/** Separates ids that are new in the run from those it has, and from those it has with other work. */
async function sortOut(tx: Tx, { run_id }: Run, asked: readonly Asked[]) {
  const keys = asked.map(({ callerKey }) => callerKey);
  const rows = await tx
    .selectFrom('run_jobs')
    .select(['caller_key', 'job_id'])
    .where('run_id', '=', run_id)
    .where('caller_key', 'in', keys.length > 0 ? keys : [''])
    .execute();
  const known = new Map(rows.map((row) => [row.caller_key, row.job_id]));
  const fresh: Asked[] = [];
  const conflicts: { asked: Asked; error: JobConflictError }[] = [];
  for (const job of asked) {
    const before = known.get(job.callerKey);
    if (before !== undefined && before !== job.jobId) conflicts.push({ asked: job, error: conflictOf(job) });
    if (before !== undefined) continue;
    known.set(job.callerKey, job.jobId);
    fresh.push(job);
  }
  return { fresh, conflicts };
}

function conflictOf({ callerKey, line }: Asked): JobConflictError {
  return new JobConflictError(`the id ${JSON.stringify(callerKey)} stands for another input in this run`, {
    at: `line ${line}`,
    remedy: 'give the input an id of its own, or start another run',
  });
}

/**
 * Who asks for much waits in turn with those who ask for little: every so many jobs of a run go into a later round, and
 * a run begins with the round that is being worked on, or where its own last jobs stand.
 */
async function nextRounds(tx: Tx, { run_id }: Run): Promise<(index: number) => number> {
  const now = await tx
    .selectFrom('jobs')
    .select(({ fn }) => fn.max('priority').as('priority'))
    .where('state', '=', 'pending')
    .executeTakeFirst();
  // Not a join: before the database has looked at a table that grows fast, it chooses a bad plan for one.
  const last = await tx
    .selectFrom('run_jobs')
    .select('job_id')
    .where('run_id', '=', run_id)
    .orderBy('line', 'desc')
    .limit(1)
    .executeTakeFirst();
  const own = await tx
    .selectFrom('jobs')
    .select('priority')
    .where('job_id', '=', last?.job_id ?? '')
    .where('state', '=', 'pending')
    .executeTakeFirst();
  const first = Math.max(-(now?.priority ?? 0), own ? -own.priority + 1 : 0);
  return (index) => Math.min(roundMax, first + Math.floor(index / turnJobs));
}

async function insertJobs(
  tx: Tx,
  { tenant_id, program_id, key_id, deadline_at }: Run,
  rows: readonly (Asked & { readonly priority: number })[],
  attemptsMax: number,
): Promise<readonly string[]> {
  const added = await tx
    .insertInto('jobs')
    .values(
      rows.map(({ jobId, priority, sealedInput, statementId }) => ({
        ...{ tenant_id, job_id: jobId, program_id, key_id, priority, deadline_at },
        ...{ attempts_max: attemptsMax, sealed_input: sealedInput, statement_id: statementId },
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('job_id')
    .execute();
  return added.map(({ job_id }) => job_id);
}

/** What was cancelled and is asked for again is to be done after all. */
async function reviveCancelled(tx: Tx, rows: readonly (Asked & { readonly priority: number })[]) {
  const cancelled = await tx
    .selectFrom('jobs')
    .select('job_id')
    .where('state', '=', 'cancelled')
    .where(
      'job_id',
      'in',
      rows.map(({ jobId }) => jobId),
    )
    .forUpdate()
    .execute();
  const ids = new Set(cancelled.map(({ job_id }) => job_id));
  for (const { jobId, priority, sealedInput } of rows.filter((row) => ids.has(row.jobId))) {
    await tx
      .updateTable('jobs')
      .set(({ fn }) => ({ state: 'pending', priority, sealed_input: sealedInput, updated_at: fn('now') }))
      .where('job_id', '=', jobId)
      .execute();
  }
  return [...ids];
}

/** Counted after the batch is in: two that take jobs in at once may pass the bound by a batch each. */
async function requireRoom(tx: Tx, added: number, { openMax }: EnqueueLimits): Promise<void> {
  if (added === 0) return;
  const row = await tx
    .selectFrom('jobs')
    .select(({ fn }) => fn.countAll<bigint>().as('open'))
    .where('state', 'in', openStates)
    .executeTakeFirstOrThrow();
  if (row.open <= BigInt(openMax)) return;
  throw new JobsFullError(`${row.open - BigInt(added)} jobs are open, and no more than ${openMax} may be`, {
    remedy: 'start the run again when some are done: it goes on where it stopped',
  });
}
