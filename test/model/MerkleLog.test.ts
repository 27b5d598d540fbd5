import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogProofError } from '../../src/errors.ts';
import { type Hash, MerkleLog, type NodeId } from '../../src/model/MerkleLog.ts';

type Inclusion = { desc: string; entry: string; index: number; size: number; root: string; proof: string[] };
type Consistency = {
  desc: string;
  oldSize: number;
  oldRoot: string;
  newSize: number;
  newRoot: string;
  proof: string[];
};

const vectors = JSON.parse(await readFile(new URL('../vectors/journal.json', import.meta.url), 'utf8')) as {
  smallTree: { leaves: string[]; roots: string[] };
  tree: { roots: string[]; inclusion: Inclusion[]; consistency: Consistency[] };
  probes: { inclusion: Inclusion[]; consistency: Consistency[] };
};
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (hash: Hash) => Buffer.from(hash).toString('hex');
const entryAt = (index: number) => Buffer.from(`leaf ${index}`);

/** A log in memory that keeps the subtrees each entry completes, as the stored one does. */
function grow(entries: readonly Uint8Array[]) {
  const rows: (readonly Hash[])[] = [];
  const find = ({ level, index }: NodeId) => rows[(index + 1) * 2 ** level - 1]?.[level] as Hash;
  for (const entry of entries) {
    const peaks = MerkleLog.peaks(rows.length).map(find);
    rows.push(MerkleLog.completed(MerkleLog.leafHash(entry), rows.length, peaks));
  }
  return { rows, find, rootAt: (size: number) => MerkleLog.root(MerkleLog.peaks(size).map(find)) };
}

const log = grow(Array.from({ length: 70 }, (_, i) => entryAt(i)));
const verifyConsistency = (claim: Consistency) =>
  MerkleLog.verifyConsistency({
    ...claim,
    oldRoot: bytes(claim.oldRoot),
    newRoot: bytes(claim.newRoot),
    proof: claim.proof.map(bytes),
  });
const verifyInclusion = (claim: Inclusion) =>
  MerkleLog.verifyInclusion({
    ...claim,
    entry: bytes(claim.entry),
    root: bytes(claim.root),
    proof: claim.proof.map(bytes),
  });

describe('root', () => {
  test('default: the published roots of small trees, the empty one among them', () => {
    const { leaves, roots } = vectors.smallTree;
    const small = grow(leaves.map(bytes));
    expect(roots.map((_, size) => hex(small.rootAt(size)))).toEqual(roots);
  });
  test('default: every size up to 70', () => {
    expect(vectors.tree.roots.map((_, size) => hex(log.rootAt(size)))).toEqual(vectors.tree.roots);
  });
  test('behavior: an entry completes one subtree on average, and log n at most', () => {
    const counts = log.rows.map((nodes) => nodes.length);
    expect(counts.slice(0, 8)).toEqual([1, 2, 1, 3, 1, 2, 1, 4]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThan(2 * counts.length);
  });
});

describe('inclusion', () => {
  test('default: the proofs of the vectors, made and verified', () => {
    expect(vectors.tree.inclusion.length).toBeGreaterThan(50);
    for (const { index, size, proof } of vectors.tree.inclusion) {
      expect(MerkleLog.fill(MerkleLog.inclusionPlan(index, size), log.find).map(hex)).toEqual(proof);
      const root = vectors.tree.roots[size] as string;
      verifyInclusion({ desc: '', entry: entryAt(index).toString('hex'), index, size, root, proof });
    }
  });
  test('behavior: every entry of every size up to 40', () => {
    for (let size = 1; size <= 40; size++) {
      for (let index = 0; index < size; index++) {
        const proof = MerkleLog.fill(MerkleLog.inclusionPlan(index, size), log.find);
        MerkleLog.verifyInclusion({ entry: entryAt(index), index, size, root: log.rootAt(size), proof });
      }
    }
  });
  test.each(vectors.probes.inclusion.map((probe) => [probe.desc, probe] as const))('error: %s', (_, probe) => {
    expect(() => verifyInclusion(probe)).toThrow(LogProofError);
  });
  test('error: R9 no node of the tree passes for an entry, wherever it is offered', () => {
    for (let size = 2; size <= 20; size++) {
      const root = log.rootAt(size);
      for (let index = 1; index < size; index += 2) {
        const nodes = log.rows[index]?.length ?? 0;
        for (let level = 1; level < nodes; level++) {
          const id = { level, index: (index + 1) / 2 ** level - 1 };
          const children = [0, 1].map((side) => log.find({ level: level - 1, index: 2 * id.index + side }));
          const width = Math.ceil(size / 2 ** level);
          const proof = MerkleLog.fill(MerkleLog.inclusionPlan(id.index * 2 ** level, size), log.find).slice(level);
          const entry = Buffer.concat(children);
          for (const place of [
            { index: id.index, size: width },
            { index, size },
          ]) {
            expect(() => MerkleLog.verifyInclusion({ entry, ...place, root, proof })).toThrow(LogProofError);
          }
        }
      }
    }
  });
  test('error: an entry that is not there, a size that is none', () => {
    for (const [index, size] of [
      [0, 0],
      [5, 5],
      [-1, 5],
      [0.5, 5],
      [0, 2 ** 53],
    ] as const) {
      expect(() => MerkleLog.inclusionPlan(index, size)).toThrow(LogProofError);
      const claim = { entry: entryAt(0), index, size, root: log.rootAt(1), proof: [] };
      expect(() => MerkleLog.verifyInclusion(claim)).toThrow(LogProofError);
    }
  });
});

describe('consistency', () => {
  test('default: the proofs of the vectors, made and verified', () => {
    expect(vectors.tree.consistency.length).toBeGreaterThan(100);
    for (const { oldSize, newSize, proof } of vectors.tree.consistency) {
      expect(MerkleLog.fill(MerkleLog.consistencyPlan(oldSize, newSize), log.find).map(hex)).toEqual(proof);
      const [oldRoot, newRoot] = [oldSize, newSize].map((size) => vectors.tree.roots[size] as string) as [
        string,
        string,
      ];
      verifyConsistency({ desc: '', oldSize, oldRoot, newSize, newRoot, proof });
    }
  });
  test('behavior: a log is consistent with the empty one', () => {
    expect(MerkleLog.consistencyPlan(0, 9)).toEqual([]);
    const claim = { oldSize: 0, oldRoot: MerkleLog.emptyRoot, newSize: 9, newRoot: log.rootAt(9), proof: [] };
    MerkleLog.verifyConsistency(claim);
  });
  test.each(vectors.probes.consistency.map((probe) => [probe.desc, probe] as const))('error: R7 %s', (_, probe) => {
    expect(() => verifyConsistency(probe)).toThrow(LogProofError);
  });
  test('error: R7 a rewritten beginning has no proof that holds', () => {
    const other = grow(Array.from({ length: 20 }, (_, i) => (i === 3 ? Buffer.from('rewritten') : entryAt(i))));
    for (let oldSize = 4; oldSize < 20; oldSize++) {
      const proof = MerkleLog.fill(MerkleLog.consistencyPlan(oldSize, 20), other.find);
      const claim = { oldSize, oldRoot: log.rootAt(oldSize), newSize: 20, newRoot: other.rootAt(20), proof };
      expect(() => MerkleLog.verifyConsistency(claim)).toThrow(LogProofError);
    }
  });
  test('error: any single changed line, at any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 69 }), fc.nat(), fc.nat(), (oldSize, offset, bit) => {
        const newSize = oldSize + 1 + (offset % (70 - oldSize));
        const proof = MerkleLog.fill(MerkleLog.consistencyPlan(oldSize, newSize), log.find).map((line) =>
          Buffer.from(line),
        );
        const claim = { oldSize, oldRoot: log.rootAt(oldSize), newSize, newRoot: log.rootAt(newSize), proof };
        MerkleLog.verifyConsistency(claim);
        const line = proof[bit % proof.length] as Buffer;
        line[bit % 32] = (line[bit % 32] as number) ^ (1 << (bit % 8));
        expect(() => MerkleLog.verifyConsistency(claim)).toThrow(LogProofError);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});
