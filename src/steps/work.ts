import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProver } from '../../prover/index.ts';
import { CancelledError, LeaseLostError } from '../errors.ts';
import { beat, lapsed } from '../jobs/lease.ts';
import type { QueuedProgram } from '../jobs/queue.ts';
import type { Journal } from '../journal/head.ts';
import { openJournalKey } from '../journal/key.ts';
import type { Circuit } from '../model/Circuit.ts';
import { chosenEngine } from './engine.ts';
import { requireNotHalted } from './halt.ts';
import type { Toolbox } from './toolbox.ts';
import { createWorkLink, type WorkLink } from './workLink.ts';
import { type Held, type Outcome, type WorkContext, type WorkStep, workOnJob } from './workOnJob.ts';
import { createWorkPrograms } from './workPrograms.ts';

export type WorkOptions = {
  /** Jobs that are proven at the same time; the configuration's by default. */
  readonly threads?: number | undefined;
  /** How long jobs that run may take to their end once the worker is to stop; then they go back into the queue. */
  readonly drainMs?: number | undefined;
  /** `empty`: stop when nothing is left to fetch · `stopped`: when the toolbox's signal says so. */
  readonly until?: 'empty' | 'stopped' | undefined;
  readonly onStep?: ((step: WorkStep, jobId: string) => void) | undefined;
};

/** What a worker did, by what became of the deliveries that it took. */
export type WorkReport = { readonly worker: string; readonly outcomes: Readonly<Record<Outcome, number>> };

/** How often an idle worker looks for jobs, and how often for programs that are new. */
const pollMs = 300;
const programsMs = 3_000;
/** A cancelled job is let go within a second. */
const watchMs = 300;
/** The queue gives a job to somebody else after 10 s without a beat. */
const beatMs = 3_000;
const drainMsDefault = 30_000;
/** How long putting back may take; after that the leases lapse by themselves. */
const putBackMs = 10_000;

/**
 * Works on jobs of all programs that this repository has, until it is told to stop: fetches, proves, and has results
 * accepted. When told to stop it takes nothing new and finishes what it has, or puts it back.
 * @throws the errors of `openStore`, SchemaOlderError and QueueVersionError when the database is of another version
 */
export async function work(toolbox: Toolbox, options: WorkOptions = {}): Promise<WorkReport> {
  const { config, signal, onProgress } = toolbox;
  requireNotHalted(config);
  const threads = options.threads ?? config.prover.threads;
  const engine = chosenEngine(config);
  const drained = new AbortController();
  const link = await createWorkLink(toolbox, drained.signal);
  const prover = createProver({
    ...{ threads, engine: engine.url, deadlineMs: config.prover.deadlineMs, witness: 'process' },
    // Attempts are counted in the database; lanes beyond the threads wait in the prover's queue.
    ...{ attemptsMax: 1, queueMax: threads + lanesBeyond },
  });
  const worker = `${hostname()}/${process.pid}/${randomBytes(3).toString('hex')}`;
  const held = new Set<Held>();
  const context: WorkContext = {
    ...{ worker, link, prover, held, engine: engine.name, deadlineMs: config.prover.deadlineMs },
    ...{
      programs: createWorkPrograms(toolbox),
      journalOf: createJournals(toolbox),
      onStep: options.onStep ?? (() => {}),
      traces: toolbox.traces,
    },
  };
  const outcomes: Record<Outcome, number> = { done: 0, failed: 0, dead: 0, released: 0, lost: 0, over: 0 };
  const note = (outcome: Outcome) => {
    outcomes[outcome]++;
    onProgress({ label: worker, note: describe(outcomes) });
  };
  const watching = watchLeases(context, drained.signal);
  // A lane that fails stops the others as a signal does: what they have is finished or put back.
  const stop = new AbortController();
  const stopWith = AbortSignal.any([signal, stop.signal]);
  const drain = createDrain(stopWith, { held, drainMs: options.drainMs ?? drainMsDefault, giveUp: drained });
  try {
    const source = createSource(context, config);
    const run = () =>
      lane(context, { source, signal: stopWith, options, note }).catch((error) => {
        stop.abort();
        throw error;
      });
    const ended = await Promise.allSettled(Array.from({ length: threads + lanesBeyond }, run));
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  } finally {
    drain.end();
    drained.abort();
    await watching;
    await prover.close();
    await link.close();
  }
  onProgress({ label: worker, finished: true, note: describe(outcomes) });
  return { worker, outcomes };
}

/** While one job waits for the database, another proves. */
const lanesBeyond = 1;

type Ready = { readonly program: QueuedProgram; readonly circuit: Circuit };
type Source = { readonly next: () => Promise<Parameters<typeof workOnJob>[1] | undefined> };

/** The next job of any program that can be served; each program has its turn. */
function createSource({ link, programs }: WorkContext, config: Toolbox['config']): Source {
  let ready: readonly Ready[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;
  let turn = 0;
  const refresh = async () => {
    if (performance.now() - lookedAt < programsMs && ready.length > 0) return;
    lookedAt = performance.now();
    const queued = await link.use(({ queue }) => queue.programs());
    const found: Ready[] = [];
    for (const program of queued) {
      const circuit = await programs.circuitOf(program);
      if (circuit) found.push({ program, circuit });
    }
    ready = found;
  };
  return {
    next: async () => {
      requireNotHalted(config);
      await refresh();
      const order = ready.map((_, i) => ready[(turn + i) % ready.length] as Ready);
      turn++;
      for (const { program, circuit } of order) {
        const delivery = await link.use(({ queue }) => queue.fetch(program));
        if (delivery) return { program, circuit, delivery };
      }
      return undefined;
    },
  };
}

type LaneOptions = {
  readonly source: Source;
  readonly signal: AbortSignal;
  readonly options: WorkOptions;
  readonly note: (outcome: Outcome) => void;
};

async function lane(context: WorkContext, { source, signal, options, note }: LaneOptions): Promise<void> {
  while (!signal.aborted) {
    const next = await source.next();
    if (next) note(await workOnJob(context, next));
    else if (options.until === 'empty') return;
    else await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Says that jobs are being worked on, and ends attempts at those that are no longer this worker's. */
async function watchLeases({ link, held }: WorkContext, end: AbortSignal): Promise<void> {
  let beaten = performance.now();
  while (!end.aborted) {
    await sleep(watchMs, undefined, { signal: end }).catch(() => undefined);
    const isBeat = performance.now() - beaten >= beatMs;
    if (isBeat) beaten = performance.now();
    const all = [...held];
    if (all.length === 0) continue;
    await lookAfter(link, all, isBeat ? beat : lapsed).catch(() => undefined);
    if (isBeat) await link.use(({ queue }) => queue.keep(all.map(({ delivery }) => delivery))).catch(() => undefined);
  }
}

async function lookAfter(link: WorkLink, all: readonly Held[], look: typeof beat): Promise<void> {
  for (const [tenant, group] of Map.groupBy(all, ({ lease }) => lease.tenant)) {
    const leases = group.map(({ lease }) => lease);
    const gone = await link.use(({ store }) => store.transaction(tenant, (tx) => look(tx, leases)));
    for (const { lease, controller } of group.filter(({ lease }) => gone.includes(lease))) {
      controller.abort(new LeaseLostError('the job was cancelled, or has gone to another worker', { at: lease.jobId }));
    }
  }
}

type Drain = {
  readonly held: ReadonlySet<Held>;
  readonly drainMs: number;
  /** Ends the waiting for a database that is away. */
  readonly giveUp: AbortController;
};

/** Once the worker is to stop, what it has may go on for a while; then it is put back, if the database takes it. */
function createDrain(signal: AbortSignal, { held, drainMs, giveUp }: Drain): { readonly end: () => void } {
  const timers: NodeJS.Timeout[] = [];
  const putBack = () => {
    for (const { controller } of held) controller.abort(new CancelledError('the worker is to stop'));
    timers.push(setTimeout(() => giveUp.abort(), putBackMs));
  };
  const begin = () => {
    timers.push(setTimeout(putBack, drainMs));
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return {
    end: () => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', begin);
    },
  };
}

/** Entries go into the journal that bears the name of the tenant's key. */
function createJournals({ config }: Toolbox): WorkContext['journalOf'] {
  const known = new Map<string, Promise<Journal>>();
  const open = async (tenant: string): Promise<Journal> => {
    const { key } = await openJournalKey({ folder: join(config.dataDir, 'secrets'), tenant });
    return { tenant, origin: key.name };
  };
  return (tenant) => {
    const journal = known.get(tenant) ?? open(tenant);
    known.set(tenant, journal);
    return journal;
  };
}

function describe(outcomes: WorkReport['outcomes']): string {
  const shown = Object.entries(outcomes).filter(([, count]) => count > 0);
  return shown.map(([name, count]) => `${count} ${name}`).join(', ') || 'waiting for jobs';
}
