import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileWitnessModule, createWitnessCalculator } from '../../prover/witness.ts';
import { ArtifactFormatError, ArtifactMismatchError, UnsatisfiedError } from '../../src/errors.ts';
import { Computation } from '../../src/model/Computation.ts';
import { Field, r } from '../../src/model/Field.ts';
import quotient from '../support/computations/quotient/computation.ts';
import { type Fixture, loadFixture, testCircuitsDir } from '../support/fixtures.ts';
import { loadSmall, smallInput } from '../support/small.ts';

let fixture: Fixture;
let wasm: Uint8Array;
let module: WebAssembly.Module;

beforeAll(async () => {
  fixture = await loadSmall();
  wasm = await readFile(fixture.circuit.wasm.path);
  module = await compileWitnessModule(wasm, 'small.wasm');
});

const element = (witness: Uint8Array, index: number) =>
  Field.fromBytesLE(witness.subarray(32 * index, 32 * index + 32));

describe('createWitnessCalculator', () => {
  test('default: one element for each wire, public signals first, negative numbers in the field', () => {
    const { circuit, job } = fixture;
    const calculator = createWitnessCalculator(module, circuit.signals);
    const witness = calculator.calculate(job(smallInput).input);
    expect(calculator.wires).toBe(circuit.wires);
    expect(witness.length).toBe(32 * circuit.wires);
    expect([0, 1, 2, 3, 4, 5].map((wire) => element(witness, wire))).toEqual([1n, 1n, 12n, 3n, r - 4n, 5n]);
  });

  test('behavior: elements of any size pass through', () => {
    const { circuit, job } = fixture;
    const calculator = createWitnessCalculator(module, circuit.signals);
    for (const h of [0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 64n, 2n ** 253n, r - 1n]) {
      expect(element(calculator.calculate(job({ ...smallInput, h }).input), 5)).toBe(h);
    }
  });

  test('behavior: a failure leaves nothing behind', () => {
    const { circuit, job } = fixture;
    const calculator = createWitnessCalculator(module, circuit.signals);
    const good = calculator.calculate(job(smallInput).input);
    for (let i = 0; i < 3; i++) {
      expect(() => calculator.calculate(job({ ...smallInput, y: 13n }).input)).toThrow(UnsatisfiedError);
      expect(calculator.calculate(job(smallInput).input)).toEqual(good);
    }
  });

  test('error: names template and line and no value', () => {
    const calculator = createWitnessCalculator(module, fixture.circuit.signals);
    const input = fixture.job({
      ...smallInput,
      m: [
        [999n, 0n],
        [0n, 123456n],
      ],
    }).input;
    expect(() => calculator.calculate(input)).toThrowErrorMatchingInlineSnapshot(`
      [UnsatisfiedError: the input does not satisfy the circuit: it fails in template Determinant, line 14
        at: template Determinant, line 14
        used by template Small, line 27]
    `);
  });

  test('error: a division by zero is a false statement, and the next input is calculated', async () => {
    const { circuit } = await loadFixture(quotient, { circuitsDir: testCircuitsDir });
    const divider = await compileWitnessModule(await readFile(circuit.wasm.path), 'quotient.wasm');
    const calculator = createWitnessCalculator(divider, circuit.signals);
    const divide = (divisor: bigint) => calculator.calculate({ context: 1n, dividend: 17n, divisor });
    expect(() => divide(0n)).toThrow(UnsatisfiedError);
    expect(() => divide(0n)).toThrow('the input leads the circuit to an impossible division: divide by zero');
    expect(element(divide(5n), 2)).toBe(17n);
  });

  test('error: a module that is broken inside', async () => {
    const broken = await compileWitnessModule(withUnreachableInit(wasm), 'broken.wasm');
    const calculator = createWitnessCalculator(broken, fixture.circuit.signals);
    expect(() => calculator.calculate(fixture.job(smallInput).input)).toThrow(ArtifactFormatError);
  });

  test('error: a schema with other signals than the module has', () => {
    const { signals } = fixture.circuit;
    const renamed = signals.map((signal) => (signal.name === 'x' ? { ...signal, name: 'z' } : signal));
    const reshaped = signals.map((signal) => (signal.name === 'm' ? { ...signal, dimensions: [2, 3] } : signal));
    for (const other of [signals.slice(1), signals.slice(0, -1), renamed, reshaped, []]) {
      expect(() => createWitnessCalculator(module, other)).toThrow(ArtifactMismatchError);
    }
    const calculator = createWitnessCalculator(module, signals);
    expect(() => calculator.calculate({ ...smallInput })).toThrow(ArtifactMismatchError);
  });
});

describe('compileWitnessModule', () => {
  test('error: not WebAssembly, cut, or of another make', async () => {
    const bad = [
      new Uint8Array(),
      new TextEncoder().encode('not wasm'),
      wasm.subarray(0, wasm.length >> 1),
      // An empty module: well formed, imports and exports nothing.
      Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    ];
    for (const bytes of bad) {
      const refused = compileWitnessModule(bytes, 'bad.wasm');
      await expect(refused).rejects.toBeInstanceOf(ArtifactFormatError);
      await expect(refused).rejects.toMatchObject({ exitCode: 4, at: 'bad.wasm' });
    }
  });

  test('error: a module that wants more of its host', async () => {
    const changed = Buffer.from(wasm);
    const at = changed.indexOf('showSharedRWMemory');
    changed.write('readPrivateMemory2', at);
    await expect(compileWitnessModule(changed, 'bad.wasm')).rejects.toThrow('does not import what a circuit');
  });
});

test('the calculator and the reference function agree', () => {
  const { circuit, computation } = fixture;
  const calculator = createWitnessCalculator(module, circuit.signals);
  for (let i = 0n; i < 20n; i++) {
    const given = {
      context: i,
      x: i ** 5n,
      d: i - 10n,
      h: r - i - 1n,
      m: [
        [i, 3n * i],
        [i * i, 7n],
      ],
    };
    const input = Computation.complete(computation, circuit.parameters, given);
    expect(element(calculator.calculate(input), 2)).toBe(input.y);
  }
});

/** `init` begins by storing how many inputs are open, nine: here it begins with `unreachable` and no-operations. */
function withUnreachableInit(wasm: Uint8Array): Uint8Array {
  const storesNine = Buffer.from([0x41, 0x09, 0x36, 0x02, 0x00]);
  const at = Buffer.from(wasm).indexOf(storesNine);
  expect(at).toBeGreaterThan(0);
  const patched = Uint8Array.from(wasm);
  // The address before it stays on the stack, which is allowed after `unreachable`.
  patched.set([0x00, 0x01, 0x01, 0x01, 0x01], at);
  return patched;
}
