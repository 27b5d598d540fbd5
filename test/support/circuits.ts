/**
 * What a cheating prover has: the constraint system itself, and a witness calculator that goes on where the honest one
 * stops. A circuit is sound only if these find no second answer.
 */
import { readFile } from 'node:fs/promises';
import { R1cs } from '../../prover/artifacts/r1cs.ts';
import { compileWitnessModule, createWitnessCalculator } from '../../prover/witness.ts';
import { compile } from '../../src/compiler/compile.ts';
import type { Circuit } from '../../src/model/Circuit.ts';
import type { Computation, Values } from '../../src/model/Computation.ts';
import { Field, r } from '../../src/model/Field.ts';
import { cacheDir, circuitsDir } from './fixtures.ts';

export type Terms = readonly (readonly [wire: number, coefficient: bigint])[];
export type Row = { readonly a: Terms; readonly b: Terms; readonly c: Terms };

export type TestCircuit = {
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

export async function loadCircuit(
  computation: Computation,
  options: { readonly size?: string; readonly circuitsDir?: string } = {},
): Promise<TestCircuit> {
  const circuit = await compile(computation, { circuitsDir, cacheDir, ...options });
  const [r1cs, wasm, sym] = await Promise.all([
    readFile(circuit.r1cs.path),
    readFile(circuit.wasm.path),
    readFile(circuit.sym.path, 'utf8'),
  ]);
  const rows = [...R1cs.parse(r1cs).constraints()];
  const calculator = async (bytes: Uint8Array) =>
    createWitnessCalculator(await compileWitnessModule(bytes, circuit.name), circuit.signals);
  const [honest, credulous] = await Promise.all([calculator(wasm), calculator(withoutAssertions(wasm))]);
  return {
    circuit,
    rows,
    names: wireNames(sym, circuit.wires),
    calculate: (values) => elements(honest.calculate(values)),
    forge: (values) => elements(credulous.calculate(values)),
    violations: (witness) => rows.flatMap((row, number) => (holds(row, witness) ? [] : [number])),
  };
}

export function evaluate(terms: Terms, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (const [wire, coefficient] of terms) sum += coefficient * (witness[wire] as bigint);
  return sum % r;
}

function holds({ a, b, c }: Row, witness: readonly bigint[]): boolean {
  return (evaluate(a, witness) * evaluate(b, witness) - evaluate(c, witness)) % r === 0n;
}

/**
 * circom ends a template early when an assertion fails: `call $printErrorMessage; i32.const 4; return; end`. Here the
 * middle two become no-operations.
 */
function withoutAssertions(wasm: Uint8Array): Uint8Array {
  const failure = [0x10, 0x01, 0x41, 0x04, 0x0f, 0x0b];
  const patched = Uint8Array.from(wasm);
  let found = 0;
  for (let at = 0; at + failure.length <= patched.length; at++) {
    if (failure.some((byte, i) => patched[at + i] !== byte)) continue;
    patched.fill(0x01, at + 2, at + 5);
    found += 1;
  }
  if (found === 0) throw new Error('the witness calculator has no assertion of the known form');
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
