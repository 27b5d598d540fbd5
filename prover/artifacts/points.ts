/**
 * @module Curve points as `.zkey` files hold them: affine, coordinates in Montgomery form, infinity as zeros. The
 * curve's equation is checked in Montgomery form, with X = xR, where y² = x³ + b becomes Y²·R = X³ + b·R³.
 */
import { q } from '../../src/model/Field.ts';
import type { Fq2 } from '../../src/model/Point.ts';
import type { Cursor } from './binary.ts';

/** R = 2^256 mod q, the Montgomery radix of 4 × 64-bit limbs. */
const radix = (1n << 256n) % q;
const radixCubed = (radix * radix * radix) % q;
const radixInverse = power(radix, q - 2n);

/** The element that a Montgomery form stands for. */
export function fromMontgomery(value: bigint): bigint {
  return (value * radixInverse) % q;
}

/** The Montgomery form of an element. */
export function toMontgomery(value: bigint): bigint {
  return (value * radix) % q;
}

/** Checks each point of a section of G1. @throws ArtifactFormatError with the point's place */
export function checkG1Section(cursor: Cursor, id: number): void {
  while (cursor.remaining > 0) {
    const at = cursor.position;
    const x = cursor.coordinate();
    const y = cursor.coordinate();
    if (x === 0n && y === 0n) continue;
    const right = ((x * x) % q) * x + 3n * radixCubed;
    if ((((y * y) % q) * radix - right) % q !== 0n) throw cursor.malformed(`has a point off G1 in section ${id}`, at);
  }
}

/** Checks each point of a section of G2 against the twist's equation. @throws ArtifactFormatError */
export function checkG2Section(cursor: Cursor, id: number): void {
  while (cursor.remaining > 0) {
    const at = cursor.position;
    const x: Fq2 = [cursor.coordinate(), cursor.coordinate()];
    const y: Fq2 = [cursor.coordinate(), cursor.coordinate()];
    if (x[0] === 0n && x[1] === 0n && y[0] === 0n && y[1] === 0n) continue;
    const left = multiply(y, y);
    const right = multiply(multiply(x, x), x);
    const isOn = [0, 1].every((i) => {
      const constant = (twistB[i] as bigint) * radixCubed;
      return ((left[i] as bigint) * radix - (right[i] as bigint) - constant) % q === 0n;
    });
    if (!isOn) throw cursor.malformed(`has a point off the twist in section ${id}`, at);
  }
}

/** 3/(9+i), as in src/model/Point.ts: 3·(9−i)/82. */
const twistB: Fq2 = [(27n * power(82n, q - 2n)) % q, q - ((3n * power(82n, q - 2n)) % q)];

function multiply(a: Fq2, b: Fq2): Fq2 {
  return [(a[0] * b[0] - a[1] * b[1]) % q, (a[0] * b[1] + a[1] * b[0]) % q];
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % q;
    square = (square * square) % q;
  }
  return result;
}
