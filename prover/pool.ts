/**
 * @module A fixed number of worker threads (piscina), each with one job at a time. A job that is cancelled or passes its
 * deadline loses its thread, because a computation in WebAssembly or native code cannot be asked to stop; so does one
 * whose thread dies. The thread is replaced, and failures that may pass are tried again.
 */
import { Piscina } from 'piscina';
import {
  CancelledError,
  DeadlineError,
  InputTypeError,
  InternalError,
  TallyError,
  WorkerLostError,
  WorkerMemoryError,
} from '../src/errors.ts';
import { Board } from './board.ts';
import { createLending, type Lending } from './lending.ts';
import { createSlots } from './slots.ts';
import { type Done, Failure, type Help, Outcome, type Task } from './task.ts';

export type PoolOptions = {
  readonly threads: number;
  /** See `Task.keptMax`. */
  readonly keptMax: number;
  /** Jobs that wait for a thread; more are refused. */
  readonly queueMax: number;
  readonly attemptsMax: number;
  /** Bound of each worker's JavaScript heap; keys and witnesses lie outside it. */
  readonly heapBytesMax: number;
};

export type RunOptions = {
  readonly signal?: AbortSignal | undefined;
  /** From the moment a worker takes the job, over all attempts. */
  readonly deadlineMs: number;
};

export type PoolStats = {
  readonly threads: number;
  readonly running: number;
  readonly waiting: number;
  readonly done: number;
  readonly failed: number;
  /** Threads that were ended or died and were replaced. */
  readonly replaced: number;
};

/** Prepares a task when its turn has come, for each attempt; the signal aborts it like the task itself. */
export type MakeTask = (signal: AbortSignal) => Promise<Omit<Task, 'board'>>;

export type Pool = {
  /** @throws QueueFullError, CancelledError, DeadlineError, WorkerLostError and all that a job can fail with */
  readonly run: (makeTask: MakeTask, options: RunOptions) => Promise<Done & { waitMs: number; attempts: number }>;
  readonly stats: () => PoolStats;
  /** Cancels what waits or runs; no thread is left afterwards. */
  readonly close: () => Promise<void>;
};

/** What a worker makes and forgets is small; more would only be collected later. */
const youngBytesMax = 4 * 2 ** 20;

export function createPool({ threads, keptMax, queueMax, attemptsMax, heapBytesMax }: PoolOptions): Pool {
  const slots = createSlots({ count: threads, waitingMax: queueMax });
  const workers = startWorkers(threads, heapBytesMax);
  const lending = createLending({
    threads,
    busy: () => slots.stats().taken,
    send: (help) => workers.help({ kind: 'help', keptMax, ...help }),
  });
  const closing = new AbortController();
  const counts = { done: 0, failed: 0 };

  const work = async (makeTask: MakeTask, { signal, deadlineMs }: RunOptions) => {
    const called = performance.now();
    const { controller, unlink } = linkSignals(closing.signal, signal);
    try {
      const release = await slots.take(controller.signal);
      const waitMs = performance.now() - called;
      lending.reclaim();
      const deadline = setTimeout(() => controller.abort(deadlineError(deadlineMs)), deadlineMs);
      try {
        const tools = { workers, lending, attemptsMax };
        return { ...(await tryRepeatedly(tools, makeTask, controller.signal)), waitMs };
      } finally {
        clearTimeout(deadline);
        release();
        lending.lend();
      }
    } finally {
      unlink();
    }
  };

  return {
    run: async (makeTask, options) => {
      try {
        const done = await work(makeTask, options);
        counts.done++;
        return done;
      } catch (error) {
        counts.failed++;
        throw error;
      }
    },
    stats: () => {
      const { taken, waiting } = slots.stats();
      return { threads, running: taken, waiting, ...counts, replaced: workers.replaced() };
    },
    close: async () => {
      closing.abort(new CancelledError('the prover is closed'));
      await workers.close();
    },
  };
}

type Workers = {
  readonly run: (task: Task, signal: AbortSignal) => Promise<unknown>;
  readonly help: (help: Help) => Promise<unknown>;
  readonly replaced: () => number;
  readonly close: () => Promise<void>;
};

function startWorkers(threads: number, heapBytesMax: number): Workers {
  // Source files end in .ts, those of an installed package in .js.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const piscina = new Piscina({
    filename: new URL(`./worker.${extension}`, import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    // The environment may hold the operator's key, which is no business of a witness calculator or an engine.
    env: {},
    resourceLimits: {
      maxOldGenerationSizeMb: Math.ceil(heapBytesMax / 2 ** 20),
      maxYoungGenerationSizeMb: youngBytesMax / 2 ** 20,
    },
  });
  let replaced = 0;
  let isClosing = false;
  const stranded = new Set<AbortController>();
  piscina.on('workerDestroy', () => {
    if (isClosing) return;
    replaced++;
    // A thread that cannot even start is not replaced by piscina, and then its tasks would wait for ever.
    queueMicrotask(() => {
      if (piscina.threads.length > 0) return;
      for (const controller of stranded) controller.abort(lostError('no worker thread starts'));
    });
  });
  // A thread that dies without a job is already replaced and counted.
  piscina.on('error', () => {});
  return {
    run: async (task, signal) => {
      const controller = new AbortController();
      stranded.add(controller);
      const either = AbortSignal.any([signal, controller.signal]);
      try {
        return await piscina.run(task, { signal: either });
      } catch (error) {
        throw either.aborted ? either.reason : toTallyError(error);
      } finally {
        stranded.delete(controller);
      }
    },
    help: (help) => piscina.run(help),
    replaced: () => replaced,
    close: async () => {
      isClosing = true;
      await piscina.destroy();
    },
  };
}

type Tools = { readonly workers: Workers; readonly lending: Lending; readonly attemptsMax: number };

async function tryRepeatedly(
  tools: Tools,
  makeTask: MakeTask,
  signal: AbortSignal,
): Promise<Done & { attempts: number }> {
  for (let attempt = 1; ; attempt++) {
    const failure = await tryOnce(tools, makeTask, signal);
    if (failure.ok) return { ...failure.done, attempts: attempt };
    const { error } = failure;
    if (signal.aborted || !error.retryable) throw error;
    if (attempt >= tools.attemptsMax) throw Failure.toError(Failure.from(error), [`attempts: ${attempt}`]);
  }
}

type Tried = { readonly ok: true; readonly done: Done } | { readonly ok: false; readonly error: TallyError };

async function tryOnce({ workers, lending }: Tools, makeTask: MakeTask, signal: AbortSignal): Promise<Tried> {
  const board = Board.create();
  let unfollow = () => {};
  try {
    const task = await makeTask(signal);
    unfollow = lending.follow(board, task.engine);
    const outcome = Outcome.parse(await workers.run({ ...task, board }, signal));
    return outcome.ok ? outcome : { ok: false, error: Failure.toError(outcome.failure) };
  } catch (error) {
    if (error instanceof TallyError) return { ok: false, error };
    throw error;
  } finally {
    unfollow();
  }
}

/** What piscina and Node say when a thread is gone or a task cannot be sent. */
function toTallyError(error: unknown): TallyError {
  if (error instanceof TallyError) return error;
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'DataCloneError') return new InputTypeError('the input holds something that is not plain data');
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new WorkerMemoryError('a worker ran out of memory', { remedy: 'raise the limit of a worker, or use fewer' });
  }
  if (error instanceof Error) return lostError(`its thread ended (${code ?? name ?? 'without a reason'})`);
  return new InternalError('a worker failed without an error');
}

function lostError(why: string): WorkerLostError {
  return new WorkerLostError(`a worker was lost in the middle of a job: ${why}`);
}

function deadlineError(deadlineMs: number): DeadlineError {
  return new DeadlineError(`the job did not finish within ${deadlineMs} ms; its worker was ended`, {
    remedy: 'allow more time, or use a faster engine',
  });
}

/**
 * A controller that aborts with a `CancelledError` when the caller does, and with its own reason when the pool does. Both
 * signals may serve thousands of jobs: derived ones do not count as listeners, of which Node would warn, and `unlink`
 * lets them go.
 */
function linkSignals(closing: AbortSignal, caller: AbortSignal | undefined) {
  const controller = new AbortController();
  const either = AbortSignal.any(caller ? [closing, caller] : [closing]);
  const halt = () =>
    controller.abort(
      closing.aborted ? closing.reason : new CancelledError('the job was cancelled', { cause: caller?.reason }),
    );
  if (either.aborted) halt();
  either.addEventListener('abort', halt, { once: true });
  return { controller, unlink: () => either.removeEventListener('abort', halt) };
}
