/**
 * @module Everything between (circuit, keys, input) and a checked proof. A prover is a pool of threads; it knows neither
 * database nor chain, and only public things come out of it.
 */
import { availableParallelism } from 'node:os';
import { UsageError } from '../src/errors.ts';
import type { Circuit } from '../src/model/Circuit.ts';
import type { Job } from '../src/model/Job.ts';
import type { Proven } from '../src/model/Proven.ts';
import { Statement } from '../src/model/Statement.ts';
import { chooseEngine, shareKeyAt } from './engines/choose.ts';
import type { ShareKey } from './engines/engine.ts';
import { createKeyStore } from './keyStore.ts';
import { createPool, type PoolStats } from './pool.ts';
import type { TaskSource } from './task.ts';
import { createWitnessProcesses } from './witnessProcesses.ts';

/** With less, V8 cannot set up a thread, and then ends the whole process. */
const heapBytesMin = 8 * 2 ** 20;

export type ProverOptions = {
  /** Jobs that are proven at the same time; the processors that are there by default. */
  readonly threads?: number | undefined;
  /** Jobs that may wait for a thread; four per thread by default. */
  readonly queueMax?: number | undefined;
  /** For a job from the moment a worker takes it, over all attempts; ten minutes by default. */
  readonly deadlineMs?: number | undefined;
  /** Tries of a job whose failure may pass, such as a lost worker; three by default. */
  readonly attemptsMax?: number | undefined;
  /** Bound of each worker's JavaScript heap, two GiB by default; keys and witnesses lie outside it. */
  readonly heapBytesMax?: number | undefined;
  /** Proving keys and circuits that stay loaded; four of each by default. */
  readonly keptMax?: number | undefined;
  /** An engine's name or its module; the fastest that works here by default. */
  readonly engine?: string | URL | undefined;
  /**
   * Where witnesses are calculated: in the worker's thread (the default), or in processes of their own, one per thread,
   * which can be killed without anything else, and are when they take too long or too much memory.
   */
  readonly witness?: 'thread' | 'process' | undefined;
  /** Bound of the memory of a witness process, two GiB by default. */
  readonly witnessBytesMax?: number | undefined;
};

export type ProveOptions = { readonly signal?: AbortSignal | undefined; readonly deadlineMs?: number | undefined };

/** A job whose witness was calculated elsewhere: `wtns` is the content of a `.wtns` file. Private like an input. */
export type WitnessJob = Omit<Job, 'input'> & { readonly wtns: Uint8Array };

export type Prover = {
  /**
   * Proves one job: validates its input, calculates the witness, proves and verifies, all inside a worker.
   * @throws the input errors, UnsatisfiedError, the artifact errors, UnsafeKeyError, QueueFullError, DeadlineError,
   * CancelledError, WorkerLostError, WorkerMemoryError, WorkerFailedError, SelfCheckError
   */
  readonly prove: (job: Job, options?: ProveOptions) => Promise<Proven>;
  /** Proves a given witness after checking its form, its length and every constraint. @throws as `prove` */
  readonly proveWitness: (job: WitnessJob, options?: ProveOptions) => Promise<Proven>;
  readonly stats: () => PoolStats;
  /** Cancels what waits or runs, ends all threads and gives up the keys. */
  readonly close: () => Promise<void>;
};

/**
 * Starts a prover. Close it when done: until then its threads stay.
 * @throws UsageError when a number is not a positive integer, the heap is too small, or there is no such engine
 * @example
 * const prover = createProver({ threads: 2 });
 * const { statementId, proof } = await prover.prove({ id: '1', circuit, keys, input: { context: 0n, y: 9n, x: 3n } });
 * await prover.close();
 */
export function createProver(options: ProverOptions = {}): Prover {
  const threads = positive('threads', options.threads ?? availableParallelism());
  const keptMax = positive('keptMax', options.keptMax ?? 4);
  const deadlineMsDefault = positive('deadlineMs', options.deadlineMs ?? 600_000);
  const { engine, shareKey } = engineOf(options.engine);
  const store = createKeyStore({ keptMax, shareKey });
  const pool = createPool({
    threads,
    keptMax,
    queueMax: options.queueMax ?? 4 * threads,
    attemptsMax: positive('attemptsMax', options.attemptsMax ?? 3),
    heapBytesMax: heapLimit(options.heapBytesMax ?? 2 * 2 ** 30),
  });

  const processes =
    options.witness === 'process'
      ? createWitnessProcesses({
          keptMax,
          bytesMax: positive('witnessBytesMax', options.witnessBytesMax ?? 2 * 2 ** 30),
        })
      : undefined;

  const run = async (job: Omit<Job, 'input'>, prepare: () => Promise<MakeSource>, options: ProveOptions) => {
    const { circuit, keys } = job;
    const deadlineMs = positive('deadlineMs', options.deadlineMs ?? deadlineMsDefault);
    // Before the job's time begins: what is loaded serves the jobs after it, too.
    const makeSource = await prepare();
    const { zkey, release } = await store.loadKey(circuit, keys);
    const task = {
      ...{ engine, keptMax, circuit: pickCircuit(circuit), verifyingKey: keys.verifyingKey },
      provingKey: { sha256: keys.provingKey.sha256, zkey },
    };
    const makeTask = async (signal: AbortSignal) => ({ ...task, source: await makeSource(signal) });
    const { signals, proof, ...timing } = await pool
      .run(makeTask, { signal: options.signal, deadlineMs })
      .finally(release);
    const { programId } = circuit;
    const { keyId, verifyingKey } = keys;
    const statementId = Statement.id({ programId, signals });
    return { id: job.id, programId, keyId, keyClass: verifyingKey.keyClass, statementId, signals, proof, timing };
  };

  return {
    prove: (job, options = {}) => run(job, () => inputSource(job), options),
    proveWitness: (job, options = {}) =>
      run(job, async () => async () => ({ kind: 'witness', wtns: job.wtns }), options),
    stats: pool.stats,
    close: async () => {
      await pool.close();
      processes?.close();
      await store.clear();
    },
  };

  async function inputSource({ circuit, input }: Job): Promise<MakeSource> {
    if (processes) {
      return async (signal) => ({ kind: 'calculated', ...(await processes.calculate({ circuit, input }, signal)) });
    }
    const module = await store.loadModule(circuit);
    return async () => ({ kind: 'input', input, sha256: circuit.wasm.sha256, module });
  }
}

type MakeSource = (signal: AbortSignal) => Promise<TaskSource>;

function pickCircuit({ name, signals, wires, publicCount, r1cs, sym }: Circuit) {
  return { name, signals, wires, publicCount, r1cs, sym };
}

function engineOf(engine: string | URL | undefined): { engine: string; shareKey: ShareKey | undefined } {
  if (engine instanceof URL) return { engine: engine.href, shareKey: shareKeyAt(engine) };
  const { url, shareKey } = chooseEngine(engine);
  return { engine: url.href, shareKey };
}

function heapLimit(bytes: number): number {
  if (positive('heapBytesMax', bytes) >= heapBytesMin) return bytes;
  throw new UsageError(`heapBytesMax must be at least ${heapBytesMin}, got ${bytes}`);
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`${name} must be a positive integer, got ${value}`);
}
