import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { CancelledError, TallyError } from '../errors.ts';
import { type Asked, enqueue } from '../jobs/enqueue.ts';
import type { Message, QueuedProgram } from '../jobs/queue.ts';
import { beginRun, type NewRun } from '../jobs/runs.ts';
import { append } from '../journal/append.ts';
import { Input } from '../model/Input.ts';
import { Job } from '../model/Job.ts';
import type { JournalEvent } from '../model/JournalEntry.ts';
import { Json } from '../model/Json.ts';
import { Statement } from '../model/Statement.ts';
import { seal, type TenantKeys } from '../store/sealing.ts';
import { tenantKeys } from '../store/tenants.ts';
import { findPlace } from './findPlace.ts';
import { type JobsSession, withJobs } from './openJobs.ts';
import { planStatements, purposeOf, type StatementPlace } from './planStatements.ts';
import { type Prepared, prepare } from './prepare.ts';
import { type InputLine, readInputLines } from './readInputLines.ts';
import type { Toolbox } from './toolbox.ts';

export type StartRunOptions = {
  readonly runId: string;
  readonly name: string;
  readonly size?: string | undefined;
  readonly key?: string | undefined;
  /** An NDJSON file of `{"id", "input"}`. */
  readonly inputs: string;
  /** Where lines go that were not taken in; the file is only there when there are any. */
  readonly errors: string;
  readonly stream: number;
  readonly window: number;
  readonly deadlineMs?: number | undefined;
  /** Told before and after each batch is committed. */
  readonly onStep?: ((step: 'batch.written' | 'batch.committed') => void) | undefined;
};

export type StartedRun = {
  readonly runId: string;
  readonly programId: string;
  readonly keyId: string;
  /** Ids that the run has now from this file. */
  readonly taken: number;
  /** Jobs that are new in the queue; the others are done, or being done, already. */
  readonly added: number;
  /** Lines that were not taken in; the file of errors names each. */
  readonly refused: number;
  readonly errors: string | undefined;
};

/** Rows of one transaction: enough to be quick, few enough not to keep the journal from others. */
const batchLines = 250;

/**
 * Takes in a run: each line of a file becomes a job, sealed and in the queue once this comes back. A run that was cut
 * short, or refused because the queue was full, is started again with the same name and goes on; nothing is done twice.
 * @throws RunConflictError, JobsFullError, BudgetError, InputFileError, the errors of `prepare` and of the store
 */
export async function startRun(toolbox: Toolbox, options: StartRunOptions): Promise<StartedRun> {
  const prepared = await prepare(toolbox, options);
  const place = await findPlace(toolbox, options);
  return withJobs(toolbox, async (session) => {
    const keys = await session.store.transaction(session.tenant, (tx) => tenantKeys(tx, session.kek, session.tenant));
    const errors = createErrorFile(options.errors);
    try {
      const counts = await takeAll({ toolbox, options, prepared, place, session, keys, errors });
      const { programId, keyId } = newRun({ options, prepared, place });
      return {
        runId: options.runId,
        programId,
        keyId,
        ...counts,
        errors: counts.refused > 0 ? options.errors : undefined,
      };
    } finally {
      await errors.close();
    }
  });
}

type Intake = {
  readonly toolbox: Toolbox;
  readonly options: StartRunOptions;
  readonly prepared: Prepared;
  readonly place: StatementPlace | undefined;
  readonly session: JobsSession;
  readonly keys: TenantKeys;
  readonly errors: ErrorFile;
};

async function takeAll(intake: Intake): Promise<Pick<StartedRun, 'taken' | 'added' | 'refused'>> {
  const { toolbox, options } = intake;
  const label = `run ${options.runId}`;
  let counts = { taken: 0, added: 0, refused: 0 };
  let batch: InputLine[] = [];
  const flush = async () => {
    const more = await takeBatch(intake, batch);
    batch = [];
    counts = {
      taken: counts.taken + more.taken,
      added: counts.added + more.added,
      refused: counts.refused + more.refused,
    };
    toolbox.onProgress({ label, note: `${counts.taken} taken in` });
  };
  for await (const line of readInputLines(options.inputs)) {
    if (toolbox.signal.aborted) throw new CancelledError('the run was not taken in to its end', { at: options.runId });
    batch.push(line);
    if (batch.length === batchLines) await flush();
  }
  await flush();
  toolbox.onProgress({ label, finished: true, note: `${counts.taken} taken in, ${counts.added} new` });
  return counts;
}

async function takeBatch(intake: Intake, lines: readonly InputLine[]) {
  const { session, options, prepared, toolbox, errors } = intake;
  const { store, queue, journal, tenant } = session;
  const asked: Asked[] = [];
  let refused = 0;
  const refuse = (line: number, id: string | undefined, error: TallyError) => {
    refused++;
    errors.write({ line, id, code: error.code, message: error.shortMessage, at: error.at });
  };
  for (const line of lines) {
    const outcome = plan(intake, line);
    if (outcome instanceof TallyError) refuse(line.line, 'raw' in line ? line.raw.id : undefined, outcome);
    else asked.push(outcome);
  }
  const { circuit } = prepared;
  const program: QueuedProgram = { computation: circuit.name, size: circuit.size, programId: circuit.programId };
  const { messages, conflicts } = await store.transaction(tenant, async (tx) => {
    const run = await beginRun(tx, tenant, newRun(intake));
    const enqueued = await enqueue(tx, { run, asked, limits: toolbox.config.jobs });
    if (enqueued.messages.length > 0) await queue.send(tx, program, enqueued.messages);
    const events = enqueued.messages.map(
      ({ jobId }): JournalEvent => ({ kind: 'job.accepted', jobId: `0x${jobId}`, programId: circuit.programId }),
    );
    await append(tx, journal, { events, timeMs: Date.now() });
    options.onStep?.('batch.written');
    return enqueued;
  });
  options.onStep?.('batch.committed');
  traceIntake(intake, { asked, messages });
  for (const { asked: job, error } of conflicts) refuse(job.line, job.callerKey, error);
  return { taken: asked.length - conflicts.length, added: messages.length, refused };
}

/** The root of each job's trace, as of when it was taken in. */
function traceIntake(
  { toolbox: { traces }, options, prepared: { circuit } }: Intake,
  { asked, messages }: { readonly asked: readonly Asked[]; readonly messages: readonly Message[] },
): void {
  if (!traces) return;
  const now = Date.now();
  const added = new Set(messages.map(({ jobId }) => jobId));
  for (const { jobId, statementId } of asked.filter((job) => added.has(job.jobId))) {
    const attributes = {
      ...{ 'tally.run': options.runId, 'tally.job': jobId, 'tally.program': circuit.programId },
      ...{ 'tally.computation': circuit.name, 'tally.size': circuit.size },
    };
    traces.add({ statementId, parentId: null, name: 'job', startMs: now, endMs: now, attributes });
  }
}

/** A line as a job whose input only a worker can read, or why it is none. */
function plan({ prepared, place, keys }: Intake, line: InputLine): Asked | TallyError {
  if ('error' in line) return line.error;
  try {
    const { circuit } = prepared;
    const [planned] = planStatements(prepared, { inputs: [line.raw], place });
    const { input } = planned as NonNullable<typeof planned>;
    const { programId } = circuit;
    const jobId = Job.id({ tenantKey: keys.jobIds, programId, input });
    return {
      ...{ callerKey: line.raw.id, jobId, line: line.line },
      statementId: Statement.id({ programId, signals: Input.publicSignals(circuit.signals, input) }),
      sealedInput: seal(keys, { table: 'jobs', row: jobId }, Buffer.from(Json.canonical(input))),
    };
  } catch (error) {
    if (error instanceof TallyError) return error;
    throw error;
  }
}

function newRun({ options, prepared, place }: Pick<Intake, 'options' | 'prepared' | 'place'>): NewRun {
  const { circuit, keys } = prepared;
  const { keyClass } = keys.verifyingKey;
  const purpose = place && purposeOf(place);
  return {
    ...{ runId: options.runId, programId: circuit.programId, keyId: keys.keyId, deadlineMs: options.deadlineMs },
    subject: { computation: circuit.name, size: circuit.size, keyClass, purpose },
  };
}

type ErrorFile = { readonly write: (line: object) => void; readonly close: () => Promise<void> };

/** Begins with the first error: without one there is no file, and none of an earlier run either. */
function createErrorFile(path: string): ErrorFile {
  let stream: WriteStream | undefined;
  return {
    write: (line) => {
      stream ??= createWriteStream(path);
      stream.write(`${Json.stringify(line)}\n`);
    },
    close: async () => {
      if (!stream) return rm(path, { force: true });
      stream.end();
      await finished(stream);
    },
  };
}
