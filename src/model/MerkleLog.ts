/**
 * @module The Merkle tree of an append-only log: RFC 6962 §2.1 with SHA-256, proofs verified as RFC 9162 §2.1.3 and
 * §2.1.4 say. A leaf's hash begins with 0x00 and a node's with 0x01, so that no node passes for a leaf. Beware: a proof
 * is only as good as the size and root it is checked against; take both from a verified checkpoint.
 */
import { hash } from 'node:crypto';
import { LogProofError } from '../errors.ts';

/** 32 bytes of SHA-256. */
export type Hash = Uint8Array;

/** A perfect subtree: the one over leaves [index·2^level, (index + 1)·2^level). Level 0 are the leaves themselves. */
export type NodeId = { readonly level: number; readonly index: number };

/** A line of a proof is the hash over a run of leaves: these perfect subtrees, from left to right. */
export type ProofPlan = readonly (readonly NodeId[])[];

/** No tree of less than 2^63 leaves needs more; c2sp.org/tlog-witness refuses more, and so do we. */
export const proofLinesMax = 63;

const hashBytes = 32;

export const MerkleLog = {
  /** The root of the tree without leaves: SHA-256 of nothing. */
  emptyRoot: sha256(new Uint8Array(0)) as Hash,

  leafHash: (entry: Uint8Array): Hash => sha256(Buffer.concat([leafPrefix, entry])),

  nodeHash: (left: Hash, right: Hash): Hash => sha256(Buffer.concat([nodePrefix, left, right])),

  /** The perfect subtrees that make up a tree of so many leaves, from the largest on the left to the smallest. */
  peaks: (size: number): readonly NodeId[] => cover(0, size),

  /** The root of a tree from its peaks, in that order. */
  root: (peaks: readonly Hash[]): Hash => fold(peaks) ?? MerkleLog.emptyRoot,

  /**
   * The subtrees that a new leaf completes, from its own hash upwards: as many as `index + 1` has trailing zero bits,
   * and one. The last of them is the newest peak.
   * @param peaks of the tree of `index` leaves
   */
  completed: (leaf: Hash, index: number, peaks: readonly Hash[]): readonly [Hash, ...Hash[]] => {
    const nodes: [Hash, ...Hash[]] = [leaf];
    let last = leaf;
    for (let rest = index, peak = peaks.length - 1; rest % 2 === 1; rest = (rest - 1) / 2, peak--) {
      last = MerkleLog.nodeHash(peaks[peak] as Hash, last);
      nodes.push(last);
    }
    return nodes;
  },

  /** The peaks of a tree after the leaf that completed these subtrees. */
  peaksAfter: (peaks: readonly Hash[], completed: readonly [Hash, ...Hash[]]): readonly Hash[] => [
    ...peaks.slice(0, peaks.length - completed.length + 1),
    completed.at(-1) as Hash,
  ],

  /** What the proof that leaf `index` is in the tree of `size` leaves consists of. */
  inclusionPlan: (index: number, size: number): ProofPlan => {
    if (!isCount(index) || !isCount(size) || index >= size) {
      throw new LogProofError(`a log of ${size} entries has no entry ${index}`);
    }
    const plan: (readonly NodeId[])[] = [];
    let [from, to] = [0, size];
    while (to - from > 1) {
      const middle = from + splitOf(to - from);
      const [left, right] = [cover(from, middle), cover(middle, to)];
      plan.unshift(index < middle ? right : left);
      if (index < middle) to = middle;
      else from = middle;
    }
    return plan;
  },

  /** What the proof that the tree of `oldSize` leaves is the beginning of the one of `newSize` leaves consists of. */
  consistencyPlan: (oldSize: number, newSize: number): ProofPlan => {
    if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) {
      throw new LogProofError(`a log of ${newSize} entries has no beginning of ${oldSize}`);
    }
    if (oldSize === 0 || oldSize === newSize) return [];
    const plan: (readonly NodeId[])[] = [];
    let [from, to] = [0, newSize];
    while (to !== oldSize) {
      const middle = from + splitOf(to - from);
      plan.unshift(oldSize <= middle ? cover(middle, to) : cover(from, middle));
      if (oldSize <= middle) to = middle;
      else from = middle;
    }
    // The old tree's last subtree; the verifier knows it already when it is the whole old tree.
    return from === 0 ? plan : [cover(from, to), ...plan];
  },

  /** The lines of a proof from the hashes of its subtrees. */
  fill: (plan: ProofPlan, find: (id: NodeId) => Hash): readonly Hash[] =>
    plan.map((nodes) => fold(nodes.map(find)) as Hash),

  /**
   * Checks that an entry is number `index` of the tree of `size` entries with this root. Takes the entry and not its
   * hash: who could bring a hash could bring one of a node.
   * @throws LogProofError
   */
  verifyInclusion: ({ entry, index, size, root, proof }: InclusionClaim): void => {
    checkProof(proof);
    if (!isCount(size) || !isCount(index) || index >= size) throw new LogProofError(`no entry ${index} in ${size}`);
    let [node, last] = [index, size - 1];
    let digest = MerkleLog.leafHash(entry);
    for (const sibling of proof) {
      if (last === 0) throw new LogProofError('the inclusion proof is too long for its tree');
      if (node % 2 === 1 || node === last) {
        digest = MerkleLog.nodeHash(sibling, digest);
        // A subtree on the ragged right edge has no sibling until it is a right child.
        while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
      } else {
        digest = MerkleLog.nodeHash(digest, sibling);
      }
      [node, last] = [half(node), half(last)];
    }
    if (last !== 0) throw new LogProofError('the inclusion proof is too short for its tree');
    if (!isSame(digest, root)) throw new LogProofError(`entry ${index} is not in the tree with this root`);
  },

  /**
   * Checks that a tree is the beginning of another.
   * @throws LogProofError
   */
  verifyConsistency: ({ oldSize, oldRoot, newSize, newRoot, proof }: ConsistencyClaim): void => {
    checkProof(proof);
    if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) {
      throw new LogProofError(`a tree of ${newSize} entries cannot follow one of ${oldSize}`);
    }
    if (oldSize === 0 || oldSize === newSize) {
      if (proof.length > 0) throw new LogProofError('nothing is to be proven, yet the consistency proof has lines');
      if (!isSame(oldRoot, oldSize === 0 ? MerkleLog.emptyRoot : newRoot)) throw inconsistent(oldSize, newSize);
      return;
    }
    const roots = rootsFrom({ oldSize, oldRoot, newSize, proof });
    if (!isSame(roots.old, oldRoot) || !isSame(roots.new, newRoot)) throw inconsistent(oldSize, newSize);
  },
} as const;

export type InclusionClaim = {
  readonly entry: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
};

export type ConsistencyClaim = {
  readonly oldSize: number;
  readonly oldRoot: Hash;
  readonly newSize: number;
  readonly newRoot: Hash;
  readonly proof: readonly Hash[];
};

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** The two roots that a consistency proof leads to. */
function rootsFrom({ oldSize, oldRoot, newSize, proof }: Omit<ConsistencyClaim, 'newRoot'>): { old: Hash; new: Hash } {
  const [first, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (proof.length === 0 || !first) throw new LogProofError('the consistency proof is empty');
  let [node, last] = [oldSize - 1, newSize - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [oldDigest, newDigest] = [first, first];
  for (const sibling of rest) {
    if (last === 0) throw new LogProofError('the consistency proof is too long for its trees');
    if (node % 2 === 1 || node === last) {
      oldDigest = MerkleLog.nodeHash(sibling, oldDigest);
      newDigest = MerkleLog.nodeHash(sibling, newDigest);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newDigest = MerkleLog.nodeHash(newDigest, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) throw new LogProofError('the consistency proof is too short for its trees');
  return { old: oldDigest, new: newDigest };
}

/** The perfect subtrees over leaves [from, to), where `from` is a multiple of the largest of them. */
function cover(from: number, to: number): readonly NodeId[] {
  const nodes: NodeId[] = [];
  for (let start = from; start < to; ) {
    let [level, width] = [0, 1];
    while (start + width * 2 <= to && start % (width * 2) === 0) [level, width] = [level + 1, width * 2];
    nodes.push({ level, index: start / width });
    start += width;
  }
  return nodes;
}

/** Hashes subtrees together from the right, as the ragged right edge of a tree is. */
function fold(hashes: readonly Hash[]): Hash | undefined {
  return hashes.reduceRight<Hash | undefined>(
    (right, left) => (right === undefined ? left : MerkleLog.nodeHash(left, right)),
    undefined,
  );
}

/** The largest power of two below `count`. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

function checkProof(proof: readonly Hash[]): void {
  if (proof.length > proofLinesMax) throw new LogProofError(`the proof has more than ${proofLinesMax} lines`);
  if (proof.some((line) => line.length !== hashBytes)) throw new LogProofError('a line of the proof is not a hash');
}

function inconsistent(oldSize: number, newSize: number): LogProofError {
  return new LogProofError(`the tree of ${newSize} entries does not begin with the one of ${oldSize}`);
}

function sha256(bytes: Uint8Array): Hash {
  return hash('sha256', bytes, 'buffer');
}

function isSame(a: Hash, b: Hash): boolean {
  return Buffer.compare(a, b) === 0;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isPowerOfTwo(value: number): boolean {
  return splitOf(value * 2) === value;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
