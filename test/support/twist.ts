import { bn254 } from '@noble/curves/bn254.js';
import type { G2 } from '../../src/model/Point.ts';

/** The first point of the twist with real x ≥ `from`; the cofactor is so large that it never falls into the subgroup. */
export function outsideSubgroup(from = 1n): G2 {
  const { Fp2 } = bn254.fields;
  for (let real = from; ; real++) {
    const x = Fp2.fromBigTuple([real, 0n]);
    const right = Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n])));
    try {
      const y = Fp2.sqrt(right);
      return { x: [real, 0n], y: [y.c0, y.c1] };
    } catch {
      // No square root: there is no point with this x.
    }
  }
}
