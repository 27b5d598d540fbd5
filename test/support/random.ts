/** Seeded randomness for tests: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). */
import { r } from '../../src/model/Field.ts';

export type Random = {
  /** Uniform below 2^bits. */
  readonly bits: (bits: number) => bigint;
  /** Uniform below a small number. */
  readonly below: (limit: number) => number;
  /** Close to uniform in the field. */
  readonly element: () => bigint;
};

export function seededRandom(seed: bigint): Random {
  let state = seed;
  const next = () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let mixed = state;
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return mixed ^ (mixed >> 31n);
  };
  const bits = (count: number) => {
    let value = 0n;
    for (let have = 0; have < count; have += 64) value = (value << 64n) | next();
    return BigInt.asUintN(count, value);
  };
  return { bits, below: (limit) => Number(bits(32) % BigInt(limit)), element: () => bits(320) % r };
}
