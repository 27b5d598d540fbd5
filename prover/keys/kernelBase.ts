/**
 * @module Multiples of the generators by the native kernel, many times as fast as `fixedBase.ts` and with the same
 * results.
 */

import { elementBytes } from '../artifacts/binary.ts';
import { errorOf } from '../engines/kernelStatus.ts';
import { loadNativeAddon } from '../engines/nativeAddon.ts';
import { type FixedBase, type GroupName, pointBytes } from './fixedBase.ts';

/** The kernel's table of a group. `backend` has given the known answer; `points` are about to be computed. */
export function createKernelBase(backend: string, group: GroupName, points: number): FixedBase {
  const loaded = loadNativeAddon();
  if (!('addon' in loaded)) throw errorOf(7);
  const { addon } = loaded;
  const generator = addon.createGenerator(backend, group === 'g1' ? 1 : 2, windowBitsFor(points));
  return {
    multiply: (scalars, output, from, to) => {
      const status = addon.multiplyGenerator(
        generator,
        scalars.subarray(from * elementBytes, to * elementBytes),
        output.subarray(from * pointBytes[group], to * pointBytes[group]),
      );
      if (status !== 0) throw errorOf(status);
    },
  };
}

/** Batch-affine tables fill quickly, so they may be wide. */
function windowBitsFor(points: number): number {
  return points < 256 ? 5 : points < 8192 ? 8 : 12;
}
