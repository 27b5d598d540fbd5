/** @module Keys without a circuit, for holding engines against each other: see `prover/engines/syntheticKey.ts`. */
import { bn254 } from '@noble/curves/bn254.js';
import {
  numbers,
  realisticScalar,
  type SyntheticShape,
  syntheticKey,
  syntheticWitness,
} from '../../prover/engines/syntheticKey.ts';
import { encodeCoordinates } from './kernel.ts';

export type SyntheticOptions = SyntheticShape & {
  readonly seed: number;
  /** Points that the key's bases are taken from, with their negatives; few of them repeat often. */
  readonly distinct: number;
  /** How often a base of the queries is at infinity, from 0 to 1. */
  readonly infinite: number;
};

/** A key and a witness that looks real. */
export function makeSynthetic(options: SyntheticOptions): { readonly zkey: Uint8Array; readonly witness: Uint8Array } {
  const random = numbers(options.seed);
  const g1 = rows(bn254.G1.Point, options.distinct, (point) => [point.x, point.y]);
  const g2 = rows(bn254.G2.Point, options.distinct, ({ x, y }) => [x.c0, x.c1, y.c0, y.c1]);
  // The points of the header come first and have to be finite.
  const pick = (list: readonly Uint8Array[]) => (index: number) =>
    index > 10 && random() < options.infinite
      ? new Uint8Array((list[0] as Uint8Array).length)
      : (list[Math.floor(random() * list.length)] as Uint8Array);
  const zkey = syntheticKey(options, { g1: pick(g1), g2: pick(g2) }, random);
  return { zkey, witness: syntheticWitness(options.wires, () => realisticScalar(random)) };
}

type PointType<A> = {
  readonly BASE: { multiply: (scalar: bigint) => { toAffine: () => A; negate: () => { toAffine: () => A } } };
};

function rows<A>(type: PointType<A>, count: number, coordinates: (point: A) => bigint[]): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => type.BASE.multiply(BigInt(i + 1) ** 17n)).flatMap((point) =>
    [point.toAffine(), point.negate().toAffine()].map((affine) => encodeCoordinates(coordinates(affine))),
  );
}
