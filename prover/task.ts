/**
 * @module The messages between the pool and its workers. A task goes in; an outcome comes back as data, because error
 * classes do not survive the way across threads. Both are parsed where they arrive.
 */
import * as errors from '../src/errors.ts';
import { InternalError, TallyError, WorkerFailedError } from '../src/errors.ts';
import type { Circuit } from '../src/model/Circuit.ts';
import { Field } from '../src/model/Field.ts';
import { Proof } from '../src/model/Proof.ts';
import type { VerifyingKey } from '../src/model/VerifyingKey.ts';
import type { Board } from './board.ts';

export type Task = {
  /** URL of the engine's module. */
  readonly engine: string;
  /** How many proving keys and witness calculators a worker keeps. */
  readonly keptMax: number;
  readonly circuit: Pick<Circuit, 'name' | 'signals' | 'wires' | 'publicCount' | 'r1cs' | 'sym'>;
  readonly verifyingKey: VerifyingKey;
  /**
   * The engine has the proving key by its hash already, or its file lies in shared memory: workers read it, nobody
   * writes it.
   */
  readonly provingKey: { readonly sha256: string; readonly zkey: SharedArrayBuffer | undefined };
  /** Where the proof is announced to threads that have nothing to do. */
  readonly board: Board;
  readonly source: TaskSource;
};

/**
 * A private input with the compiled circuit that makes a witness of it, the witness that a process of ours has made of
 * one, or the bytes of a `.wtns` file.
 */
export type TaskSource =
  | { readonly kind: 'calculated'; readonly witness: Uint8Array; readonly witnessMs: number; readonly cpuMs: number }
  | { readonly kind: 'input'; readonly input: unknown; readonly sha256: string; readonly module: WebAssembly.Module }
  | { readonly kind: 'witness'; readonly wtns: Uint8Array };

/** What is sent to a thread that has nothing to do. */
export type Help = { readonly kind: 'help'; readonly engine: string; readonly keptMax: number; readonly board: Board };

/** All that leaves a worker. */
export type Done = {
  readonly signals: readonly bigint[];
  readonly proof: Proof;
  readonly witnessMs: number;
  readonly loadMs: number;
  readonly proveMs: number;
  readonly verifyMs: number;
  /** Processor time of all of this; 0 where it cannot be told. */
  readonly cpuMs: number;
  readonly stages: Readonly<Record<string, number>>;
};

export type Failure = {
  /** The name of a class of `src/errors.ts`. */
  readonly name: string;
  readonly shortMessage: string;
  readonly at: string | undefined;
  readonly details: readonly string[];
  readonly remedy: string | undefined;
};

export type Outcome = { readonly ok: true; readonly done: Done } | { readonly ok: false; readonly failure: Failure };

export const Task = {
  /** @throws InternalError: only this program's own pool sends tasks */
  parse: (message: unknown): Task => {
    const task = message as Task;
    const isSound =
      typeof task?.engine === 'string' &&
      Number.isSafeInteger(task.circuit?.wires) &&
      Array.isArray(task.circuit.signals) &&
      isShared(task.provingKey?.zkey) &&
      task.board instanceof Int32Array &&
      isSource(task.source);
    if (!isSound) throw new InternalError('the worker was sent something that is not a task');
    return task;
  },
} as const;

function isShared(zkey: unknown): boolean {
  return zkey === undefined || zkey instanceof SharedArrayBuffer;
}

function isSource(source: TaskSource | undefined): boolean {
  if (source?.kind === 'calculated') return source.witness instanceof Uint8Array;
  return source?.kind === 'input' || source?.wtns instanceof Uint8Array;
}

export const Outcome = {
  /** @throws InternalError when a worker answers with anything but an outcome */
  parse: (message: unknown): Outcome => {
    const outcome = message as Outcome;
    if (outcome?.ok === false && typeof outcome.failure?.name === 'string') return outcome;
    if (outcome?.ok === true && outcome.done?.signals?.every(Field.is)) {
      Proof.checkCurve(outcome.done.proof);
      return outcome;
    }
    throw new InternalError('a worker answered with something that is not an outcome');
  },
} as const;

export const Failure = {
  /**
   * What may be told of an error. The text of a foreign error may quote private values: only its class and the place
   * that threw it are kept.
   */
  from: (error: unknown): Failure => {
    if (error instanceof TallyError) {
      const { name, shortMessage, at, details, remedy } = error;
      return { name, shortMessage, at, details, remedy };
    }
    const kind = error instanceof Error ? error.name : typeof error;
    const place = error instanceof Error ? placeOf(error) : undefined;
    const shortMessage = `the worker failed with ${kind}`;
    return { name: 'WorkerFailedError', shortMessage, at: place, details: [], remedy: undefined };
  },

  /** The error that a failure stands for. */
  toError: ({ name, shortMessage, at, details, remedy }: Failure, more: readonly string[] = []): TallyError => {
    const known = Object.hasOwn(errors, name) ? (errors as Record<string, unknown>)[name] : undefined;
    const Class = isErrorClass(known) ? known : WorkerFailedError;
    return new Class(shortMessage, { at, details: [...details, ...more], remedy });
  },
} as const;

/** Any class of `src/errors.ts` but the abstract base. */
function isErrorClass(value: unknown): value is typeof WorkerFailedError {
  return typeof value === 'function' && value.prototype instanceof TallyError;
}

/** `file.ts:12:5` of the innermost frame that is a file. */
function placeOf(error: Error): string | undefined {
  return error.stack?.match(/\n\s+at .*?([\w.-]+\.[cm]?[jt]s:\d+:\d+)/)?.[1];
}
