/**
 * @module A process that calculates witnesses and nothing else, so that a circuit's WebAssembly which does not end, or
 * takes all memory, is ended alone. Requests come and answers go over the channel to its parent; when the parent is gone,
 * so is this process, even if its calculation does not end.
 */
import { Worker } from 'node:worker_threads';
import { WorkerMemoryError } from '../src/errors.ts';
import type { Circuit } from '../src/model/Circuit.ts';
import { calculateWitness } from './calculate.ts';
import { readPinned } from './pinned.ts';
import { createRecent } from './recent.ts';
import { Failure } from './task.ts';
import { compileWitnessModule, type WitnessCalculator } from './witness.ts';

/** What the parent sends. */
export type WitnessMessage = {
  readonly circuit: Pick<Circuit, 'name' | 'signals' | 'wires' | 'publicCount' | 'wasm'>;
  readonly input: unknown;
  /** Calculators that are kept from call to call. */
  readonly keptMax: number;
  /** More memory than this is never taken for one circuit, even where it is not written to. */
  readonly bytesMax: number;
};

/** What comes back. */
export type WitnessAnswer =
  | { readonly ok: true; readonly witness: Uint8Array; readonly cpuMs: number }
  | { readonly ok: false; readonly failure: Failure };

let calculators: ReturnType<typeof createRecent<WitnessCalculator>> | undefined;

process.on('message', (message: WitnessMessage) => void answer(message).then((reply) => process.send?.(reply)));
process.on('disconnect', () => process.exit());
outliveNobody();

async function answer({ circuit, input, keptMax, bytesMax }: WitnessMessage): Promise<WitnessAnswer> {
  calculators ??= createRecent({ max: keptMax });
  const before = process.cpuUsage();
  const { wasm } = circuit;
  const loadModule = async () => compileWitnessModule(await readPinned(wasm), wasm.path);
  try {
    const witness = await calculateWitness({ circuit, input, sha256: wasm.sha256, loadModule }, calculators);
    requireModest(bytesMax);
    const { user, system } = process.cpuUsage(before);
    return { ok: true, witness, cpuMs: (user + system) / 1000 };
  } catch (error) {
    return { ok: false, failure: Failure.from(tooMuch(bytesMax) ?? error) };
  }
}

/** A thread of its own sees that the parent has died while this one is busy: an orphan has another parent. */
function outliveNobody(): void {
  const watch = `setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, 'SIGKILL'), 1000)`;
  new Worker(watch, { eval: true }).unref();
}

function requireModest(bytesMax: number): void {
  const error = tooMuch(bytesMax);
  if (error) throw error;
}

/** WebAssembly's memories count as external to the heap whether or not they are written to. */
function tooMuch(bytesMax: number): WorkerMemoryError | undefined {
  const { external, heapUsed } = process.memoryUsage();
  if (external + heapUsed <= bytesMax) return undefined;
  return new WorkerMemoryError('a witness calculation took more memory than it may');
}
