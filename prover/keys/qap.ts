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
export function evaluateScalars(r1cs: R1cs, { tau, alpha, beta, delta }: Secrets): KeyScalars {
  const domainSize = domainSizeFor(r1cs);
  const publicCount = R1cs.publicCount(r1cs);
  const basis = lagrangeAt(tau, domainSize, { first: 0, step: 1 });
  const a = new Array<bigint>(r1cs.wires).fill(0n);
  const b = new Array<bigint>(r1cs.wires).fill(0n);
  const c = new Array<bigint>(r1cs.wires).fill(0n);
  let row = 0;
  for (const constraint of r1cs.constraints()) {
    const value = basis[row++] as bigint;
    accumulate(a, constraint.a, value);
    accumulate(b, constraint.b, value);
    accumulate(c, constraint.c, value);
  }
  for (let wire = 0; wire <= publicCount; wire++) accumulate(a, [[wire, 1n]], basis[row++] as bigint);
  const inverseDelta = invertModR(delta);
  const mixed = c.map((value, wire) => (beta * (a[wire] as bigint) + alpha * (b[wire] as bigint) + value) % r);
  return {
    domainSize,
    a,
    b,
    ic: mixed.slice(0, publicCount + 1),
    c: mixed.slice(publicCount + 1).map((value) => (value * inverseDelta) % r),
    h: lagrangeAt(tau, 2 * domainSize, { first: 1, step: 2 }).map((value) => (value * inverseDelta) % r),
  };
}

function accumulate(sums: bigint[], terms: LinearCombination, factor: bigint): void {
  for (const [wire, coefficient] of terms) sums[wire] = ((sums[wire] as bigint) + coefficient * factor) % r;
}
