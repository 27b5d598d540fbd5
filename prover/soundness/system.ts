/**
 * @module What a cheating prover has of a circuit: the constraints themselves, and a witness calculator that goes on
 * where the honest one stops. A circuit is sound only if these find no second answer. For tests of circuits: everything
 * is held in memory as bigints, and witnesses are private, so nothing of this belongs into a service.
 */
import type { Circuit } from '../../src/model/Circuit.ts';
import type { Values } from '../../src/model/Computation.ts';
import { Field, r } from '../../src/model/Field.ts';
import { type LinearCombination, R1cs } from '../artifacts/r1cs.ts';
import { readPinned } from '../pinned.ts';
import { compileWitnessModule, createWitnessCalculator } from '../witness.ts';

/** One constraint a·b = c. */
export type Row = { readonly a: LinearCombination; readonly b: LinearCombination; readonly c: LinearCombination };

export type System = {
  readonly circuit: Circuit;
  readonly rows: readonly Row[];
  /** The name of each wire's first signal, without the numbers that circom gives to anonymous components. */
  readonly names: readonly string[];
  /** The honest witness. @throws UnsatisfiedError */
  readonly calculate: (values: Values) => bigint[];
  /** What the circuit's own formulas and hints give when every failing assertion is passed over. */
  readonly forge: (values: Values) => bigint[];
  /** The numbers of the constraints that a witness breaks. */
  readonly violations: (witness: readonly bigint[]) => number[];
};

/**
 * Loads a compiled circuit's constraints and both of its calculators.
 * @throws ArtifactHashError, ArtifactFormatError, ArtifactMismatchError, ArtifactCurveError
 */
export async function loadSystem(circuit: Circuit): Promise<System> {
  const [r1cs, wasm, sym] = await Promise.all([circuit.r1cs, circuit.wasm, circuit.sym].map(readPinned));
  const rows = [...R1cs.parse(r1cs as Uint8Array, circuit.r1cs.path).constraints()];
  const calculator = async (bytes: Uint8Array) =>
    createWitnessCalculator(await compileWitnessModule(bytes, circuit.wasm.path), circuit.signals);
  const honest = await calculator(wasm as Uint8Array);
  const credulous = await calculator(withoutAssertions(wasm as Uint8Array));
  return {
    circuit,
    rows,
    names: wireNames(new TextDecoder().decode(sym), circuit.wires),
    calculate: (values) => elements(honest.calculate(values)),
    forge: (values) => elements(credulous.calculate(values)),
    violations: (witness) => rows.flatMap((row, number) => (holds(row, witness) ? [] : [number])),
  };
}

/** The value of a linear combination in (−r, r): 0 where it is 0 in the field. */
export function evaluate(terms: LinearCombination, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (const [wire, coefficient] of terms) sum += coefficient * (witness[wire] as bigint);
  return sum % r;
}

function holds({ a, b, c }: Row, witness: readonly bigint[]): boolean {
  return (evaluate(a, witness) * evaluate(b, witness) - evaluate(c, witness)) % r === 0n;
}

/**
 * circom ends a template early when an assertion fails: `call $printErrorMessage; i32.const 4; return; end`. Here the
 * middle two become no-operations. A circuit that asserts nothing stays as it is.
 */
function withoutAssertions(wasm: Uint8Array): Uint8Array {
  const failure = [0x10, 0x01, 0x41, 0x04, 0x0f, 0x0b];
  const patched = Uint8Array.from(wasm);
  for (let at = 0; at + failure.length <= patched.length; at++) {
    if (failure.some((byte, i) => patched[at + i] !== byte)) continue;
    patched.fill(0x01, at + 2, at + 5);
  }
  return patched;
}

function elements(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) => Field.fromBytesLE(bytes.subarray(32 * i, 32 * i + 32)));
}

function wireNames(sym: string, wires: number): string[] {
  const names = new Array<string>(wires).fill('');
  names[0] = 'one';
  for (const line of sym.split('\n')) {
    const [, wire, , name] = line.split(',');
    const number = Number(wire);
    if (name && number > 0 && !names[number]) names[number] = name.replaceAll(/([A-Za-z0-9]+)_\d+_\d+/g, '$1');
  }
  return names;
}
