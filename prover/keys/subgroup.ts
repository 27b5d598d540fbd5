/**
 * @module Membership in G2, the subgroup of order r on BN254's twist. G1 has no cofactor, so being on the curve is
 * enough there; on the twist it is not. Multiplies by r in Jacobian coordinates with the formulas dbl-2009-l and
 * madd-2007-bl of the Explicit-Formulas Database (https://hyperelliptic.org/EFD), plainly and not in constant time:
 * verifying keys and proofs are public.
 */
import { q, r } from '../../src/model/Field.ts';
import type { Fq2, G2 } from '../../src/model/Point.ts';

type Jacobian = { readonly x: Fq2; readonly y: Fq2; readonly z: Fq2 };

/** Whether a point of the twist has order r. The caller has checked that it is on the twist. */
export function isInSubgroup(point: G2): boolean {
  let sum: Jacobian = { ...point, z: [1n, 0n] };
  // The top bit of r is the point itself; the other 253 follow.
  for (let bit = BigInt(r.toString(2).length - 2); bit >= 0n; bit--) {
    sum = double(sum);
    if ((r >> bit) & 1n) sum = add(sum, point);
  }
  return isZero(sum.z);
}

function double({ x, y, z }: Jacobian): Jacobian {
  const a = square(x);
  const b = square(y);
  const c = square(b);
  const d = scale(sub(sub(square(plus(x, b)), a), c), 2n);
  const e = scale(a, 3n);
  const x3 = sub(square(e), scale(d, 2n));
  return { x: x3, y: sub(multiply(e, sub(d, x3)), scale(c, 8n)), z: scale(multiply(y, z), 2n) };
}

/** Adds an affine point. The case of equal points is doubled, opposite points give z = 0. */
function add(p: Jacobian, { x, y }: G2): Jacobian {
  if (isZero(p.z)) return { x, y, z: [1n, 0n] };
  const zz = square(p.z);
  const h = sub(multiply(x, zz), p.x);
  const s = scale(sub(multiply(multiply(y, p.z), zz), p.y), 2n);
  if (isZero(h)) return isZero(s) ? double(p) : { x: p.x, y: p.y, z: [0n, 0n] };
  const hh = square(h);
  const i = scale(hh, 4n);
  const j = multiply(h, i);
  const v = multiply(p.x, i);
  const x3 = sub(sub(square(s), j), scale(v, 2n));
  const y3 = sub(multiply(s, sub(v, x3)), scale(multiply(p.y, j), 2n));
  return { x: x3, y: y3, z: sub(sub(square(plus(p.z, h)), zz), hh) };
}

function multiply(a: Fq2, b: Fq2): Fq2 {
  return [mod(a[0] * b[0] - a[1] * b[1]), mod(a[0] * b[1] + a[1] * b[0])];
}

function square(a: Fq2): Fq2 {
  return [mod((a[0] + a[1]) * (a[0] - a[1])), mod(2n * a[0] * a[1])];
}

function plus(a: Fq2, b: Fq2): Fq2 {
  return [mod(a[0] + b[0]), mod(a[1] + b[1])];
}

function sub(a: Fq2, b: Fq2): Fq2 {
  return [mod(a[0] - b[0]), mod(a[1] - b[1])];
}

function scale(a: Fq2, factor: bigint): Fq2 {
  return [mod(a[0] * factor), mod(a[1] * factor)];
}

function mod(value: bigint): bigint {
  const rest = value % q;
  return rest < 0n ? rest + q : rest;
}

function isZero(a: Fq2): boolean {
  return a[0] === 0n && a[1] === 0n;
}
