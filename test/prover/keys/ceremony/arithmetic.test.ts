import { bn254 } from '@noble/curves/bn254.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Arithmetic, openArithmetic } from '../../../../prover/keys/ceremony/arithmetic.ts';
import { pointBytes } from '../../../../prover/keys/fixedBase.ts';
import { loadCurve } from '../../../../prover/snarkjsRuntime.ts';
import { CancelledError, UnsafeKeyError, UsageError } from '../../../../src/errors.ts';
import { r } from '../../../../src/model/Field.ts';
import { concat, encodeCoordinates, encodeNumbers, nativeBackends } from '../../../support/kernel.ts';
import { seededRandom } from '../../../support/random.ts';
import { outsideSubgroup } from '../../../support/twist.ts';

const random = seededRandom(29n);
const special = [0n, 1n, 2n, 3n, 4n, r - 1n, r - 2n, (r - 1n) / 2n, (r + 1n) / 2n, 1n << 253n, 2n ** 128n - 1n];
const engines = [...nativeBackends.map((name) => `native:${name}`), 'wasm'];

/** Points of a group, infinity among them, as files hold them. */
function row(group: 'g1' | 'g2', count: number): Uint8Array {
  return concat(Array.from({ length: count }, (_, i) => point(group, i % 11 === 5 ? 0n : random.element())));
}

function point(group: 'g1' | 'g2', scalar: bigint): Uint8Array {
  if (scalar === 0n) return new Uint8Array(pointBytes[group]);
  if (group === 'g1') {
    const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
    return encodeCoordinates([x, y]);
  }
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return encodeCoordinates([x.c0, x.c1, y.c0, y.c1]);
}

/** Comparing by hand: a difference of long arrays takes minutes to print. */
const isSame = (a: Uint8Array | undefined, b: Uint8Array) => a !== undefined && Buffer.compare(a, b) === 0;

describe.each(engines)('the arithmetic of %s', (engine) => {
  let kernel: Arithmetic;
  let library: Arithmetic;
  beforeAll(() => {
    kernel = openArithmetic(engine);
    library = openArithmetic('snarkjs');
  });

  test('default: it is the one that was asked for, and the library is without sums over one row', () => {
    expect(kernel.name).toBe(engine);
    expect(kernel.combine).toBeTypeOf('function');
    expect(library).toMatchObject({ name: 'snarkjs', combine: undefined });
  });

  test.each(special)('scale by %s: the bytes of snarkjs', async (scalar) => {
    const points = row('g1', 19);
    const factor = encodeNumbers([scalar]);
    expect(isSame(await kernel.scale(points, factor), await library.scale(points, factor))).toBe(true);
  });

  test('scale: more points than go together, and none', async () => {
    const points = row('g1', 40);
    const many = concat(Array<Uint8Array>(60).fill(points)).subarray(0, 2051 * 64);
    const factor = encodeNumbers([random.element()]);
    const scaled = await library.scale(points, factor);
    expect(
      isSame(await kernel.scale(many, factor), concat(Array<Uint8Array>(60).fill(scaled)).subarray(0, 2051 * 64)),
    ).toBe(true);
    expect(await kernel.scale(new Uint8Array(), factor)).toHaveLength(0);
  });

  describe.each(['g1', 'g2'] as const)('in %s', (group) => {
    const same = async (a: Uint8Array, b: Uint8Array): Promise<boolean> => {
      const curve = await loadCurve();
      return group === 'g1' ? curve.G1.eq(a, b) : curve.G2.eq(a, b);
    };

    test.each([0, 1, 7, 40])('sum of %i points: that of snarkjs, for scalars of 16 and of 32 bytes', async (count) => {
      const points = row(group, count);
      const scalars = encodeNumbers(Array.from({ length: count }, (_, i) => special[i] ?? random.element()));
      for (const factors of [scalars, scalars.subarray(0, 16 * count)]) {
        expect(await same(await kernel.sum(group, points, factors), await library.sum(group, points, factors))).toBe(
          true,
        );
      }
    });

    test('combine: each sum is the sum over its terms, be they none, one or many', async () => {
      const points = row(group, 23);
      const counts = [0, 1, 2, 3, 0, 23, 1, 5, 60, 0, 9, 1, 1];
      const starts = Uint32Array.from([0, ...counts.map((_, i) => counts.slice(0, i + 1).reduce((a, b) => a + b))]);
      const total = starts.at(-1) as number;
      const numbers = Uint32Array.from({ length: total }, () => random.below(23));
      const values = Array.from({ length: total }, (_, i) => special[i % 17] ?? random.element());
      const sums = kernel.combine?.(group, points, { starts, numbers, scalars: encodeNumbers(values) }) as Uint8Array;
      const size = pointBytes[group];
      for (const [k, count] of counts.entries()) {
        const terms = Array.from({ length: count }, (_, i) => (starts[k] as number) + i);
        const own = concat(
          terms.map((i) => points.slice((numbers[i] as number) * size, ((numbers[i] as number) + 1) * size)),
        );
        const wanted = await library.sum(group, own, encodeNumbers(terms.map((i) => values[i] as bigint)));
        expect(await same(sums.slice(k * size, (k + 1) * size), wanted), `sum ${k}`).toBe(true);
      }
    });

    test('combine: sums that cancel, double and repeat', () => {
      const points = concat([point(group, 5n), point(group, r - 5n), point(group, 10n)]);
      const starts = Uint32Array.from([0, 2, 4, 6, 9]);
      const numbers = Uint32Array.from([0, 1, 0, 0, 2, 1, 0, 0, 2]);
      const scalars = encodeNumbers([1n, 1n, 7n, 7n, r - 1n, 2n, 1n, 1n, r - 1n]);
      const wanted = [0n, 70n, r - 20n, 0n].map((scalar) => point(group, scalar));
      expect(isSame(kernel.combine?.(group, points, { starts, numbers, scalars }), concat(wanted))).toBe(true);
    });

    test('combine: more sums than go together', () => {
      const count = 4100;
      const points = concat([point(group, 3n), point(group, 1n)]);
      const starts = Uint32Array.from({ length: count + 1 }, (_, i) => i);
      const numbers = Uint32Array.from({ length: count }, (_, i) => i % 2);
      const sums = kernel.combine?.(group, points, { starts, numbers, scalars: encodeNumbers(Array(count).fill(2n)) });
      const pair = concat([point(group, 6n), point(group, 2n)]);
      expect(isSame(sums, concat(Array<Uint8Array>(count / 2).fill(pair)))).toBe(true);
    });

    test('error: a point off the curve, a scalar that is not below r, terms that do not fit', async () => {
      const points = row(group, 3);
      const off = points.slice();
      off[0] = (off[0] as number) ^ 1;
      const scalars = encodeNumbers([1n, 2n, 3n]);
      await expect(kernel.sum(group, off, scalars)).rejects.toThrow(UnsafeKeyError);
      await expect(kernel.sum(group, points, encodeNumbers([1n, r, 3n]))).rejects.toThrow();
      const terms = { starts: Uint32Array.from([0, 3]), numbers: Uint32Array.from([0, 1, 2]), scalars };
      expect(() => kernel.combine?.(group, off, terms)).toThrow(UnsafeKeyError);
      expect(() => kernel.combine?.(group, points, { ...terms, numbers: Uint32Array.from([0, 1, 3]) })).toThrow();
      expect(() => kernel.combine?.(group, points, { ...terms, starts: Uint32Array.from([0, 3, 1, 3]) })).toThrow();
      expect(() => kernel.combine?.(group, points, { ...terms, scalars: encodeNumbers([1n, r, 3n]) })).toThrow();
    });
  });

  test('behavior: a point outside the subgroup is multiplied by integers below 2^128 as the curve has it', async () => {
    const { G2 } = await loadCurve();
    const { x, y } = outsideSubgroup();
    const points = concat([encodeCoordinates([...x, ...y]), row('g2', 2)]);
    const factors = encodeNumbers([2n ** 128n - 3n, 5n, 6n]);
    const narrow = concat([0, 1, 2].map((i) => factors.subarray(32 * i, 32 * i + 16)));
    expect(G2.eq(await kernel.sum('g2', points, narrow), await library.sum('g2', points, factors))).toBe(true);
  });

  test('error: cancelled between two steps', async () => {
    await expect(kernel.scale(row('g1', 3), encodeNumbers([5n]), AbortSignal.abort())).rejects.toThrow(CancelledError);
  });
});

test('behavior: auto, nothing, and an engine of somebody else give the fastest', () => {
  for (const engine of [undefined, 'auto', './own.ts', '/opt/own.js']) {
    expect(openArithmetic(engine).name).toBe(openArithmetic().name);
  }
});

test('error: an engine that is not there', () => {
  expect(() => openArithmetic('abacus')).toThrow(UsageError);
});
