/**
 * @module The four ways in which a circuit is tested, and a fifth: it accepts what it must, it rejects bad input, it
 * rejects forged witnesses, it agrees with its reference on random input, and no wire of it is loose. Each check says
 * what it tried and what it found; a fault names signals and places, never values.
 */
import { setImmediate } from 'node:timers/promises';
import { CancelledError } from '../../src/errors.ts';
import { Computation, type Values } from '../../src/model/Computation.ts';
import type { Example, Examples } from '../../src/model/Examples.ts';
import { type Check, count, type Fault, type Subject } from './check.ts';
import { checkForgeries } from './forgeries.ts';
import { judge } from './judge.ts';
import { checkLooseWires } from './looseCheck.ts';
import { checkRanges } from './ranges.ts';
import { checkReference } from './reference.ts';
import type { System } from './system.ts';

export type ExamineOptions = {
  readonly examples: Examples;
  readonly draw: () => bigint;
  /** Random inputs. */
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly onCheck: (name: Check['name']) => void;
};

/**
 * Runs all checks, in the order of the path of an input.
 * @throws CancelledError, and what the reference throws that is none of its business
 */
export async function examine(
  system: System,
  computation: Computation,
  { examples, draw, runs, signal, onCheck }: ExamineOptions,
): Promise<readonly Check[]> {
  const begin = async (name: Check['name']) => {
    onCheck(name);
    // The checks are plain arithmetic: without a pause Ctrl-C would not be heard.
    await setImmediate();
    if (signal.aborted) throw new CancelledError('the test was cancelled');
  };
  const base = { system, computation, draw };
  await begin('accepts');
  const accepts = checkAccepts(base, examples.accepts);
  await begin('rejects');
  const rejects = checkRejects(base, examples.rejects);
  await begin('reference');
  const reference = await checkReference(base, { runs, pause: () => begin('reference') });
  const subject: Subject = { ...base, good: [...accepts.good, ...reference.good] };
  await begin('ranges');
  const ranges = checkRanges(subject);
  await begin('forged witnesses');
  const forgeries = checkForgeries(subject);
  await begin('loose wires');
  return [accepts.check, rejects, ranges, forgeries, reference.check, checkLooseWires(subject)];
}

type Base = Omit<Subject, 'good'>;

function checkAccepts(base: Base, examples: readonly Example[]): { check: Check; good: Subject['good'] } {
  const good: Subject['good'][number][] = [];
  const faults = examples.flatMap(({ desc, input }): Fault[] => {
    const values = completed(base, input);
    if (!values) return [unusable(desc)];
    const verdict = judge(base.system, values);
    if (verdict.kind !== 'accepted') return [{ what: `refuses "${desc}"`, details: verdict.places }];
    good.push({ values, witness: verdict.witness });
    return [];
  });
  return { check: { name: 'accepts', tried: count(examples.length, 'example'), faults, explained: [] }, good };
}

function checkRejects(base: Base, examples: readonly Example[]): Check {
  const faults = examples.flatMap(({ desc, input, template }): Fault[] => {
    const values = completed(base, input);
    if (!values) return [unusable(desc)];
    const verdict = judge(base.system, values);
    if (verdict.kind === 'accepted') return [{ what: `accepts "${desc}"`, details: ['every constraint holds'] }];
    if (verdict.kind === 'unguarded') {
      return [{ what: `only an assertion refuses "${desc}"; no constraint does`, details: verdict.places }];
    }
    const isBlamed = (place: string) => place.includes(`template ${template},`);
    if (template === undefined || verdict.places.some(isBlamed)) return [];
    return [{ what: `refuses "${desc}", but not in template ${template}`, details: verdict.places }];
  });
  return { name: 'rejects', tried: count(examples.length, 'example'), faults, explained: [] };
}

/** The input with its results, unless the reference cannot work them out. */
function completed({ system, computation }: Base, input: Values): Values | undefined {
  try {
    return Computation.complete(computation, system.circuit.parameters, input);
  } catch {
    return undefined;
  }
}

function unusable(desc: string): Fault {
  return { what: `the reference fails on "${desc}"`, details: ['write its results into the example'] };
}
