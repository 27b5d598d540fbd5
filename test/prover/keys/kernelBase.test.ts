import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, test } from 'vitest';
import { pointBytes } from '../../../prover/keys/fixedBase.ts';
import { createKernelBase } from '../../../prover/keys/kernelBase.ts';
import { r } from '../../../src/model/Field.ts';
import { encodeCoordinates, encodeNumbers, nativeBackends } from '../../support/kernel.ts';
import { seededRandom } from '../../support/random.ts';

const multiples = {
  g1: (scalar: bigint) => {
    if (scalar === 0n) return [0n, 0n];
    const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
    return [x, y];
  },
  g2: (scalar: bigint) => {
    if (scalar === 0n) return [0n, 0n, 0n, 0n];
    const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
    return [x.c0, x.c1, y.c0, y.c1];
  },
};

describe.each(nativeBackends)('%s', (backend) => {
  describe.each(['g1', 'g2'] as const)('createKernelBase of %s', (group) => {
    const random = seededRandom(3n);
    const special = [0n, 1n, 2n, 3n, 16n, 255n, 256n, 2048n, 4095n, r - 1n, r - 2n, (r - 1n) / 2n, (r + 1n) / 2n];
    const scalars = [...special, ...Array.from({ length: 30 }, () => random.element())];

    test.each([10, 1000, 10_000])('default: as noble, with the table for %i points', (points) => {
      const output = new Uint8Array(scalars.length * pointBytes[group]);
      createKernelBase(backend, group, points).multiply(encodeNumbers(scalars), output, 0, scalars.length);
      expect(output).toEqual(encodeCoordinates(scalars.flatMap(multiples[group])));
    });

    test('behavior: many at once, and a part of them', () => {
      const many = Array.from({ length: 2500 }, (_, i) => scalars[i % scalars.length] as bigint);
      const output = new Uint8Array(many.length * pointBytes[group]);
      createKernelBase(backend, group, 1000).multiply(encodeNumbers(many), output, 1, 2400);
      const wanted = encodeCoordinates(scalars.flatMap(multiples[group]));
      const size = pointBytes[group];
      for (const i of [1, 40, 43, 2047, 2048, 2049, 2399]) {
        const at = (i % scalars.length) * size;
        expect(output.subarray(i * size, (i + 1) * size)).toEqual(wanted.subarray(at, at + size));
      }
      expect(output.subarray(0, size).every((byte) => byte === 0)).toBe(true);
      expect(output.subarray(2400 * size).every((byte) => byte === 0)).toBe(true);
    });

    test('error: a scalar that is not below r', () => {
      const base = createKernelBase(backend, group, 10);
      expect(() => base.multiply(encodeNumbers([r]), new Uint8Array(pointBytes[group]), 0, 1)).toThrow();
    });
  });
});

test('error: a backend that is not there', () => {
  expect(() => createKernelBase('abacus', 'g1', 10)).toThrow();
});
