import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { q, r } from '../../../src/model/Field.ts';
import { decodeNumbers, encodeNumbers, kernelBackends, probe } from '../../support/kernel.ts';

const mod = (value: bigint, p: bigint) => ((value % p) + p) % p;
const power = (base: bigint, exponent: bigint, p: bigint): bigint => {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % p;
    if (bit === '1') result = (result * base) % p;
  }
  return result;
};
const inverse = (a: bigint, p: bigint) => (a === 0n ? 1n : power(a, p - 2n, p));

/** Numbers whose Montgomery form, with any backend's radix, is at or next to an end of its range. */
const edges = (p: bigint): bigint[] => {
  const forms = [0n, 1n, 2n, p - 1n, p - 2n, (p - 1n) / 2n, (1n << 253n) - 1n, 1n << 253n, (1n << 208n) - 1n];
  const radices = [256n, 260n, 261n].map((bits) => inverse(mod(1n << bits, p), p));
  return [...new Set([...forms, ...radices.flatMap((radix) => forms.map((form) => mod(form * radix, p)))])];
};

type Pair = readonly [bigint, bigint];

const expected = ([a, b]: Pair, p: bigint): bigint[] => [
  ...Array<bigint>(6).fill(mod(a * b, p)),
  ...Array<bigint>(3).fill(mod(a * a, p)),
  mod(a - b, p),
  mod(a + b, p),
  mod(9n * a, p),
  mod(-a, p),
  inverse(a, p),
  mod(a - 3n * b, p),
];

const run = (backend: string, field: 'fq' | 'fr', pairs: readonly Pair[]) =>
  decodeNumbers(
    probe(backend, field, {
      count: pairs.length,
      bytes: encodeNumbers(pairs.flat()),
      outputBytes: pairs.length * 15 * 32,
    }),
  );

describe.each(kernelBackends)('%s', (backend) => {
  describe.each([
    ['fq', q],
    ['fr', r],
  ] as const)('%s', (field, p) => {
    test('default: products, squares, sums and inverses at the bounds of lazy reduction, at the ends of the range', () => {
      const pairs = edges(p).flatMap((a) => edges(p).map((b) => [a, b] as const));
      expect(run(backend, field, pairs)).toEqual(pairs.flatMap((pair) => expected(pair, p)));
    });

    test('property: any numbers, any count up to 40', () => {
      const element = fc.bigInt({ min: 0n, max: p - 1n });
      fc.assert(
        fc.property(fc.array(fc.tuple(element, element), { minLength: 1, maxLength: 40 }), (pairs) => {
          expect(run(backend, field, pairs)).toEqual(pairs.flatMap((pair) => expected(pair, p)));
        }),
        { numRuns: 40 },
      );
    });
  });

  describe('fq2', () => {
    const multiply = ([a, b]: Pair, [c, d]: Pair): Pair => [mod(a * c - b * d, q), mod(a * d + b * c, q)];
    const invert = ([a, b]: Pair): Pair => {
      if (a === 0n && b === 0n) return [1n, 0n];
      const scale = inverse(mod(a * a + b * b, q), q);
      return [mod(a * scale, q), mod(-b * scale, q)];
    };
    const expected2 = (x: Pair, y: Pair): bigint[] =>
      [multiply(x, y), multiply(x, y), multiply(x, y), multiply(x, x), multiply(x, x), invert(x)].flat();
    const run2 = (pairs: readonly (readonly [Pair, Pair])[]) =>
      decodeNumbers(
        probe(backend, 'fq2', {
          count: pairs.length,
          bytes: encodeNumbers(pairs.flat(2)),
          outputBytes: pairs.length * 12 * 32,
        }),
      );

    test('default: products, squares and inverses at the bounds, at the ends of the range', () => {
      const few = edges(q).slice(0, 12);
      const elements = few.flatMap((a) => few.map((b) => [a, b] as const));
      const pairs = elements.map((x, i) => [x, elements[(i * 7 + 3) % elements.length] as Pair] as const);
      expect(run2(pairs)).toEqual(pairs.flatMap(([x, y]) => expected2(x, y)));
    });

    test('property: any elements, any count up to 40', () => {
      const number = fc.bigInt({ min: 0n, max: q - 1n });
      const element = fc.tuple(number, number);
      fc.assert(
        fc.property(fc.array(fc.tuple(element, element), { minLength: 1, maxLength: 40 }), (pairs) => {
          expect(run2(pairs)).toEqual(pairs.flatMap(([x, y]) => expected2(x, y)));
        }),
        { numRuns: 30 },
      );
    });
  });

  describe('transform', () => {
    const rootOf = (log: number) => power(power(5n, (r - 1n) >> 28n, r), 1n << BigInt(28 - log), r);

    test.each([0, 1, 2, 3, 5, 6, 7, 8])('default: 2^%i values, their polynomial on the shifted coset', (log) => {
      const size = 2 ** log;
      const values = Array.from({ length: size }, (_, i) => mod(BigInt(i + 1) ** 41n - 7n, r));
      const [root, shift] = [rootOf(log), rootOf(log + 1)];
      const sum = (terms: bigint[], base: bigint) =>
        terms.reduceRight((total, term) => mod(total * base + term, r), 0n);
      const coefficients = values.map((_, i) => sum(values, power(root, BigInt((size - i) % size), r)));
      const onCoset = values.map((_, i) => sum(coefficients, mod(shift * power(root, BigInt(i), r), r)));
      const result = probe(backend, 'transform', {
        count: size,
        bytes: encodeNumbers(values),
        outputBytes: size * 32,
      });
      expect(decodeNumbers(result)).toEqual(onCoset);
    });
  });
});
