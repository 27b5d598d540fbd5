/**
 * @module The equations by which a ceremony is checked. Points are the bytes of a file: affine, Montgomery form. Many
 * equations are checked as one, each times a random factor of 128 bits: if one of them is false, so is their sum, but
 * with probability 2^-128 (small-exponent batching; Bellare, Garay, Rabin 1998).
 */
import { randomBytes } from 'node:crypto';
import type { Bytes, Group } from 'ffjavascript';
import { viewOf } from '../../artifacts/binary.ts';
import { loadCurve } from '../../snarkjsRuntime.ts';
import { type GroupName, pointBytes } from '../fixedBase.ts';

/** Two points of G1 and two of G2 of which q/p must be t/s. */
type Ratio = {
  readonly p: Bytes;
  readonly q: Bytes;
  readonly s: Bytes;
  readonly t: Bytes;
};

const factorBytes = 16;

/** Random factors, 16 bytes each, least significant byte first. */
export function drawFactors(count: number): Uint8Array {
  // randomBytes gives at most 2^31 − 1 bytes, which is more factors than any file has points.
  return new Uint8Array(randomBytes(count * factorBytes));
}

/** The factor with a number as an integer. */
export function factorAt(factors: Uint8Array, i: number): bigint {
  const view = viewOf(factors);
  return view.getBigUint64(i * factorBytes, true) | (view.getBigUint64(i * factorBytes + 8, true) << 64n);
}

/** Whether q = k·p and t = k·s for one k, which is e(p, t) = e(q, s). Points at infinity never pass. */
export async function isSameRatio({ p, q, s, t }: Ratio): Promise<boolean> {
  const { G1, G2, pairingEq } = await loadCurve();
  if ([p, q].some((point) => G1.isZero(point)) || [s, t].some((point) => G2.isZero(point))) return false;
  return pairingEq(p, t, G1.neg(q), s);
}

/** Whether two sums are one point. */
export async function isSamePoint(group: GroupName, a: Bytes, b: Bytes): Promise<boolean> {
  const curve = await loadCurve();
  return (group === 'g1' ? (curve.G1 as Group<unknown>) : (curve.G2 as Group<unknown>)).eq(a, b);
}

/** The point with a number in a row of points. */
export function pointAt(group: GroupName, points: Uint8Array, i: number): Uint8Array {
  return points.slice(i * pointBytes[group], (i + 1) * pointBytes[group]);
}

/** Whether two stretches of bytes are the same. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
