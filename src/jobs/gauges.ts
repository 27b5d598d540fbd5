/** @module Numbers about the whole queue, over all tenants, for metrics and plans. */
import type { Hex } from '../model/Hex.ts';
import type { Tx } from '../store/store.ts';

export type QueueGauges = {
  readonly jobs: Readonly<Record<string, number>>;
  readonly attempts: Readonly<Record<string, number>>;
  readonly outbox: Readonly<Record<string, number>>;
  /** Workers that hold a job and have said so lately. */
  readonly workers: number;
  /** How long the oldest pending job has been there; 0 when there is none. */
  readonly oldestPendingSec: number;
  /** Wall times of the latest attempts that came to their end, ascending, in milliseconds. */
  readonly wallMs: readonly number[];
};

/** What was measured of a program's attempts on the machines that worked for this database. */
export type Measured = {
  readonly attempts: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly rssPeak: number;
};

/** Durations are told of so many of the latest attempts. */
const sampleMax = 1_000;
/** Two beats and a little. */
const silentMs = 10_000;

/** Reads all of it; the transaction must see all tenants. */
export async function readGauges(tx: Tx): Promise<QueueGauges> {
  const count = async (table: 'jobs' | 'attempts' | 'outbox') => {
    const rows = await tx
      .selectFrom(table)
      .select('state')
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .groupBy('state')
      .execute();
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  };
  const { now } = await tx.selectNoFrom(({ fn }) => fn<Date>('now').as('now')).executeTakeFirstOrThrow();
  const oldest = await tx
    .selectFrom('jobs')
    .select(({ fn }) => fn.min('created_at').as('at'))
    .where('state', '=', 'pending')
    .executeTakeFirstOrThrow();
  const busy = await tx
    .selectFrom('jobs')
    .select('leased_by')
    .distinct()
    .where('state', '=', 'leased')
    .where('beat_at', '>', new Date(now.getTime() - silentMs))
    .execute();
  return {
    ...{ jobs: await count('jobs'), attempts: await count('attempts'), outbox: await count('outbox') },
    workers: busy.length,
    oldestPendingSec: oldest.at ? (now.getTime() - oldest.at.getTime()) / 1000 : 0,
    wallMs: await latestWallMs(tx),
  };
}

/** The means of a program's attempts that came to their end; nothing when there are none. */
export async function measured(tx: Tx, programId: Hex): Promise<Measured | undefined> {
  const row = await tx
    .selectFrom('attempts')
    .innerJoin('jobs', (join) =>
      join.onRef('jobs.job_id', '=', 'attempts.job_id').onRef('jobs.tenant_id', '=', 'attempts.tenant_id'),
    )
    .where('attempts.state', '=', 'done')
    .where('program_id', '=', programId)
    .where('wall_ms', 'is not', null)
    .select(({ fn }) => [
      fn.countAll<bigint>().as('count'),
      fn.sum<bigint | null>('wall_ms').as('wall'),
      fn.sum<bigint | null>('cpu_ms').as('cpu'),
      fn.max('rss_peak').as('rss'),
    ])
    .executeTakeFirstOrThrow();
  const attempts = Number(row.count);
  if (attempts === 0) return undefined;
  const mean = (sum: bigint | null) => Number(sum ?? 0n) / attempts;
  return { attempts, wallMs: mean(row.wall), cpuMs: mean(row.cpu), rssPeak: Number(row.rss ?? 0n) };
}

async function latestWallMs(tx: Tx): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('attempts')
    .select('wall_ms')
    .where('state', '=', 'done')
    .where('wall_ms', 'is not', null)
    .orderBy('ended_at', 'desc')
    .limit(sampleMax)
    .execute();
  return rows.map(({ wall_ms }) => Number(wall_ms)).sort((a, b) => a - b);
}
