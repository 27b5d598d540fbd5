/**
 * @module Whether a proving key was made for a constraint system. A `.zkey` shows the matrices A and B in full, row by
 * row, and those are compared term by term. The matrix C shows only inside curve points, where without the set-up's
 * secrets it cannot be read: two systems that differ in C alone are told apart by the r1cs hash and programId that a
 * key folder records.
 */
import { ArtifactMismatchError } from '../../src/errors.ts';
import { readU256, viewOf } from './binary.ts';
import { type LinearCombination, R1cs } from './r1cs.ts';
import { coefficientBytes, toCoefficientForm, type Zkey } from './zkey.ts';

/**
 * Checks counts, domain and every coefficient of A and B, in the order in which snarkjs writes them: per constraint the
 * terms of A, then of B, and at the end one row with coefficient 1 for the constant and each public signal.
 * @throws ArtifactMismatchError
 */
export function checkBelongs(zkey: Zkey, r1cs: R1cs): void {
  const publicCount = R1cs.publicCount(r1cs);
  checkEqual(zkey, 'wires', zkey.wires, r1cs.wires);
  checkEqual(zkey, 'public signals', zkey.publicCount, publicCount);
  checkEqual(zkey, 'rows in its domain', zkey.domainSize, domainSizeFor(r1cs));
  const coefficients = readCoefficients(zkey);
  let row = 0;
  for (const { a, b } of r1cs.constraints()) {
    coefficients.expect(0, row, a);
    coefficients.expect(1, row, b);
    row++;
  }
  for (let wire = 0; wire <= publicCount; wire++, row++) coefficients.expect(0, row, [[wire, 1n]]);
  coefficients.expectEnd();
}

/** The smallest power of two that holds the constraints and one row for the constant and each public signal. */
export function domainSizeFor(r1cs: R1cs): number {
  const rows = r1cs.constraintCount + R1cs.publicCount(r1cs) + 1;
  let size = 1;
  while (size < rows) size *= 2;
  // snarkjs never goes below a domain of two.
  return Math.max(size, 2);
}

function checkEqual(zkey: Zkey, what: string, ofKey: number, ofCircuit: number): void {
  if (ofKey !== ofCircuit) throw mismatch(zkey, `it has ${ofKey} ${what}, the circuit has ${ofCircuit}`);
}

function readCoefficients(zkey: Zkey) {
  const bytes = zkey.sections.coefficients;
  const view = viewOf(bytes);
  // Circuits repeat few values many times.
  const stored = new Map<bigint, bigint>();
  const inKeyForm = (value: bigint): bigint => {
    const known = stored.get(value);
    if (known !== undefined) return known;
    const form = toCoefficientForm(value);
    if (stored.size < 2 ** 16) stored.set(value, form);
    return form;
  };
  let at = 4;
  return {
    expect: (matrix: number, row: number, terms: LinearCombination): void => {
      for (const [wire, value] of terms) {
        const isSame =
          at < bytes.length &&
          view.getUint32(at, true) === matrix &&
          view.getUint32(at + 4, true) === row &&
          view.getUint32(at + 8, true) === wire &&
          readU256(view, at + 12) === inKeyForm(value);
        if (!isSame) throw mismatch(zkey, `it differs from the circuit in constraint ${row}`);
        at += coefficientBytes;
      }
    },
    expectEnd: (): void => {
      if (at !== bytes.length) throw mismatch(zkey, 'it has more coefficients than the circuit');
    },
  };
}

function mismatch({ source }: Zkey, detail: string): ArtifactMismatchError {
  return new ArtifactMismatchError(`${source} is the key of another circuit`, {
    at: source,
    details: [detail],
    remedy: 'make keys for this circuit',
  });
}
