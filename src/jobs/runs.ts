/** @module Runs: named sets of jobs of one program under one key. How a run stands follows from how its jobs stand. */
import { JobUnknownError, RunConflictError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import { Json, type JsonValue } from '../model/Json.ts';
import { Name } from '../model/Name.ts';
import type { Purpose } from '../model/ProofFile.ts';
import type { KeyClass } from '../model/VerifyingKey.ts';
import { databaseNow } from '../store/clock.ts';
import type { Row } from '../store/schema.ts';
import type { Tx } from '../store/store.ts';

/** What a run's proofs are of and for, as its results need it. */
export type RunSubject = {
  readonly computation: string;
  readonly size: string;
  readonly keyClass: KeyClass;
  /** What contexts are made of that the caller did not bring. */
  readonly purpose: Purpose | undefined;
};

export type NewRun = {
  readonly runId: string;
  readonly programId: Hex;
  readonly keyId: Hex;
  readonly subject: RunSubject;
  /** Its jobs are given up when they are not done so much time after its start. */
  readonly deadlineMs?: number | undefined;
};

export type Run = Row<'runs'>;

export type RunCounts = {
  /** Ids that callers gave. */
  readonly ids: number;
  /** Pieces of work; fewer than ids when several ask for the same. */
  readonly jobs: number;
  readonly pending: number;
  readonly leased: number;
  readonly done: number;
  readonly dead: number;
  readonly cancelled: number;
};

/**
 * Begins a run, or finds it when it was begun before; others who begin the same one wait until the transaction ends.
 * @throws RunConflictError when the name is that of a run of another program or key
 */
export async function beginRun(tx: Tx, tenant: string, { runId, programId, keyId, subject, deadlineMs }: NewRun) {
  Name.check(runId, 'run');
  const options = Json.stringify({ ...subject });
  await tx
    .insertInto('runs')
    .values({
      tenant_id: tenant,
      run_id: runId,
      program_id: programId,
      key_id: keyId,
      options,
      ...(await deadline(tx, deadlineMs)),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const run = await tx.selectFrom('runs').selectAll().where('run_id', '=', runId).forUpdate().executeTakeFirstOrThrow();
  if (run.program_id === programId && run.key_id === keyId) return run;
  throw new RunConflictError(`the run ${runId} exists already, for another program or key`, {
    at: runId,
    remedy: 'choose another name',
  });
}

/** A run by its name. @throws JobUnknownError */
export async function readRun(tx: Tx, runId: string): Promise<Run> {
  const run = await tx.selectFrom('runs').selectAll().where('run_id', '=', runId).executeTakeFirst();
  if (run) return run;
  throw new JobUnknownError(`there is no run ${JSON.stringify(runId)}`, { remedy: 'see `tally run status`' });
}

/** The tenant's runs, the newest first. */
export function listRuns(tx: Tx, limit: number): Promise<readonly Run[]> {
  return tx.selectFrom('runs').selectAll().orderBy('created_at', 'desc').limit(limit).execute();
}

/** How many of a run's jobs are in which state; closes the run when none is left to do, and opens it again. */
export async function countRun(tx: Tx, runId: string): Promise<RunCounts> {
  const { countAll } = tx.fn;
  const rows = await tx
    .selectFrom('run_jobs')
    .innerJoin('jobs', (join) =>
      join.onRef('jobs.job_id', '=', 'run_jobs.job_id').onRef('jobs.tenant_id', '=', 'run_jobs.tenant_id'),
    )
    .where('run_id', '=', runId)
    .groupBy('jobs.state')
    .select(({ fn }) => [
      'jobs.state',
      countAll<bigint>().as('ids'),
      fn.count<bigint>('jobs.job_id').distinct().as('jobs'),
    ])
    .execute();
  const of = (state: string) => Number(rows.find((row) => row.state === state)?.jobs ?? 0n);
  const sum = (name: 'ids' | 'jobs') => rows.reduce((total, row) => total + Number(row[name]), 0);
  const [pending, leased, done, dead, cancelled] = ['pending', 'leased', 'done', 'dead', 'cancelled'].map(of) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const counts = { ids: sum('ids'), jobs: sum('jobs'), pending, leased, done, dead, cancelled };
  await noteState(tx, runId, counts);
  return counts;
}

/** What a run's options hold. */
export function subjectOf({ options }: Pick<Run, 'options'>): RunSubject {
  // Written by `beginRun` only.
  return options as JsonValue as unknown as RunSubject;
}

function noteState(tx: Tx, runId: string, { pending, leased, dead, cancelled, jobs }: RunCounts) {
  const isOver = pending + leased === 0 && jobs > 0;
  const ended = dead > 0 ? 'failed' : cancelled > 0 ? 'cancelled' : 'done';
  const state = isOver ? ended : 'open';
  return tx
    .updateTable('runs')
    .set(({ fn }) => ({ state, ended_at: isOver ? fn('now') : null }))
    .where('run_id', '=', runId)
    .where('state', '!=', state)
    .execute();
}

async function deadline(tx: Tx, deadlineMs: number | undefined): Promise<{ deadline_at?: Date }> {
  if (deadlineMs === undefined) return {};
  return { deadline_at: new Date((await databaseNow(tx)).getTime() + deadlineMs) };
}
