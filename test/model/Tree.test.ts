import { describe, expect, test } from 'vitest';
import { Tree } from '../../src/model/Tree.ts';

describe('append', () => {
  test('default: after each subtree, root and siblings are those of the whole tree built at once', () => {
    const height = 1;
    const depth = 4;
    const leaves = Array.from({ length: 16 }, (_, i) => BigInt(i + 1));
    let frontier = Tree.frontier({ height, depth });
    let rootBefore = Tree.emptyRoot(depth);
    for (let count = 0; count < 8; count++) {
      const pair = leaves.slice(2 * count, 2 * count + 2);
      const { siblings, root, frontier: next } = Tree.append(frontier, Tree.subtree(pair));
      const whole = leaves.map((leaf, i) => (i < 2 * count + 2 ? leaf : 0n));
      expect(root).toBe(Tree.subtree(whole));
      expect(Tree.root(Tree.subtree(pair), count, siblings)).toBe(root);
      expect(Tree.root(Tree.emptyRoot(height), count, siblings)).toBe(rootBefore);
      expect(next.count).toBe(count + 1);
      rootBefore = root;
      frontier = next;
    }
  });

  test('behavior: leaves the frontier that it is given unchanged', () => {
    const empty = Tree.frontier({ height: 0, depth: 3 });
    Tree.append(empty, 5n);
    expect(empty).toEqual(Tree.frontier({ height: 0, depth: 3 }));
  });

  test('behavior: a subtree as high as the tree is the tree', () => {
    const { root, siblings } = Tree.append(Tree.frontier({ height: 2, depth: 2 }), 9n);
    expect([root, siblings]).toEqual([9n, []]);
  });
});
