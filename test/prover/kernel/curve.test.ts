import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, test } from 'vitest';
import { r } from '../../../src/model/Field.ts';
import {
  concat,
  decodeNumbers,
  encodeCoordinates,
  encodeNumbers,
  kernelBackends,
  probe,
} from '../../support/kernel.ts';
import { seededRandom } from '../../support/random.ts';

const G1 = bn254.G1.Point;
const G2 = bn254.G2.Point;
type Point1 = InstanceType<typeof G1>;
type Point2 = InstanceType<typeof G2>;

/** What the tests need of a group, whichever it is. */
type Group<P> = {
  readonly zero: P;
  readonly times: (scalar: bigint) => P;
  readonly add: (a: P, b: P) => P;
  readonly negate: (a: P) => P;
  readonly scale: (a: P, scalar: bigint) => P;
  /** Zeros for infinity. */
  readonly coordinates: (a: P) => bigint[];
};

const group1: Group<Point1> = {
  zero: G1.ZERO,
  times: (scalar) => (scalar === 0n ? G1.ZERO : G1.BASE.multiply(scalar)),
  add: (a, b) => a.add(b),
  negate: (a) => a.negate(),
  scale: (a, scalar) => a.multiplyUnsafe(scalar),
  coordinates: (a) => (a.is0() ? [0n, 0n] : [a.toAffine().x, a.toAffine().y]),
};

const group2: Group<Point2> = {
  zero: G2.ZERO,
  times: (scalar) => (scalar === 0n ? G2.ZERO : G2.BASE.multiply(scalar)),
  add: (a, b) => a.add(b),
  negate: (a) => a.negate(),
  scale: (a, scalar) => a.multiplyUnsafe(scalar),
  coordinates: (a) => {
    if (a.is0()) return [0n, 0n, 0n, 0n];
    const { x, y } = a.toAffine();
    return [x.c0, x.c1, y.c0, y.c1];
  },
};

function suite<P>(backend: string, name: 'G1' | 'G2', group: Group<P>) {
  const bytes = name === 'G1' ? 64 : 128;
  const random = seededRandom(7n);
  const points = Array.from({ length: 24 }, () => group.times(random.element()));
  const encode = (list: readonly P[]) => concat(list.map((point) => encodeCoordinates(group.coordinates(point))));
  const some = (i: number) => points[i % points.length] as P;
  /** Ordinary pairs, and each kind that the chord's formula cannot add, in turn. */
  const pair = (i: number): readonly [P, P] => {
    const [a, b] = [some(i), some(5 * i + 1)];
    const kinds: readonly (readonly [P, P])[] = [
      ...[[a, b] as const, [b, a] as const, [a, a] as const, [a, group.negate(a)] as const],
      ...[[group.zero, a] as const, [a, group.zero] as const, [group.zero, group.zero] as const],
    ];
    return (i % 3 === 0 ? kinds[(i / 3) % kinds.length] : [a, b]) as readonly [P, P];
  };

  describe(`batch addition in ${name}`, () => {
    const sizes = Array.from({ length: 40 }, (_, i) => i + 1);

    test('default: batches of 1 to 40 pairs, with infinity, equal and opposite points among them', () => {
      for (const size of sizes) {
        const pairs = Array.from({ length: size }, (_, i) => pair(i + size));
        const result = probe(backend, `batch${name}`, {
          count: size,
          bytes: encode(pairs.flat()),
          outputBytes: size * bytes,
        });
        const wanted = pairs.flatMap(([a, b]) => group.coordinates(group.add(a, group.negate(b))));
        expect(decodeNumbers(result), `${size} pairs`).toEqual(wanted);
      }
    });

    test('behavior: nothing but pairs that need the slow way', () => {
      const pairs = Array.from({ length: 33 }, (_, i) => [some(i), i % 2 ? some(i) : group.negate(some(i))] as const);
      const result = probe(backend, `batch${name}`, {
        count: pairs.length,
        bytes: encode(pairs.flat()),
        outputBytes: pairs.length * bytes,
      });
      const wanted = pairs.flatMap(([a, b]) => group.coordinates(group.add(a, group.negate(b))));
      expect(decodeNumbers(result)).toEqual(wanted);
    });
  });

  test(`complete formulas in ${name}: sum, double, and their sum`, () => {
    const pairs = Array.from({ length: 30 }, (_, i) => pair(i));
    const result = probe(backend, `projective${name}`, {
      count: pairs.length,
      bytes: encode(pairs.flat()),
      outputBytes: pairs.length * 3 * bytes,
    });
    const wanted = pairs.flatMap(([a, b]) => {
      const [sum, double] = [group.add(a, b), group.add(a, a)];
      return [sum, double, group.add(double, sum)].flatMap(group.coordinates);
    });
    expect(decodeNumbers(result)).toEqual(wanted);
  });

  describe(`multi-exponentiation in ${name}`, () => {
    const sum = (bases: readonly P[], scalars: readonly bigint[]) =>
      decodeNumbers(
        probe(backend, `msm${name}`, {
          count: bases.length,
          bytes: concat([encode(bases), encodeNumbers(scalars)]),
          outputBytes: bytes,
        }),
      );
    const wanted = (bases: readonly P[], scalars: readonly bigint[]) =>
      group.coordinates(
        bases.reduce((total, base, i) => {
          const scalar = scalars[i] as bigint;
          return scalar === 0n ? total : group.add(total, group.scale(base, scalar));
        }, group.zero),
      );
    const many = Array.from({ length: 150 }, (_, i) => some(i));
    const special = [0n, 1n, 2n, r - 1n, r - 2n, (r - 1n) / 2n, (r + 1n) / 2n, 1n << 253n, (1n << 64n) - 1n];

    test.each([1, 2, 7, 8, 9, 40, 150])('default: %i points', (count) => {
      const scalars = Array.from({ length: count }, () => random.element());
      expect(sum(many.slice(0, count), scalars)).toEqual(wanted(many.slice(0, count), scalars));
    });

    test('behavior: bases at infinity, repeated and opposite', () => {
      const bases = many.map((point, i) => [point, group.zero, some(0), group.negate(some(0))][i % 4] as P);
      const scalars = bases.map((_, i) => (i % 5 === 0 ? 12345n : random.element()));
      expect(sum(bases, scalars)).toEqual(wanted(bases, scalars));
    });

    test('behavior: all points and all scalars the same', () => {
      const bases = Array<P>(150).fill(some(3));
      for (const scalar of special)
        expect(sum(bases, Array<bigint>(150).fill(scalar))).toEqual(
          group.coordinates(scalar === 0n ? group.zero : group.scale(some(3), (150n * scalar) % r)),
        );
    });

    test('behavior: scalars at the ends of the range and of windows', () => {
      const scalars = many.map((_, i) => special[i % special.length] as bigint);
      expect(sum(many, scalars)).toEqual(wanted(many, scalars));
    });

    test('behavior: everything cancels', () => {
      const bases = many.map((_, i) => some(Math.floor(i / 2)));
      const scalars = bases.map((_, i) => (i % 2 ? r - 77n : 77n));
      expect(sum(bases, scalars)).toEqual(group.coordinates(group.zero));
    });
  });
}

describe.each(kernelBackends)('%s', (backend) => {
  suite(backend, 'G1', group1);
  suite(backend, 'G2', group2);
});
