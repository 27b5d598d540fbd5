/**
 * @module The scalars of a Groth16 key (https://eprint.iacr.org/2016/260, section 3.2) in snarkjs' layout: what each
 * point of the key is a multiple of, given the secrets. gamma is 1.
 *
 * Two points are snarkjs' own. Rows n, n + 1, … of A carry the constant and the public signals, one each, so that
 * their polynomials are independent. And H is not tau^i·Z(tau)/delta: the prover evaluates a·b − c, which vanishes on
 * the domain, on the odd points of the domain of double size, so H holds the Lagrange polynomials of those points.
 */
import { r } from '../../src/model/Field.ts';
import { domainSizeFor } from '../artifacts/belongs.ts';
import { type LinearCombination, R1cs } from '../artifacts/r1cs.ts';
import { invertModR, lagrangeAt } from './roots.ts';
import type { Secrets } from './secrets.ts';

export type KeyScalars = {
  readonly domainSize: number;
  /** One per wire: the polynomials of A and B at tau. */
  readonly a: readonly bigint[];
  readonly b: readonly bigint[];
  /** One for the constant and each public signal. */
  readonly ic: readonly bigint[];
  /** One per private wire, divided by delta. */
  readonly c: readonly bigint[];
  /** One per point of the domain, divided by delta. */
  readonly h: readonly bigint[];
};

/** Evaluates all scalars. Takes about a second for 2^16 constraints. */
export function evaluateScalars(r1cs: R1cs, secrets: Secrets): KeyScalars {
  const domainSize = domainSizeFor(r1cs);
  const { a, b, mixed } = evaluateWires(r1cs, secrets, r1cs.wires);
  const inverseDelta = invertModR(secrets.delta);
  const open = R1cs.publicCount(r1cs) + 1;
  return {
    domainSize,
    a,
    b,
    ic: mixed.slice(0, open),
    c: mixed.slice(open).map((value) => (value * inverseDelta) % r),
    h: lagrangeAt(secrets.tau, 2 * domainSize, { first: 1, step: 2 }).map((value) => (value * inverseDelta) % r),
  };
}

/** Evaluates the scalars of IC alone, which is what names a key, in a fraction of the time. */
export function evaluateOpenScalars(r1cs: R1cs, secrets: Secrets): KeyScalars['ic'] {
  return evaluateWires(r1cs, secrets, R1cs.publicCount(r1cs) + 1).mixed;
}

/** A and B of the first wires at tau, and beta·A + alpha·B + C. `count` covers the constant and the public signals. */
function evaluateWires(r1cs: R1cs, { tau, alpha, beta }: Secrets, count: number) {
  const basis = lagrangeAt(tau, domainSizeFor(r1cs), { first: 0, step: 1 });
  const a = new Array<bigint>(count).fill(0n);
  const b = new Array<bigint>(count).fill(0n);
  const c = new Array<bigint>(count).fill(0n);
  let row = 0;
  for (const constraint of r1cs.constraints(count)) {
    const value = basis[row++] as bigint;
    accumulate(a, constraint.a, value);
    accumulate(b, constraint.b, value);
    accumulate(c, constraint.c, value);
  }
  for (let wire = 0; wire <= R1cs.publicCount(r1cs); wire++) accumulate(a, [[wire, 1n]], basis[row++] as bigint);
  const mixed = c.map((value, wire) => (beta * (a[wire] as bigint) + alpha * (b[wire] as bigint) + value) % r);
  return { a, b, mixed };
}

function accumulate(sums: bigint[], terms: LinearCombination, factor: bigint): void {
  for (const [wire, coefficient] of terms) sums[wire] = ((sums[wire] as bigint) + coefficient * factor) % r;
}
