/**
 * @module Processes that calculate witnesses, as many as are asked for at the same time, kept for the next. One that is
 * cancelled, passes its job's deadline or its memory bound is killed, and nothing else with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InternalError, type TallyError, WorkerLostError, WorkerMemoryError } from '../src/errors.ts';
import type { Circuit } from '../src/model/Circuit.ts';
import { Failure } from './task.ts';
import type { WitnessAnswer, WitnessMessage } from './witnessChild.ts';

export type CalculatedWitness = { readonly witness: Uint8Array; readonly witnessMs: number; readonly cpuMs: number };

export type WitnessProcesses = {
  /**
   * The witness of a private input.
   * @param signal its reason is thrown when it aborts
   * @throws what `calculateWitness` throws, WorkerMemoryError, WorkerLostError
   */
  readonly calculate: (
    request: { readonly circuit: Circuit; readonly input: unknown },
    signal: AbortSignal,
  ) => Promise<CalculatedWitness>;
  readonly close: () => void;
};

/** How often the memory of a busy process is looked at: it takes some 100 MB in that time. */
const watchMs = 50;

/** @param keptMax circuits that each process keeps @param bytesMax resident memory that each may take */
export function createWitnessProcesses(limits: {
  readonly keptMax: number;
  readonly bytesMax: number;
}): WitnessProcesses {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  const take = (): ChildProcess => {
    const waiting = idle.pop();
    if (waiting) return waiting;
    const child = start();
    all.add(child);
    child.once('exit', () => {
      all.delete(child);
      if (idle.includes(child)) idle.splice(idle.indexOf(child), 1);
    });
    return child;
  };
  return {
    calculate: async ({ circuit, input }, signal) => {
      signal.throwIfAborted();
      const started = performance.now();
      const child = take();
      const { name, signals, wires, publicCount, wasm } = circuit;
      const message: WitnessMessage = { circuit: { name, signals, wires, publicCount, wasm }, input, ...limits };
      const answer = await ask(child, message, signal);
      if (!answer.ok) {
        // Whatever went wrong in there, the next job starts with a clean process.
        child.kill('SIGKILL');
        throw Failure.toError(answer.failure);
      }
      idle.push(child);
      return { witness: answer.witness, witnessMs: performance.now() - started, cpuMs: answer.cpuMs };
    },
    close: () => {
      for (const child of all) child.kill('SIGKILL');
    },
  };
}

function start(): ChildProcess {
  // Source files end in .ts, those of an installed package in .js.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(fileURLToPath(new URL(`./witnessChild.${extension}`, import.meta.url)), {
    serialization: 'advanced',
    // The environment may hold the operator's key, and what a circuit logs may be private.
    env: {},
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.unref();
  child.channel?.unref();
  return child;
}

/** One question, one answer; whoever gives up kills the process. */
function ask(child: ChildProcess, message: WitnessMessage, signal: AbortSignal): Promise<WitnessAnswer> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void) => {
      clearInterval(watch);
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onExit);
      signal.removeEventListener('abort', onAbort);
      child.channel?.unref();
      end();
    };
    const giveUp = (error: unknown) => {
      child.kill('SIGKILL');
      finish(() => reject(error));
    };
    const onMessage = (answer: unknown) =>
      isAnswer(answer)
        ? finish(() => resolve(answer))
        : giveUp(new InternalError('a witness process answered nonsense'));
    const onExit = () => giveUp(new WorkerLostError('the process that calculates witnesses ended by itself'));
    const onAbort = () => giveUp(signal.reason);
    const watch = setInterval(() => {
      void residentBytes(child.pid).then((bytes) => {
        if (bytes > message.bytesMax) giveUp(memoryError(message.bytesMax));
      });
    }, watchMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onExit);
    signal.addEventListener('abort', onAbort, { once: true });
    child.channel?.ref();
    child.send(message, (error) => error && onExit());
  });
}

function isAnswer(answer: unknown): answer is WitnessAnswer {
  const given = answer as WitnessAnswer | undefined;
  return given?.ok === true ? given.witness instanceof Uint8Array : typeof given?.failure?.name === 'string';
}

/** Linux tells at once; elsewhere the bound holds when the calculation ends, and its deadline in any case. */
async function residentBytes(pid: number | undefined): Promise<number> {
  if (process.platform !== 'linux' || pid === undefined) return 0;
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

function memoryError(bytesMax: number): TallyError {
  return new WorkerMemoryError(
    `a witness calculation took more than ${Math.round(bytesMax / 2 ** 20)} MiB; it was ended`,
    {
      remedy: 'look at the circuit: circom’s own calculators never grow',
    },
  );
}
