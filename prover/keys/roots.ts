/** @module Roots of unity of BN254's scalar field and Lagrange bases over the domains that they span. */
import { r } from '../../src/model/Field.ts';

/** r − 1 = 2^28 · odd, and 5 is the smallest number that is no square modulo r: its power has the full order 2^28. */
const largestRoot = powerModR(5n, (r - 1n) >> 28n);

/** The root of unity of order `size`, a power of two up to 2^28, that snarkjs uses too. */
export function rootOfUnity(size: number): bigint {
  return powerModR(largestRoot, 2n ** 28n / BigInt(size));
}

/** base^exponent mod r by square and multiply. */
export function powerModR(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % r;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % r;
    square = (square * square) % r;
  }
  return result;
}

/** The inverse modulo r by Fermat's little theorem; 0 for 0. */
export function invertModR(value: bigint): bigint {
  return powerModR(value, r - 2n);
}

/**
 * Evaluates at `tau` the Lagrange polynomials of the domain of `size` points: L_i(tau) = (tau^size − 1)/size ·
 * w^i/(tau − w^i), here for i = first, first + step, … tau is outside the domain.
 */
export function lagrangeAt(tau: bigint, size: number, { first, step }: { first: number; step: number }): bigint[] {
  const root = rootOfUnity(size);
  const stride = powerModR(root, BigInt(step));
  const count = Math.ceil((size - first) / step);
  const factor = ((powerModR(tau, BigInt(size)) - 1n + r) * invertModR(BigInt(size))) % r;
  const numerators = new Array<bigint>(count);
  const denominators = new Array<bigint>(count);
  let power = powerModR(root, BigInt(first));
  for (let i = 0; i < count; i++) {
    numerators[i] = (factor * power) % r;
    denominators[i] = (tau - power + r) % r;
    power = (power * stride) % r;
  }
  return invertAll(denominators).map((inverse, i) => (inverse * (numerators[i] as bigint)) % r);
}

/** Montgomery's trick: one inversion and three multiplications per value. No value may be 0. */
function invertAll(values: readonly bigint[]): bigint[] {
  const prefixes = new Array<bigint>(values.length);
  let product = 1n;
  for (const [i, value] of values.entries()) {
    prefixes[i] = product;
    product = (product * value) % r;
  }
  let inverse = invertModR(product);
  const inverses = new Array<bigint>(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = (inverse * (prefixes[i] as bigint)) % r;
    inverse = (inverse * (values[i] as bigint)) % r;
  }
  return inverses;
}
