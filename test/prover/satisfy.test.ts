import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { R1cs } from '../../prover/artifacts/r1cs.ts';
import { checkSatisfied, findViolation } from '../../prover/satisfy.ts';
import { compileWitnessModule, createWitnessCalculator } from '../../prover/witness.ts';
import { ArtifactFormatError, UnsatisfiedError } from '../../src/errors.ts';
import { Field } from '../../src/model/Field.ts';
import type { Fixture } from '../support/fixtures.ts';
import { loadSmall, smallInput } from '../support/small.ts';

let r1cs: R1cs;
let sym: string;
let witness: Uint8Array;

beforeAll(async () => {
  const { circuit, job }: Fixture = await loadSmall();
  r1cs = R1cs.parse(await readFile(circuit.r1cs.path));
  sym = await readFile(circuit.sym.path, 'utf8');
  const module = await compileWitnessModule(await readFile(circuit.wasm.path), 'small');
  witness = createWitnessCalculator(module, circuit.signals).calculate(job(smallInput).input);
});

function changed(name: string): Uint8Array {
  const row = sym.split('\n').find((row) => row.endsWith(`,${name}`));
  const wire = Number(row?.split(',')[1]);
  const copy = Uint8Array.from(witness);
  copy.set(Field.toBytesLE(Field.fromBytesLE(copy.subarray(32 * wire, 32 * wire + 32)) + 1n), 32 * wire);
  return copy;
}

describe('checkSatisfied', () => {
  test('default', () => {
    expect(findViolation(r1cs, witness, sym)).toBeUndefined();
    expect(() => checkSatisfied(r1cs, witness, sym)).not.toThrow();
  });

  test('L20 the constraint, the deepest component that holds its signals, their names', () => {
    expect(findViolation(r1cs, changed('main.determinant.diagonal'), sym)).toEqual({
      constraint: expect.any(Number),
      component: 'main',
      signals: expect.arrayContaining(['main.m[0][0]', 'main.m[1][1]', 'main.determinant.diagonal']),
    });
    expect(() => checkSatisfied(r1cs, changed('main.y'), sym)).toThrow(UnsatisfiedError);
  });

  test('behavior: signals that all lie in one component name it', () => {
    const inside = sym.replaceAll('main.m[', 'main.determinant.m[');
    const violation = findViolation(r1cs, changed('main.determinant.diagonal'), inside);
    expect(violation?.component).toBe('main.determinant');
  });

  test('error: says which, where and what, and no value', () => {
    expect(() => checkSatisfied(r1cs, changed('main.contextSquare'), sym)).toThrowErrorMatchingInlineSnapshot(`
      [UnsatisfiedError: the witness does not satisfy constraint 0, in main
        at: constraint 0
        component: main
        signals: main.context, main.contextSquare
        → check the input, and that the witness was calculated by this circuit]
    `);
  });

  test('error: a .sym file that is something else', () => {
    expect(() => checkSatisfied(r1cs, changed('main.y'), 'not,a sym file')).toThrow(ArtifactFormatError);
  });
});
