/**
 * @module Whether a witness satisfies a constraint system, and where it does not. Plain arithmetic over bigints: it is
 * what the fast paths are judged by, and it runs only on witnesses of unknown origin and after a failure.
 */
import { ArtifactFormatError, UnsatisfiedError } from '../src/errors.ts';
import { Field, r } from '../src/model/Field.ts';
import type { LinearCombination, R1cs } from './artifacts/r1cs.ts';

const elementBytes = 32;

/** More names than this say no more about a constraint. */
const namesMax = 8;

/** The first constraint that fails. */
export type Violation = {
  /** From 0, in the order of the r1cs. */
  readonly constraint: number;
  /** Where the constraint is, such as `main.range[3]`: the deepest component that holds all its signals. */
  readonly component: string;
  readonly signals: readonly string[];
};

/**
 * Checks every constraint a·b = c.
 * @param witness 32 bytes for each wire, least significant first, canonical
 * @param sym the text of circom's `.sym` file, which names wires
 * @throws UnsatisfiedError with the constraint's number, component path and signal names
 */
export function checkSatisfied(r1cs: R1cs, witness: Uint8Array, sym: string): void {
  const violation = findViolation(r1cs, witness, sym);
  if (!violation) return;
  const { constraint, component, signals } = violation;
  throw new UnsatisfiedError(`the witness does not satisfy constraint ${constraint}, in ${component}`, {
    at: `constraint ${constraint}`,
    details: [`component: ${component}`, `signals: ${signals.slice(0, namesMax).join(', ')}${more(signals.length)}`],
    remedy: 'check the input, and that the witness was calculated by this circuit',
  });
}

/** The first constraint that a witness does not satisfy, or undefined. @throws ArtifactFormatError */
export function findViolation(r1cs: R1cs, witness: Uint8Array, sym: string): Violation | undefined {
  const values: bigint[] = [];
  for (let offset = 0; offset < witness.length; offset += elementBytes) {
    values.push(Field.fromBytesLE(witness.subarray(offset, offset + elementBytes)));
  }
  let index = 0;
  for (const { a, b, c } of r1cs.constraints()) {
    if ((evaluate(a, values) * evaluate(b, values) - evaluate(c, values)) % r !== 0n) {
      const wires = new Set([a, b, c].flatMap((terms) => terms.map(([wire]) => wire)).filter((wire) => wire > 0));
      const signals = nameWires(sym, wires);
      return { constraint: index, component: commonComponent(signals), signals };
    }
    index++;
  }
  return undefined;
}

function evaluate(terms: LinearCombination, values: readonly bigint[]): bigint {
  let sum = 0n;
  for (const [wire, coefficient] of terms) sum += coefficient * (values[wire] as bigint);
  return sum % r;
}

/** Rows of a `.sym` file are `label,wire,component,name`; a wire of −1 was simplified away. */
function nameWires(sym: string, wires: ReadonlySet<number>): string[] {
  const names = new Map<number, string>();
  for (const row of sym.split('\n')) {
    if (row === '') continue;
    const [, wire, , name] = row.split(',');
    if (wire === undefined || name === undefined) throw new ArtifactFormatError('the .sym file has a malformed row');
    if (wires.has(Number(wire)) && !names.has(Number(wire))) names.set(Number(wire), name);
  }
  return [...wires].map((wire) => names.get(wire) ?? `wire ${wire}`);
}

function commonComponent(signals: readonly string[]): string {
  const paths = signals.filter((name) => name.includes('.')).map((name) => name.split('.').slice(0, -1));
  const [first = ['main'], ...others] = paths;
  let length = first.length;
  for (const path of others) {
    let shared = 0;
    while (shared < length && path[shared] === first[shared]) shared++;
    length = shared;
  }
  return first.slice(0, Math.max(length, 1)).join('.');
}

function more(count: number): string {
  return count > namesMax ? ` and ${count - namesMax} more` : '';
}
