import type { Prover } from '../../prover/index.ts';
import { LeaseLostError, TallyError, WorkerFailedError } from '../errors.ts';
import { type AttemptCost, accept, claim, fail, type Lease, type LeasedJob, release } from '../jobs/lease.ts';
import type { Delivery, QueuedProgram } from '../jobs/queue.ts';
import { append } from '../journal/append.ts';
import type { Journal } from '../journal/head.ts';
import type { Circuit } from '../model/Circuit.ts';
import type { Values } from '../model/Computation.ts';
import { Input } from '../model/Input.ts';
import { Json } from '../model/Json.ts';
import type { Proven } from '../model/Proven.ts';
import { unseal } from '../store/sealing.ts';
import { tenantKeys } from '../store/tenants.ts';
import { drawSpanId, type Traces } from '../traces.ts';
import { traceProof } from './traceJob.ts';
import type { WorkLink } from './workLink.ts';
import type { WorkPrograms } from './workPrograms.ts';

/** Where an attempt has got to; `committing` is told inside the transaction that accepts the result. */
export type WorkStep = 'fetched' | 'claimed' | 'opened' | 'proven' | 'committing' | 'accepted' | 'failed';

/** What became of a delivery. */
export type Outcome = 'done' | 'failed' | 'dead' | 'released' | 'lost' | 'over';

/** A job that this process is working on. */
export type Held = {
  readonly delivery: Delivery;
  readonly lease: Lease;
  /** Ends the attempt: with `LeaseLostError` when it is no longer ours, with anything else when this worker is to end. */
  readonly controller: AbortController;
};

export type WorkContext = {
  readonly worker: string;
  readonly link: WorkLink;
  readonly prover: Prover;
  readonly programs: WorkPrograms;
  readonly journalOf: (tenant: string) => Promise<Journal>;
  /** What this process holds; whoever watches over the leases looks here. */
  readonly held: Set<Held>;
  readonly engine: string;
  readonly deadlineMs: number;
  readonly onStep: (step: WorkStep, jobId: string) => void;
  readonly traces: Traces | undefined;
};

/** Takes a delivery from its claim to its end. Whatever happens to the job, this comes back; a store that is gone throws. */
export async function workOnJob(
  context: WorkContext,
  {
    program,
    circuit,
    delivery,
  }: { readonly program: QueuedProgram; readonly circuit: Circuit; readonly delivery: Delivery },
): Promise<Outcome> {
  const { link, worker, held, onStep } = context;
  const { tenant, jobId } = delivery;
  onStep('fetched', jobId);
  const claimed = await link.use(({ store, queue }) =>
    store.transaction(tenant, async (tx) => {
      const outcome = await claim(tx, { tenant, jobId, worker });
      if (outcome.kind === 'over') await queue.settle(tx, delivery);
      return outcome;
    }),
  );
  if (claimed.kind === 'over') return claimed.state === 'dead' ? 'dead' : 'over';
  onStep('claimed', jobId);
  const { job } = claimed;
  const mine: Held = { delivery, lease: job.lease, controller: new AbortController() };
  held.add(mine);
  const started = performance.now();
  const trace = traceAttempt(context, job);
  const cost = ({ cpuMs, waitMs }: { readonly cpuMs: number; readonly waitMs: number }): AttemptCost => ({
    // Waiting for a free thread costs nothing.
    ...{ engine: context.engine, cpuMs, wallMs: performance.now() - started - waitMs },
    // Kilobytes; of the whole process since its start.
    rssPeak: process.resourceUsage().maxRSS * 1024,
  });
  try {
    const proven = await proveJob(context, { circuit, job, mine });
    trace.proven(proven);
    onStep('proven', jobId);
    await acceptProven(context, { mine, proven, cost: cost(proven.timing) });
    onStep('accepted', jobId);
    trace.ended('done');
    return 'done';
  } catch (error) {
    trace.ended('failed', error instanceof TallyError ? error.code : 'worker_failed');
    return await giveUp(context, { program, job, mine, error, cost: cost({ cpuMs: 0, waitMs: 0 }) });
  } finally {
    held.delete(mine);
  }
}

/** One attempt as a span, with what was done under its lease as parts of it. */
function traceAttempt({ traces, worker, engine }: WorkContext, { lease, statementId }: LeasedJob) {
  const [spanId, startMs] = [drawSpanId(), Date.now()];
  let provenMs = startMs;
  return {
    proven: (proven: Proven) => {
      provenMs = Date.now();
      traceProof(traces, { proven, endMs: provenMs, parentId: spanId });
    },
    ended: (outcome: 'done' | 'failed', error?: string) => {
      if (!traces || statementId === null) return;
      const endMs = Date.now();
      const { jobId, attempt } = lease;
      const attributes = {
        'tally.job': jobId,
        'tally.attempt': attempt,
        'tally.worker': worker,
        'tally.engine': engine,
      };
      if (outcome === 'done') traces.add({ statementId, parentId: spanId, name: 'result', startMs: provenMs, endMs });
      traces.add({ statementId, spanId, name: 'lease', startMs, endMs, attributes, error });
    },
  };
}

type Work = { readonly circuit: Circuit; readonly job: LeasedJob; readonly mine: Held };

async function proveJob(context: WorkContext, { circuit, job, mine }: Work): Promise<Proven> {
  const keys = await context.programs.keysOf(circuit, job.keyId);
  const input = await openInput(context, circuit, job);
  context.onStep('opened', job.lease.jobId);
  const deadlineMs = Math.max(1, Math.min(context.deadlineMs, job.leftMs ?? context.deadlineMs));
  const { signal } = mine.controller;
  return context.prover.prove({ id: job.lease.jobId, circuit, keys, input }, { signal, deadlineMs });
}

/** The private input, which is readable in this process only and only while it works on the job. */
async function openInput({ link }: WorkContext, circuit: Circuit, { lease, sealedInput }: LeasedJob): Promise<Values> {
  const { tenant, jobId } = lease;
  const keys = await link.use(({ store, kek }) => store.transaction(tenant, (tx) => tenantKeys(tx, kek, tenant)));
  const bytes = unseal(keys, { table: 'jobs', row: jobId }, sealedInput);
  return Input.parse(circuit.signals, Json.parse(new TextDecoder().decode(bytes), `the input of ${jobId}`));
}

/** The result, the journal's entry and the end of the delivery: all of it or nothing. */
async function acceptProven(
  { link, journalOf, onStep }: WorkContext,
  { mine, proven, cost }: { readonly mine: Held; readonly proven: Proven; readonly cost: AttemptCost },
): Promise<void> {
  const { lease, delivery } = mine;
  const { programId, keyId, statementId } = proven;
  const journal = await journalOf(lease.tenant);
  await link.use(({ store, queue }) =>
    store.transaction(lease.tenant, async (tx) => {
      const isNew = await accept(tx, { lease, result: proven, cost });
      await queue.settle(tx, delivery);
      if (isNew) {
        const event = { kind: 'job.proven', jobId: `0x${lease.jobId}`, programId, keyId, statementId } as const;
        await append(tx, journal, { events: [event], timeMs: Date.now() });
      }
      onStep('committing', lease.jobId);
    }),
  );
}

type Failure = {
  readonly program: QueuedProgram;
  readonly job: LeasedJob;
  readonly mine: Held;
  readonly error: unknown;
  readonly cost: AttemptCost;
};

/** The end of an attempt that came to nothing: the job goes back, waits for its next attempt, or is dead. */
async function giveUp({ link, onStep }: WorkContext, { program, job, mine, error, cost }: Failure): Promise<Outcome> {
  const { lease, delivery, controller } = mine;
  const { tenant, jobId } = lease;
  if (error instanceof TallyError && error.code.startsWith('store_')) throw error;
  const { aborted, reason } = controller.signal;
  if (error instanceof LeaseLostError || (aborted && reason instanceof LeaseLostError)) {
    // Cancelled, or with another: where the delivery is still ours nobody else needs it.
    await link.use(({ store, queue }) => store.transaction(tenant, (tx) => queue.settle(tx, delivery)));
    return 'lost';
  }
  const known = error instanceof TallyError ? error : new WorkerFailedError('the attempt failed', { cause: error });
  const message = { tenant, jobId, priority: job.priority };
  try {
    const outcome = await link.use(({ store, queue }) =>
      store.transaction(tenant, async (tx): Promise<Outcome> => {
        const failed = { code: known.code, retryable: known.retryable, cost, random: Math.random() };
        const delayMs = aborted ? await release(tx, lease).then(() => 0) : await fail(tx, lease, failed);
        await queue.settle(tx, delivery);
        if (delayMs !== undefined) await queue.send(tx, program, [{ ...message, delayMs }]);
        if (aborted) return 'released';
        return delayMs === undefined ? 'dead' : 'failed';
      }),
    );
    onStep('failed', jobId);
    return outcome;
  } catch (late) {
    if (late instanceof LeaseLostError) return 'lost';
    throw late;
  }
}
