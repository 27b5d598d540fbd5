/**
 * @module What a developer writes: a circuit template, the schema of its signals and a plain reference function. One
 * folder under `circuits/` holds `computation.ts` with a `defineComputation` as its default export, and the template.
 */
import { ComputationError } from '../errors.ts';
import { r } from './Field.ts';
import { Name } from './Name.ts';

export type Parameters = Readonly<Record<string, number>>;

/** One dimension of an array signal: a number, the name of a parameter, or a function of the parameters. */
export type Dimension = number | string | ((parameters: Parameters) => number);

export type SignalSpec = {
  /** `uint`: 0 ≤ x < r as an integer · `int`: a signed integer, mapped into the field · `field`: any element. */
  readonly type: 'uint' | 'int' | 'field';
  /** Absent for a scalar; one entry per dimension otherwise. */
  readonly shape?: readonly Dimension[];
  readonly unit?: string;
  /** Inclusive bounds; a `uint` starts at 0 by default, an `int` needs both. */
  readonly min?: bigint;
  readonly max?: bigint;
  readonly public?: boolean;
  /** The value follows from the others by `reference`; callers may leave it out of their input. */
  readonly result?: boolean;
  /** Whether `0x…` strings are taken besides decimal ones. */
  readonly hex?: boolean;
};

/** A signal with all that depended on parameters worked out. */
export type Signal = {
  readonly name: string;
  readonly type: 'uint' | 'int' | 'field';
  readonly dimensions: readonly number[];
  readonly unit: string | undefined;
  readonly min: bigint;
  readonly max: bigint;
  readonly public: boolean;
  readonly result: boolean;
  readonly hex: boolean;
};

export type Value = bigint | readonly Value[];
export type Values = Readonly<Record<string, Value>>;

type Nested<D> = D extends readonly [unknown, ...infer Rest] ? readonly Nested<Rest>[] : bigint;
type ValueOf<S> = S extends { readonly shape: infer D } ? Nested<D> : bigint;
type Given<S> = { readonly [K in keyof S as S[K] extends { readonly result: true } ? never : K]: ValueOf<S[K]> };
type Results<S> = { readonly [K in keyof S as S[K] extends { readonly result: true } ? K : never]: ValueOf<S[K]> };

/** What a ledger does with a program's statements: `generic` ones are recorded, the others move windows. */
export type ProgramKind = 'generic' | 'netting' | 'disclosure' | 'append' | 'reconciliation';

export type ComputationSpec<S extends Readonly<Record<string, SignalSpec>>> = {
  /** Lower case, the name of its folder. */
  readonly name: string;
  readonly version: number;
  /** `generic` by default. */
  readonly kind?: ProgramKind;
  /** The main template; its file `<template>.circom` lies in the same folder. */
  readonly template: string;
  /** Names of the template's parameters, in order. */
  readonly parameters: readonly string[];
  /** Named sets of parameters, such as `tiny` and `real`; the first is the default. */
  readonly sizes: Readonly<Record<string, Parameters>>;
  /** In the order of declaration in the template; `context` first. */
  readonly signals: S;
  /** Results from given values, in plain arithmetic. Takes canonical values; `int` signals are signed. */
  readonly reference: (given: Given<S>, parameters: Parameters) => Results<S>;
  /** Public signals that no honest witness has; proving them freezes the program. */
  readonly impossible?: Values;
  /**
   * Given values that the circuit must accept, made of random field elements; for `tally test` of a circuit that asks
   * for more than the ranges of its schema. Without it values are drawn from these ranges.
   */
  readonly sample?: (draw: () => bigint, parameters: Parameters) => Given<S>;
  /** Wires that may hold more than one value, and why that does no harm; `tally test` reports all others. */
  readonly looseWires?: readonly LooseWire[];
};

/** `signal` is a path such as `main.inverse[3]`; `[*]` stands for any index. */
export type LooseWire = { readonly signal: string; readonly why: string };

export type Computation = Omit<ComputationSpec<Readonly<Record<string, SignalSpec>>>, 'reference' | 'sample'> & {
  readonly reference: (given: Values, parameters: Parameters) => Values;
  readonly sample?: (draw: () => bigint, parameters: Parameters) => Values;
};

/** Public signal 0 of every computation: whom the statement is for (see Statement.context). */
export const contextSignal = { type: 'uint', public: true, max: 2n ** 248n - 1n } as const satisfies SignalSpec;

/**
 * Defines a computation and checks the definition.
 * @throws ComputationError, NameError
 * @example
 * export default defineComputation({
 *   name: 'square', version: 1, template: 'Square', parameters: [], sizes: { default: {} },
 *   signals: {
 *     context: contextSignal,
 *     y: { type: 'field', public: true, result: true },
 *     x: { type: 'uint', max: 2n ** 64n - 1n },
 *   },
 *   reference: ({ x }) => ({ y: x * x }),
 * });
 */
export function defineComputation<const S extends Readonly<Record<string, SignalSpec>>>(
  spec: ComputationSpec<S>,
): Computation {
  Name.check(spec.name, 'computation');
  const computation = spec as unknown as Computation;
  const fail = (what: string) => {
    throw new ComputationError(`computation "${spec.name}": ${what}`, { at: `circuits/${spec.name}/computation.ts` });
  };
  if (!Number.isSafeInteger(spec.version) || spec.version < 1) fail('version must be a positive integer');
  if (!/^[A-Z][A-Za-z0-9]*$/.test(spec.template)) fail('template must be a circom template name such as "Square"');
  if (Object.keys(spec.sizes).length === 0) fail('sizes must name at least one set of parameters');
  if (Object.keys(spec.signals)[0] !== 'context') fail('the first signal must be `context`');
  for (const [size, parameters] of Object.entries(spec.sizes)) {
    const missing = spec.parameters.filter((name) => !Number.isSafeInteger(parameters[name]));
    if (missing.length > 0) fail(`size "${size}" lacks integer parameters: ${missing.join(', ')}`);
    Computation.signals(computation, parameters);
  }
  return computation;
}

export const Computation = {
  /** The parameters of a named size, or of the first. @throws ComputationError */
  parameters: (computation: Computation, size?: string): Parameters => {
    const name = size ?? (Object.keys(computation.sizes)[0] as string);
    const parameters = Object.hasOwn(computation.sizes, name) ? computation.sizes[name] : undefined;
    if (!parameters) {
      throw new ComputationError(`computation "${computation.name}" has no size "${name}"`, {
        remedy: `use one of: ${Object.keys(computation.sizes).join(', ')}`,
      });
    }
    return parameters;
  },

  /** The schema with shapes and bounds worked out for one set of parameters. @throws ComputationError */
  signals: (computation: Computation, parameters: Parameters): readonly Signal[] =>
    Object.entries(computation.signals).map(([name, spec]) => {
      const at = `${computation.name}.${name}`;
      const signal: Signal = {
        name,
        type: spec.type,
        dimensions: (spec.shape ?? []).map((dimension) => resolveDimension(dimension, parameters, at)),
        unit: spec.unit,
        min: spec.min ?? 0n,
        max: spec.max ?? r - 1n,
        public: spec.public ?? false,
        result: spec.result ?? false,
        hex: spec.hex ?? false,
      };
      checkSignal(signal, spec, at);
      return signal;
    }),

  /** Adds to an input the results that the caller left to the reference function. */
  complete: (computation: Computation, parameters: Parameters, given: Values): Values => {
    const names = Object.entries(computation.signals).filter(([, spec]) => spec.result);
    if (names.every(([name]) => Object.hasOwn(given, name))) return given;
    return { ...computation.reference(given, parameters), ...given };
  },
} as const;

function resolveDimension(dimension: Dimension, parameters: Parameters, at: string): number {
  const size =
    typeof dimension === 'number'
      ? dimension
      : typeof dimension === 'string'
        ? parameters[dimension]
        : dimension(parameters);
  if (size === undefined || !Number.isSafeInteger(size) || size < 0) {
    throw new ComputationError(`signal ${at} has a dimension that is not a natural number`, { at });
  }
  return size;
}

function checkSignal(signal: Signal, spec: SignalSpec, at: string): void {
  const fail = (what: string) => {
    throw new ComputationError(`signal ${at} ${what}`, { at });
  };
  if (signal.type === 'int' && (spec.min === undefined || spec.max === undefined))
    fail('is an int without min and max');
  if (signal.type !== 'int' && signal.min < 0n) fail('has a negative min but is not an int');
  if (signal.max < signal.min) fail('has a max below its min');
  if (signal.max - signal.min >= r) fail('has a range as wide as the field');
  if (signal.result && !signal.public) fail('is a result but not public');
}
