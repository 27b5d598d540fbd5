/**
 * @module A first hunt for wires that nothing holds: each wire of an honest witness is changed to other values while all
 * the others stay, and every such change must break a constraint. What it finds is a fault or needs an explanation;
 * that it finds nothing proves little, since two wires may be loose together.
 */
import { r } from '../../src/model/Field.ts';
import { evaluate, type System } from './system.ts';

export type LooseWire = { readonly wire: number; readonly name: string };

export type Hunt = {
  /** How many changed witnesses were looked at. */
  readonly mutations: number;
  readonly loose: readonly LooseWire[];
};

/** Random values for each wire beside the chosen ones; small circuits get more, so that 1,000 are tried in all. */
const drawsMin = 4;
const mutationsMin = 1000;

/**
 * Changes each wire but the constant in several ways: by one, its sign, as if it were a bit, beyond 64 bits, doubled,
 * and at random.
 * @param witness one that satisfies the system
 * @param draw gives field elements
 */
export function findLooseWires(system: System, witness: readonly bigint[], draw: () => bigint): Hunt {
  const touching = rowsByWire(system, witness);
  const draws = Math.max(drawsMin, Math.ceil(mutationsMin / (witness.length - 1)));
  const loose: LooseWire[] = [];
  let mutations = 0;
  for (let wire = 1; wire < witness.length; wire++) {
    const changes = changesOf(witness[wire] as bigint, Array.from({ length: draws }, draw));
    mutations += changes.length;
    const isFree = (change: bigint) => (touching[wire] as Touch[]).every((touch) => staysTrue(touch, change));
    if (changes.some(isFree)) loose.push({ wire, name: system.names[wire] as string });
  }
  return { mutations, loose };
}

/** What to add to a value so that it becomes each of the others. */
function changesOf(value: bigint, drawn: readonly bigint[]): readonly bigint[] {
  const others = [value + 1n, 1n - value, r - value, value + 2n ** 64n, 2n * value, ...drawn];
  const changes = others.map((other) => (((other - value) % r) + r) % r);
  return [...new Set(changes.filter((change) => change !== 0n))];
}

type Triple = [a: bigint, b: bigint, c: bigint];

/** A constraint that a wire stands in: its three sums, and the wire's weight in each. */
type Touch = { readonly sums: Triple; readonly weights: Triple };

function staysTrue({ sums: [a, b, c], weights: [x, y, z] }: Touch, change: bigint): boolean {
  return ((a + x * change) * (b + y * change) - (c + z * change)) % r === 0n;
}

function rowsByWire({ rows }: System, witness: readonly bigint[]): Touch[][] {
  const touching = witness.map((): Touch[] => []);
  for (const { a, b, c } of rows) {
    const sums: Triple = [evaluate(a, witness), evaluate(b, witness), evaluate(c, witness)];
    const weights = new Map<number, Triple>();
    for (const [side, terms] of [a, b, c].entries()) {
      for (const [wire, weight] of terms) {
        const triple = weights.get(wire) ?? [0n, 0n, 0n];
        triple[side] = weight;
        weights.set(wire, triple);
      }
    }
    for (const [wire, triple] of weights) touching[wire]?.push({ sums, weights: triple });
  }
  return touching;
}
