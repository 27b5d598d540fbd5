/** @module Spreads multiplications of the generators over threads; scalars and points lie in shared memory. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CancelledError, WorkerFailedError } from '../../src/errors.ts';
import { chooseEngine } from '../engines/choose.ts';
import { loadCurve } from '../snarkjsRuntime.ts';
import { batchPoints, type GroupName, windowBitsFor } from './fixedBase.ts';

/** Points to compute: `output[i]` = scalars[i]·G. Both views lie in shared memory. */
export type Multiples = {
  readonly group: GroupName;
  readonly count: number;
  readonly scalars: Uint8Array;
  readonly output: Uint8Array;
};

type Progress = { readonly done: number; readonly total: number; readonly label: string };

export type MultiplesOptions = {
  /** At most so many threads; by default as many as the machine runs at once. */
  readonly threadsMax?: number | undefined;
  /** Called about five times a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** What a worker thread is started with. */
export type WorkerTask = {
  readonly code: Uint8Array;
  readonly multiples: readonly Multiples[];
  readonly windowBits: Readonly<Record<GroupName, number>>;
  /** The native kernel's backend to use, and how many points of each group a thread will have, where there is one. */
  readonly kernel: { readonly backend: string; readonly points: Readonly<Record<GroupName, number>> } | undefined;
  /** Word 0: the next batch to take. Word 1: how many points are done. */
  readonly counters: Int32Array;
};

const progressEveryMs = 200;

/**
 * Computes all multiples. The result does not depend on the number of threads.
 * @throws CancelledError when `signal` aborts, WorkerFailedError when a thread fails
 */
export async function computeMultiples(multiples: readonly Multiples[], options: MultiplesOptions = {}): Promise<void> {
  const { onProgress, signal, threadsMax = availableParallelism() } = options;
  checkNotAborted(signal);
  const points = { g1: countPoints(multiples, 'g1'), g2: countPoints(multiples, 'g2') };
  const total = points.g1 + points.g2;
  const threads = Math.max(1, Math.min(threadsMax, Math.ceil(total / (2 * batchPoints))));
  const counters = new Int32Array(new SharedArrayBuffer(8));
  const task: WorkerTask = {
    code: await curveCode(),
    multiples,
    windowBits: { g1: windowBitsFor(points.g1 / threads), g2: windowBitsFor(points.g2 / threads) },
    counters,
    kernel: kernelFor(points.g1 / threads, points.g2 / threads),
  };
  const report = () => onProgress?.({ done: Atomics.load(counters, 1), total, label: 'points of the key' });
  const timer = setInterval(report, progressEveryMs);
  // With the counter beyond the last batch, each thread ends after the batch that it is at.
  const stop = () => Atomics.store(counters, 0, 2 ** 30);
  signal?.addEventListener('abort', stop);
  try {
    await Promise.all(Array.from({ length: threads }, () => runWorker(task, stop)));
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
  }
  checkNotAborted(signal);
  report();
}

/** The native kernel, where there is one that works. */
function kernelFor(g1: number, g2: number): WorkerTask['kernel'] {
  const [engine, backend] = chooseEngine().name.split(':');
  return engine === 'native' && backend !== undefined ? { backend, points: { g1, g2 } } : undefined;
}

/** @throws CancelledError */
export function checkNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError('the set-up was cancelled', { cause: signal.reason });
}

function countPoints(multiples: readonly Multiples[], group: GroupName): number {
  return multiples.filter((item) => item.group === group).reduce((sum, { count }) => sum + count, 0);
}

/** The curve's WebAssembly module. Workers get it as bytes, since the library cannot be imported there. */
async function curveCode(): Promise<Uint8Array> {
  const { tm } = await loadCurve();
  return tm.code;
}

function runWorker(task: WorkerTask, stopOthers: () => void): Promise<void> {
  // Sources run as TypeScript, the packed project as JavaScript.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const url = new URL(`./multiplesWorker.${extension}`, import.meta.url);
  // Flags of the parent such as --input-type would keep the thread from starting.
  const worker = new Worker(url, { workerData: task, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.once('error', (cause) => {
      stopOthers();
      reject(new WorkerFailedError('a thread of the set-up failed', { cause }));
    });
    worker.once('exit', (code) => {
      if (code === 0) return resolve();
      stopOthers();
      reject(new WorkerFailedError(`a thread of the set-up ended with code ${code}`));
    });
  });
}
