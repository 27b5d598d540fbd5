/**
 * @module The Poseidon Merkle tree of a window: node = H2(left, right), an empty slot is 0. It grows by aligned batches
 * of leaves, so only the filled part is held.
 */
import { poseidon } from './Poseidon.ts';

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

  /**
   * The siblings of the next, still empty, subtree: `subtrees` are the roots of the filled ones from index 0 on, each
   * of height `height`, in a tree of `depth`.
   */
  nextSiblings: (
    subtrees: readonly bigint[],
    { height, depth }: { readonly height: number; readonly depth: number },
  ): bigint[] => {
    const siblings: bigint[] = [];
    let level = [...subtrees];
    let index = subtrees.length;
    for (let at = height; at < depth; at++) {
      const empty = Tree.emptyRoot(at);
      siblings.push(level[index ^ 1] ?? empty);
      const above: bigint[] = [];
      for (let i = 0; i < level.length; i += 2) above.push(poseidon([level[i] as bigint, level[i + 1] ?? empty]));
      level = above;
      index = Math.floor(index / 2);
    }
    return siblings;
  },
} as const;
