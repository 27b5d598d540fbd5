/**
 * @module The heavy curve arithmetic of ceremonies: by the proving kernel where there is one, else by the WebAssembly of
 * snarkjs' curve library, many times slower and with the same bytes for results. Points are those of a file: affine,
 * Montgomery form, infinity as zeros.
 */
import type { Bytes } from 'ffjavascript';
import { elementBytes } from '../../artifacts/binary.ts';
import { chooseEngine } from '../../engines/choose.ts';
import { openCurveKernel, type Terms } from '../../engines/curveKernel.ts';
import { loadCurve } from '../../snarkjsRuntime.ts';
import { type GroupName, pointBytes } from '../fixedBase.ts';
import { checkNotAborted } from '../multiples.ts';

export type Arithmetic = {
  /** The engine that computes; `snarkjs` for the library. */
  readonly name: string;
  /** Each point of a row of G1 times one scalar, which is 32 bytes, least significant first. @throws CancelledError */
  readonly scale: (points: Uint8Array, scalar: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>;
  /**
   * Σ scalar_i · point_i over as many points as there are in the bytes; scalars of 16 or 32 bytes, least significant
   * first. Only those of 16 bytes are taken for integers; those of 32 for residues modulo r, which points outside the
   * subgroup tell apart.
   */
  readonly sum: (group: GroupName, points: Uint8Array, scalars: Uint8Array) => Promise<Bytes>;
  /** Many sums over one row of points, one point each; only the kernel has it. */
  readonly combine: ((group: GroupName, points: Uint8Array, terms: Terms) => Uint8Array) | undefined;
};

/** Points between two looks at the signal. */
const stepPoints = 2 ** 14;

/**
 * The fastest arithmetic that works here, or that of an engine by name.
 * @param engine as `TALLY_ENGINE`; `auto` or nothing for the fastest
 * @throws UsageError when there is no such engine
 */
export function openArithmetic(engine?: string): Arithmetic {
  // An engine of somebody's own is a module's path; it proves and does nothing else.
  const isName = engine !== undefined && engine !== 'auto' && !/^[./]/.test(engine);
  const { name } = chooseEngine(isName ? engine : undefined);
  const kernel = openCurveKernel(name);
  if (!kernel) return libraryArithmetic;
  return {
    name,
    scale: (points, scalar, signal) => inSteps(points, signal, async (part) => kernel.scale(part, scalar)),
    sum: async (group, points, scalars) =>
      kernel.sum(group, points, widenFor(points.length / pointBytes[group], scalars)),
    combine: kernel.combine,
  };
}

const libraryArithmetic: Arithmetic = {
  name: 'snarkjs',
  scale: async (points, scalar, signal) => {
    const { Fr, G1 } = await loadCurve();
    const factor = Fr.fromRprLE(scalar, 0);
    return inSteps(points, signal, (part) => G1.batchApplyKey(part.slice(), factor, Fr.one));
  },
  sum: async (group, points, scalars) => {
    const curve = await loadCurve();
    if (points.length === 0) return group === 'g1' ? curve.G1.zero : curve.G2.zero;
    const { multiExpAffine } = group === 'g1' ? curve.G1 : curve.G2;
    return multiExpAffine(points, scalars);
  },
  combine: undefined,
};

async function inSteps(
  points: Uint8Array,
  signal: AbortSignal | undefined,
  scale: (part: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const scaled = new Uint8Array(points.length);
  const step = stepPoints * pointBytes.g1;
  for (let at = 0; at < points.length; at += step) {
    scaled.set(await scale(points.subarray(at, at + step)), at);
    await new Promise((resolve) => setImmediate(resolve));
    checkNotAborted(signal);
  }
  return scaled;
}

function widenFor(count: number, scalars: Uint8Array): Uint8Array {
  return scalars.length === count * elementBytes ? scalars : widen(scalars, count);
}

/** Factors of 16 bytes as integers of 32, with zeros up to a count. */
export function widen(factors: Uint8Array, count: number): Uint8Array {
  const width = elementBytes / 2;
  const wide = new Uint8Array(count * elementBytes);
  for (let i = 0; i * width < factors.length; i++) {
    wide.set(factors.subarray(i * width, (i + 1) * width), i * elementBytes);
  }
  return wide;
}
