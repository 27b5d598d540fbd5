/**
 * Which wires of a circuit follow from its inputs, worked out from the constraints alone: an under-constrained wire is
 * one that no rule below reaches. What is known is a space of linear forms over the wires. Rules, until nothing changes:
 * - where both factors of a constraint a·b = c are known, so is c; where one is a constant, so is the combined form;
 * - unknown bits whose weights, together with that of the bit that the compiler substituted, are distinct powers of two
 *   are determined by their sum: two choices would differ by a sum of distinct signed powers of two, which is not 0
 *   because its lowest term divides all others, and too small to be a multiple of r.
 * Compare Pailoor et al., "Automated Detection of Under-Constrained Circuits in Zero-Knowledge Proofs" (PLDI 2023).
 */
import { r } from '../../src/model/Field.ts';
import type { Row, Terms } from './circuits.ts';

export function undeterminedWires(rows: readonly Row[], wires: number, known: Iterable<number>): number[] {
  const knowledge = new Knowledge();
  for (const wire of [0, ...known]) knowledge.learn([[wire, 1n]]);
  const bitForms = rows.map(bitForm);
  const bits = new Set(bitForms.flatMap((form) => single((form ?? []).filter(([wire]) => wire !== 0)) ?? []));
  let open = rows.map((row, i) => ({ row, form: bitForms[i] }));
  for (let before = -1; before !== open.length; ) {
    before = open.length;
    open = open.filter(({ row, form }) => {
      const consequence = knownForm(row, knowledge);
      if (consequence) knowledge.learn(consequence);
      const found = form && knownBits(knowledge.reduce(form), bits);
      for (const wire of found ?? []) knowledge.learn([[wire, 1n]]);
      return !consequence && !found;
    });
  }
  return Array.from({ length: wires }, (_, wire) => wire).filter((wire) => !knowledge.has([[wire, 1n]]));
}

/** Linear forms in echelon shape: each pivot wire equals a known value plus a combination of other wires. */
class Knowledge {
  readonly #tails = new Map<number, Terms>();

  /** The form with every pivot replaced; empty when its value is known. */
  reduce(form: Terms): Terms {
    const sum = new Map<number, bigint>();
    const waiting = [...form];
    for (let term = waiting.pop(); term; term = waiting.pop()) {
      const [wire, weight] = term;
      const tail = this.#tails.get(wire);
      if (tail) waiting.push(...scale(tail, weight));
      else sum.set(wire, ((sum.get(wire) ?? 0n) + weight) % r);
    }
    return [...sum].filter(([, weight]) => weight !== 0n);
  }

  has(form: Terms): boolean {
    return this.reduce(form).length === 0;
  }

  learn(form: Terms): void {
    const [pivot, ...rest] = this.reduce(form);
    if (pivot) this.#tails.set(pivot[0], scale(rest, r - inverse(pivot[1])));
  }
}

function knownForm({ a, b, c }: Row, knowledge: Knowledge): Terms | undefined {
  if (knowledge.has(a) && knowledge.has(b)) return c;
  for (const [factor, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (factor.every(([wire]) => wire === 0)) return subtract(scale(other, factor[0]?.[1] ?? 0n), c);
  }
  return undefined;
}

/** L of a row that says L·(L − 1) = 0; L may be a bit or one minus a bit. */
function bitForm({ a, b, c }: Row): Terms | undefined {
  const lead = a.find(([wire]) => wire !== 0);
  const same = lead && b.find(([wire]) => wire === lead[0]);
  if (c.length > 0 || !lead || !same) return undefined;
  const difference = subtract(a, scale(b, (inverse(same[1]) * lead[1]) % r));
  const [constant] = difference;
  // Where a − ratio·b is a constant k, the row says a·(a − k) = 0, so a / k is 0 or 1.
  if (difference.length !== 1 || constant?.[0] !== 0) return undefined;
  return scale(a, inverse(constant[1]));
}

/** The unknown bits of a form that is itself a bit, where their weights admit one choice only. */
function knownBits(open: Terms, bits: ReadonlySet<number>): number[] | undefined {
  if (open.length === 0 || open.some(([wire]) => !bits.has(wire))) return undefined;
  const weights = [1n, ...open.map(([, weight]) => weight)];
  const areDistinctPowers = (factor: bigint) => {
    const exponents = weights.map((weight) => powersOfTwo.get((weight * factor) % r));
    return exponents.every((exponent) => exponent !== undefined) && new Set(exponents).size === exponents.length;
  };
  // One of the weights is 1 in the sum as it was written, before the compiler divided it by the weight of another bit.
  return weights.some((weight) => areDistinctPowers(inverse(weight))) ? open.map(([wire]) => wire) : undefined;
}

/** ±2^k for k < 252, so that sums of distinct ones stay below r/2. */
const powersOfTwo: ReadonlyMap<bigint, number> = new Map(
  Array.from({ length: 252 }, (_, k) =>
    [2n ** BigInt(k), r - 2n ** BigInt(k)].map((power) => [power, k] as const),
  ).flat(),
);

function single(terms: Terms): number[] | undefined {
  return terms.length === 1 ? [(terms[0] as Terms[number])[0]] : undefined;
}

function scale(terms: Terms, factor: bigint): Terms {
  return terms.map(([wire, weight]) => [wire, (weight * factor) % r] as const);
}

function subtract(left: Terms, right: Terms): Terms {
  const sum = new Map(left);
  for (const [wire, weight] of right) sum.set(wire, (r + (sum.get(wire) ?? 0n) - weight) % r);
  return [...sum].filter(([, weight]) => weight !== 0n);
}

/** In the field, by Fermat. */
export function inverse(value: bigint): bigint {
  let result = 1n;
  let base = value % r;
  for (let exponent = r - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % r;
    base = (base * base) % r;
  }
  return result;
}
