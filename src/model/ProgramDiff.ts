/** @module What changed between two compiled forms of a computation, for review: cost, schema, and what is proven. */
import type { Circuit } from './Circuit.ts';
import type { Signal } from './Computation.ts';

/** What a comparison needs of a circuit; `tally compile --json` prints it with more. */
export type ProgramFacts = Pick<
  Circuit,
  'name' | 'size' | 'template' | 'parameters' | 'programId' | 'constraints' | 'wires' | 'publicCount' | 'compiler'
> & { readonly signals: readonly SignalFacts[]; readonly r1csSha256: string };

/** A signal with its bounds as decimal strings, as JSON has them. */
export type SignalFacts = Omit<Signal, 'min' | 'max' | 'unit'> & {
  readonly min: string;
  readonly max: string;
  readonly unit: string | null;
};

export type SignalChange = {
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Which properties changed, as `max: 7 → 9`. */
  readonly changes: readonly string[];
};

export type ProgramDiff = {
  readonly name: string;
  readonly size: string;
  readonly programId: { readonly before: string; readonly after: string };
  readonly constraints: { readonly before: number; readonly after: number };
  readonly wires: { readonly before: number; readonly after: number };
  readonly publicSignals: { readonly before: number; readonly after: number };
  readonly signals: readonly SignalChange[];
  /** Whether the constraint system itself is another. */
  readonly system: 'same' | 'changed';
};

export const ProgramFacts = {
  from: ({ r1cs, signals, ...circuit }: Circuit): ProgramFacts => ({
    ...circuit,
    r1csSha256: r1cs.sha256,
    signals: signals.map(({ min, max, unit, ...rest }) => ({
      ...rest,
      min: String(min),
      max: String(max),
      unit: unit ?? null,
    })),
  }),
} as const;

export const ProgramDiff = {
  /** What changed from one to the other; both are of one computation and size. */
  between: (before: ProgramFacts, after: ProgramFacts): ProgramDiff => ({
    name: after.name,
    size: after.size,
    programId: { before: before.programId, after: after.programId },
    constraints: { before: before.constraints, after: after.constraints },
    wires: { before: before.wires, after: after.wires },
    publicSignals: { before: before.publicCount, after: after.publicCount },
    signals: signalChanges(before.signals, after.signals),
    system: before.r1csSha256 === after.r1csSha256 ? 'same' : 'changed',
  }),
} as const;

function signalChanges(before: readonly SignalFacts[], after: readonly SignalFacts[]): readonly SignalChange[] {
  const old = new Map(before.map((signal) => [signal.name, signal]));
  const names = new Set(after.map(({ name }) => name));
  const removed = before.filter(({ name }) => !names.has(name));
  return [
    ...removed.map(({ name }): SignalChange => ({ name, kind: 'removed', changes: [] })),
    ...after.flatMap((signal): SignalChange[] => {
      const earlier = old.get(signal.name);
      if (!earlier) return [{ name: signal.name, kind: 'added', changes: [] }];
      const changes = propertyChanges(earlier, signal);
      return changes.length > 0 ? [{ name: signal.name, kind: 'changed', changes }] : [];
    }),
  ];
}

const properties = ['type', 'dimensions', 'unit', 'min', 'max', 'public', 'result', 'hex'] as const;

function propertyChanges(before: SignalFacts, after: SignalFacts): readonly string[] {
  const show = (value: unknown) => (Array.isArray(value) ? `[${value.join(', ')}]` : String(value ?? 'none'));
  return properties
    .filter((key) => show(before[key]) !== show(after[key]))
    .map((key) => `${key}: ${show(before[key])} → ${show(after[key])}`);
}
