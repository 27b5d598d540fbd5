/**
 * @module Affine points of BN254's groups G1 (y² = x³ + 3 over Fq) and G2 (y² = x³ + 3/(9+i) over Fq2 = Fq[i]), as
 * EIP-197 fixes them, and their two encodings. snarkjs writes an Fq2 element as [real, imaginary], the EVM as
 * (imaginary, real); this file is the only place that swaps them.
 */
import { q } from './Field.ts';

export type G1 = { readonly x: bigint; readonly y: bigint };
/** An element of Fq2: real part first. */
export type Fq2 = readonly [real: bigint, imaginary: bigint];
export type G2 = { readonly x: Fq2; readonly y: Fq2 };

/** 3/(9+i), the constant of the twist; (9+i)·(27 − 3i)/82 = 3. */
const twistB = ((): Fq2 => {
  const inverse82 = power(82n, q - 2n);
  return [mod(27n * inverse82), mod(-3n * inverse82)];
})();

export const Point = {
  /** The generator of G1. Source: EIP-196. */
  g1Generator: { x: 1n, y: 2n } as G1,

  /** The generator of G2. Source: EIP-197. */
  g2Generator: {
    x: [
      10857046999023057135944570762232829481370756359578518086990519993285655852781n,
      11559732032986387107991004021392285783925812861821192530917403151452391805634n,
    ],
    y: [
      8495653923123431417604973247489272438418190587263600148770280649306958101930n,
      4082367875863433681332203403145435568316851327593401208105741076214120093531n,
    ],
  } as G2,

  /** Whether a pair of coordinates below q satisfies the equation of G1; the point at infinity (0, 0) does not. */
  isOnG1: ({ x, y }: G1): boolean => below(x) && below(y) && mod(y * y) === mod(x * x * x + 3n),

  /** Whether coordinates below q satisfy the equation of the twist. Says nothing of the subgroup. */
  isOnTwist: ({ x, y }: G2): boolean => {
    if (![...x, ...y].every(below)) return false;
    const left = multiply(y, y);
    const right = multiply(multiply(x, x), x);
    return left[0] === mod(right[0] + twistB[0]) && left[1] === mod(right[1] + twistB[1]);
  },

  isEqualG1: (a: G1, b: G1): boolean => a.x === b.x && a.y === b.y,
  isEqualG2: (a: G2, b: G2): boolean =>
    a.x[0] === b.x[0] && a.x[1] === b.x[1] && a.y[0] === b.y[0] && a.y[1] === b.y[1],

  /** The two words x, y that the EVM's precompiles take. */
  g1ToWords: ({ x, y }: G1): bigint[] => [x, y],
  /** The four words x.imaginary, x.real, y.imaginary, y.real that the EVM's precompiles take. */
  g2ToWords: ({ x, y }: G2): bigint[] => [x[1], x[0], y[1], y[0]],
  g1FromWords: ([x, y]: readonly bigint[]): G1 => ({ x: x as bigint, y: y as bigint }),
  g2FromWords: ([xi, xr, yi, yr]: readonly bigint[]): G2 => ({
    x: [xr as bigint, xi as bigint],
    y: [yr as bigint, yi as bigint],
  }),
} as const;

function below(value: bigint): boolean {
  return value >= 0n && value < q;
}

function mod(value: bigint): bigint {
  const rest = value % q;
  return rest < 0n ? rest + q : rest;
}

function multiply(a: Fq2, b: Fq2): Fq2 {
  return [mod(a[0] * b[0] - a[1] * b[1]), mod(a[0] * b[1] + a[1] * b[0])];
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}
