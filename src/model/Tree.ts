/**
 * @module The Poseidon Merkle tree of a window: node = H2(left, right), an empty slot is 0. It grows by aligned subtrees
 * from the left, so only its frontier is held.
 */
import { poseidon } from './Poseidon.ts';

/** What a growing tree must remember: enough for the next subtree's siblings, a few digests whatever its size. */
export type Frontier = {
  /** Of the subtrees that are appended. */
  readonly height: number;
  /** Of the subtrees appended so far. */
  readonly count: number;
  /** On each level, from `height` up, the digest of the last left child. */
  readonly left: readonly bigint[];
};

/** Deepest tree that the circuits take. */
const depthMax = 32;

const emptyRoots: readonly bigint[] = (() => {
  const roots = [0n];
  for (let level = 0; level < depthMax; level++) {
    const below = roots[level] as bigint;
    roots.push(poseidon([below, below]));
  }
  return roots;
})();

export const Tree = {
  /** The root of an empty tree of a depth: Z₀ = 0, Z₍ₖ₊₁₎ = H2(Zₖ, Zₖ). */
  emptyRoot: (depth: number): bigint => emptyRoots[depth] as bigint,

  /** The root of a full tree over 2^k leaves. */
  subtree: (leaves: readonly bigint[]): bigint => {
    let level = leaves;
    while (level.length > 1) {
      const above: bigint[] = [];
      for (let i = 0; i < level.length; i += 2) above.push(poseidon([level[i] as bigint, level[i + 1] as bigint]));
      level = above;
    }
    return level[0] as bigint;
  },

  /** The root above a node, from its index on its level and the siblings on the way up. */
  root: (node: bigint, index: number, siblings: readonly bigint[]): bigint => {
    let digest = node;
    let place = index;
    for (const sibling of siblings) {
      digest = place & 1 ? poseidon([sibling, digest]) : poseidon([digest, sibling]);
      place = Math.floor(place / 2);
    }
    return digest;
  },

  /** The frontier of an empty tree of `depth` that grows by subtrees of `height`. */
  frontier: ({ height, depth }: { readonly height: number; readonly depth: number }): Frontier => ({
    height,
    count: 0,
    left: new Array<bigint>(depth - height).fill(0n),
  }),

  /**
   * Fills the next subtree with one whose root is `node`. `siblings` are those of its place, from the bottom up: they
   * lead from the empty subtree to the root before, and from the filled one to `root`.
   */
  append: (
    { height, count, left }: Frontier,
    node: bigint,
  ): { readonly frontier: Frontier; readonly siblings: readonly bigint[]; readonly root: bigint } => {
    const leftAfter = [...left];
    const siblings: bigint[] = [];
    let digest = node;
    let place = count;
    for (let level = 0; level < left.length; level++) {
      const isRight = place % 2 === 1;
      const sibling = isRight ? (left[level] as bigint) : Tree.emptyRoot(height + level);
      // Kept although it may not be full yet: it is written again by each later subtree below it.
      if (!isRight) leftAfter[level] = digest;
      siblings.push(sibling);
      digest = isRight ? poseidon([sibling, digest]) : poseidon([digest, sibling]);
      place = Math.floor(place / 2);
    }
    return { frontier: { height, count: count + 1, left: leftAfter }, siblings, root: digest };
  },
} as const;
