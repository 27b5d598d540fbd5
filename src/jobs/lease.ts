/**
 * @module The life of a job in a worker's hands. Claiming it counts its attempt up, and that number is the fence: whoever
 * comes back under an earlier one, because its lease was thought lost or the job was cancelled, changes nothing. Each
 * function is one transaction's work, together with the settling of the delivery that its caller adds.
 */
import { LeaseLostError } from '../errors.ts';
import { Backoff } from '../model/Backoff.ts';
import { Hex } from '../model/Hex.ts';
import type { Proof } from '../model/Proof.ts';
import { Seal } from '../model/Seal.ts';
import type { Tx } from '../store/store.ts';

/** The right to one attempt at a job. */
export type Lease = {
  readonly tenant: string;
  readonly jobId: string;
  readonly attempt: number;
  /** Who holds it. */
  readonly worker: string;
};

export type LeasedJob = {
  readonly lease: Lease;
  readonly programId: Hex;
  readonly keyId: Hex;
  /** Whose proof is wanted. */
  readonly statementId: Hex | null;
  /** Where it waits again after a failure. */
  readonly priority: number;
  readonly sealedInput: Uint8Array;
  /** What is left until its deadline; nothing when it has none. */
  readonly leftMs: number | undefined;
};

/** `leased`: to be worked on · `over`: nothing is left to do, and the delivery can be settled. */
export type Claim =
  | { readonly kind: 'leased'; readonly job: LeasedJob }
  | { readonly kind: 'over'; readonly state: 'done' | 'dead' | 'cancelled' | 'unknown' };

/** What an attempt took. */
export type AttemptCost = {
  readonly engine: string;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Bytes of resident memory of the worker's process at most. */
  readonly rssPeak: number;
};

export type Accepted = {
  readonly statementId: Hex;
  readonly signals: readonly bigint[];
  readonly proof: Proof;
};

/** A job that took so many workers down with it is not given to another. */
const lossesMax = 20;
const backoff = { firstMs: 1_000, maxMs: 60_000 };

/**
 * Claims a job that was fetched from the queue. Of an attempt that was still running the holder is gone: it is noted as
 * lost. A job that has lost too many holders, or is past its deadline, is dead.
 */
export async function claim(
  tx: Tx,
  { tenant, jobId, worker }: { readonly tenant: string; readonly jobId: string; readonly worker: string },
): Promise<Claim> {
  const row = await tx
    .selectFrom('jobs')
    .selectAll()
    .select(({ fn }) => fn<Date>('now').as('now'))
    .where('job_id', '=', jobId)
    .forUpdate()
    .executeTakeFirst();
  if (!row) return { kind: 'over', state: 'unknown' };
  if (row.state !== 'pending' && row.state !== 'leased') return { kind: 'over', state: row.state };
  const losses = await noteLosses(tx, jobId);
  const leftMs = row.deadline_at ? row.deadline_at.getTime() - row.now.getTime() : undefined;
  if (losses >= lossesMax || (leftMs !== undefined && leftMs <= 0)) {
    await bury(tx, jobId, losses >= lossesMax ? 'worker_lost' : 'deadline');
    return { kind: 'over', state: 'dead' };
  }
  const attempt = row.attempt + 1;
  await tx
    .updateTable('jobs')
    .set(({ fn }) => ({ state: 'leased', attempt, leased_by: worker, beat_at: fn('now'), updated_at: fn('now') }))
    .where('job_id', '=', jobId)
    .execute();
  await tx.insertInto('attempts').values({ tenant_id: tenant, job_id: jobId, attempt, worker }).execute();
  const job = {
    lease: { tenant, jobId, attempt, worker },
    ...{ programId: row.program_id, keyId: row.key_id, statementId: row.statement_id, priority: row.priority },
    // A constraint of the table sees to it that open jobs have their input.
    ...{ sealedInput: row.sealed_input as Uint8Array, leftMs },
  };
  return { kind: 'leased', job };
}

/**
 * Accepts the result of an attempt.
 * @returns whether the statement is new; false when other work has led to it before, or this call was made before and its
 * answer lost
 * @throws LeaseLostError when the lease has gone to another or the job was cancelled; nothing is kept
 */
export async function accept(
  tx: Tx,
  { lease, result, cost }: { readonly lease: Lease; readonly result: Accepted; readonly cost: AttemptCost },
): Promise<boolean> {
  const { tenant, jobId, attempt } = lease;
  const { statementId, signals, proof } = result;
  const held = await tx
    .updateTable('jobs')
    .set(({ fn }) => ({ state: 'done', statement_id: statementId, error_code: null, updated_at: fn('now') }))
    .where(({ and }) => and(fence(lease)))
    .returning(['program_id', 'key_id'])
    .executeTakeFirst();
  if (!held) {
    if (await wasDone(tx, lease)) return false;
    throw lost(lease);
  }
  await endAttempt(tx, lease, { state: 'done', cost });
  const added = await tx
    .insertInto('results')
    .values({
      ...{ tenant_id: tenant, statement_id: statementId, job_id: jobId, attempt },
      ...{ program_id: held.program_id, key_id: held.key_id, signals, proof: proofBytes(proof) },
    })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'statement_id']).doNothing())
    .executeTakeFirst();
  return added.numInsertedOrUpdatedRows === 1n;
}

export type Failed = {
  readonly code: string;
  /** Whether another attempt may go better. */
  readonly retryable: boolean;
  readonly cost: AttemptCost | undefined;
  /** In [0, 1). */
  readonly random: number;
};

/**
 * Notes that an attempt failed: the job waits for its next one, or is dead when it has none left or none would help.
 * @returns after how long it is to be delivered again; nothing when it is dead
 * @throws LeaseLostError
 */
export async function fail(tx: Tx, lease: Lease, failed: Failed): Promise<number | undefined> {
  const job = await tx
    .selectFrom('jobs')
    .select('attempts_max')
    .where(({ and }) => and(fence(lease)))
    .forUpdate()
    .executeTakeFirst();
  if (!job) throw lost(lease);
  await endAttempt(tx, lease, { state: 'failed', code: failed.code, cost: failed.cost });
  const failures = await countAttempts(tx, lease.jobId, 'failed');
  if (!failed.retryable || failures >= job.attempts_max) {
    await bury(tx, lease.jobId, failed.code);
    return undefined;
  }
  await backToQueue(tx, lease.jobId, failed.code);
  return Backoff.pauseMs(failures, backoff, failed.random);
}

/** Gives a lease back unused, as a worker does that is to end. @throws LeaseLostError */
export async function release(tx: Tx, lease: Lease): Promise<void> {
  const job = await tx
    .selectFrom('jobs')
    .select('job_id')
    .where(({ and }) => and(fence(lease)))
    .forUpdate()
    .executeTakeFirst();
  if (!job) throw lost(lease);
  await endAttempt(tx, lease, { state: 'cancelled' });
  await backToQueue(tx, lease.jobId, null);
}

/**
 * Says that these jobs are being worked on.
 * @param leases of one tenant
 * @returns those that are no longer held: taken by another, or cancelled
 */
export async function beat(tx: Tx, leases: readonly Lease[]): Promise<readonly Lease[]> {
  if (leases.length === 0) return [];
  const rows = await tx
    .updateTable('jobs')
    .set(({ fn }) => ({ beat_at: fn('now') }))
    .where(({ or, and }) => or(leases.map((lease) => and(fence(lease)))))
    .returning(['job_id', 'attempt'])
    .execute();
  return without(leases, rows);
}

/** As `beat`, without writing: cheap enough to do all the time. */
export async function lapsed(tx: Tx, leases: readonly Lease[]): Promise<readonly Lease[]> {
  if (leases.length === 0) return [];
  const rows = await tx
    .selectFrom('jobs')
    .select(['job_id', 'attempt'])
    .where(({ or, and }) => or(leases.map((lease) => and(fence(lease)))))
    .execute();
  return without(leases, rows);
}

function without(
  leases: readonly Lease[],
  rows: readonly { readonly job_id: string; readonly attempt: number }[],
): readonly Lease[] {
  const held = new Set(rows.map(({ job_id, attempt }) => `${job_id} ${attempt}`));
  return leases.filter(({ jobId, attempt }) => !held.has(`${jobId} ${attempt}`));
}

/** What a row must be for the holder of a lease to change it. */
function fence({ jobId, attempt, worker }: Lease) {
  return { job_id: jobId, attempt, leased_by: worker, state: 'leased' } as const;
}

function lost({ jobId, attempt, worker }: Lease): LeaseLostError {
  return new LeaseLostError(`attempt ${attempt} at job ${jobId.slice(0, 12)} is no longer that of ${worker}`, {
    at: jobId,
  });
}

async function noteLosses(tx: Tx, jobId: string): Promise<number> {
  await tx
    .updateTable('attempts')
    .set(({ fn }) => ({ state: 'lost', ended_at: fn('now'), error_code: 'worker_lost' }))
    .where('job_id', '=', jobId)
    .where('state', '=', 'running')
    .execute();
  return countAttempts(tx, jobId, 'lost');
}

async function countAttempts(tx: Tx, jobId: string, state: 'failed' | 'lost'): Promise<number> {
  const { count } = await tx
    .selectFrom('attempts')
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .where('job_id', '=', jobId)
    .where('state', '=', state)
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function wasDone(tx: Tx, { jobId, attempt, worker }: Lease): Promise<boolean> {
  const row = await tx
    .selectFrom('attempts')
    .select('state')
    .where(({ and }) => and({ job_id: jobId, attempt, worker }))
    .executeTakeFirst();
  return row?.state === 'done';
}

function bury(tx: Tx, jobId: string, code: string) {
  return tx
    .updateTable('jobs')
    .set(({ fn }) => ({ state: 'dead', leased_by: null, beat_at: null, error_code: code, updated_at: fn('now') }))
    .where('job_id', '=', jobId)
    .execute();
}

function backToQueue(tx: Tx, jobId: string, code: string | null) {
  return tx
    .updateTable('jobs')
    .set(({ fn }) => ({ state: 'pending', leased_by: null, beat_at: null, error_code: code, updated_at: fn('now') }))
    .where('job_id', '=', jobId)
    .execute();
}

type Ending = {
  readonly state: 'done' | 'failed' | 'cancelled';
  readonly code?: string;
  readonly cost?: AttemptCost | undefined;
};

function endAttempt(tx: Tx, { jobId, attempt }: Lease, { state, code = undefined, cost }: Ending) {
  const costs = cost && {
    engine: cost.engine,
    cpu_ms: BigInt(Math.round(cost.cpuMs)),
    wall_ms: BigInt(Math.round(cost.wallMs)),
    rss_peak: BigInt(cost.rssPeak),
  };
  return tx
    .updateTable('attempts')
    .set(({ fn }) => ({ state, ended_at: fn('now'), error_code: code ?? null, ...costs }))
    .where('job_id', '=', jobId)
    .where('attempt', '=', attempt)
    .execute();
}

/** A (2 words), B (4), C (2): a seal without its selector. */
function proofBytes(proof: Proof): Uint8Array {
  return Hex.toBytes(Seal.encode(proof)).subarray(selectorBytes);
}

const selectorBytes = 4;

/** The proof of a row of results. @throws ProofRejectedError when a point is off its curve */
export function proofOf(bytes: Uint8Array): Proof {
  return Seal.decode(`${Seal.groth16Selector}${Hex.fromBytes(bytes).slice(2)}`);
}
