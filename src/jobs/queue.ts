/**
 * @module The queue: pg-boss on the store's Postgres. It says which job comes next and to whom it was given; what a job
 * is and how it stands is in our own tables. A delivery is settled by the object that was fetched, so a holder whose time
 * is over settles nothing. One queue per program; its name says what a worker needs in order to serve it.
 */
import { PgBoss } from 'pg-boss';
import { QueueVersionError, TallyError } from '../errors.ts';
import { Hex } from '../model/Hex.ts';
import { Json } from '../model/Json.ts';
import { executeSql, type Store, type Tx } from '../store/store.ts';

/** What a queue's jobs prove. */
export type QueuedProgram = { readonly computation: string; readonly size: string; readonly programId: Hex };

/** A job on its way to whoever fetches it. */
export type Message = {
  readonly tenant: string;
  readonly jobId: string;
  /** Higher comes first. */
  readonly priority: number;
  /** Not before so much time from now. */
  readonly delayMs?: number | undefined;
};

/** A message that was fetched: it is this worker's while it is kept alive. */
export type Delivery = {
  readonly queue: string;
  readonly id: string;
  readonly retryCount: number;
  readonly tenant: string;
  readonly jobId: string;
};

export type Queue = {
  /** Puts jobs into their program's queue, in the transaction that makes them. */
  readonly send: (tx: Tx, program: QueuedProgram, messages: readonly Message[]) => Promise<void>;
  /** The programs that have a queue. */
  readonly programs: () => Promise<readonly QueuedProgram[]>;
  /** The next job, when there is one. @throws QueueVersionError */
  readonly fetch: (program: QueuedProgram) => Promise<Delivery | undefined>;
  /** Says that these are still being worked on. */
  readonly keep: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Takes a delivery out of the queue; false when it was no longer the holder's. */
  readonly settle: (tx: Tx, delivery: Delivery) => Promise<boolean>;
  readonly close: () => Promise<void>;
};

export type QueueOptions = {
  /** An `app` makes and migrates the queue's tables; a `worker` watches over deliveries whose holder has died. */
  readonly as: 'app' | 'worker';
  /** Hears of what fails in the background; the next round tries again. */
  readonly onError?: ((error: Error) => void) | undefined;
};

/** Deliveries that are not kept alive for so long go to somebody else; pg-boss allows no less. */
const heartbeatSec = 10;
/** How often workers look for such deliveries. */
const superviseSec = 2;
/** A day: deadlines of ours end jobs long before. */
const expireSec = 86_400;
/** Whether a job is tried again is decided in our own tables. */
const retryLimit = 1_000_000;
/** Settled deliveries tell nothing that our tables do not. */
const keptSec = 600;
const messageVersion = 1;

/**
 * Opens the queue. Close it before the store.
 * @throws QueueVersionError when a worker's version of it is not the database's; what the store throws
 */
export async function openQueue(store: Store, { as, onError = () => {} }: QueueOptions): Promise<Queue> {
  const boss = new PgBoss({
    db: databaseOf(store.db),
    schema: 'pgboss',
    createSchema: false,
    migrate: as === 'app',
    supervise: as === 'worker',
    superviseIntervalSeconds: superviseSec,
    monitorIntervalSeconds: superviseSec,
    schedule: false,
    reindex: false,
    monitorVacuum: false,
  });
  boss.on('error', onError);
  await boss.start().catch((error) => {
    throw startFailure(error);
  });
  const known = new Set<string>();
  const ensure = async (name: string) => {
    if (known.has(name)) return;
    await boss.createQueue(name, {
      ...{ heartbeatSeconds: heartbeatSec, expireInSeconds: expireSec },
      ...{ retryLimit, retryDelay: 0, deleteAfterSeconds: keptSec },
    });
    known.add(name);
  };
  return {
    send: async (tx, program, messages) => {
      const name = nameOf(program);
      if (as === 'app') await ensure(name);
      await boss.insert(name, messages.map(toInsert), { db: databaseOf(tx) });
    },
    programs: async () => (await boss.getQueues()).flatMap(({ name }) => programOf(name) ?? []),
    fetch: async (program) => {
      const name = nameOf(program);
      const [job] = await boss.fetch<unknown>(name, { includeMetadata: true });
      return job && { queue: name, id: job.id, retryCount: job.retryCount, ...parseMessage(job.data, name) };
    },
    keep: async (deliveries) => {
      const byQueue = Map.groupBy(deliveries, ({ queue }) => queue);
      for (const [name, group] of byQueue) await boss.touch(name, group.map(attemptOf));
    },
    settle: async (tx, delivery) => {
      const answer = await boss.complete(delivery.queue, attemptOf(delivery), null, { db: databaseOf(tx) });
      // The library's types leave the counts out.
      return (answer as { readonly affected?: number }).affected === 1;
    },
    close: () => boss.stop({ graceful: false, close: false }),
  };
}

function databaseOf(db: Tx | Store['db']) {
  return { executeSql: (text: string, values?: unknown[]) => executeSql(db, text, values) };
}

function nameOf({ computation, size, programId }: QueuedProgram): string {
  return `${computation}/${size}/${programId}`;
}

function programOf(name: string): QueuedProgram | undefined {
  const [computation, size, programId, ...rest] = name.split('/');
  if (!computation || !size || rest.length > 0 || !Hex.is(programId, 32)) return undefined;
  return { computation, size, programId };
}

function toInsert({ tenant, jobId, priority, delayMs = 0 }: Message) {
  const startAfter = delayMs === 0 ? {} : { startAfter: Math.ceil(delayMs / 1000) };
  return { data: { v: messageVersion, tenant, jobId }, priority, ...startAfter };
}

function parseMessage(data: unknown, at: string): Pick<Delivery, 'tenant' | 'jobId'> {
  if (Json.isObject(data) && data.v === messageVersion) {
    const { tenant, jobId } = data;
    if (typeof tenant === 'string' && typeof jobId === 'string') return { tenant, jobId };
  }
  throw new QueueVersionError('the queue holds a message that this program does not understand', {
    at,
    remedy: 'bring this worker to the version of who sends the jobs',
  });
}

function attemptOf({ id, retryCount }: Delivery) {
  return { id, retryCount };
}

function startFailure(error: unknown): unknown {
  if (error instanceof TallyError || !(error instanceof Error) || !/version|migrat|install/i.test(error.message)) {
    return error;
  }
  return new QueueVersionError('the queue’s tables are not of the version that this worker speaks', {
    remedy: 'run a command of the operator, such as `tally run start`, with the newest version, and update the workers',
    cause: error,
  });
}
