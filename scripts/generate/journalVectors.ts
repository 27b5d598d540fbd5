/**
 * @module The journal's vectors, worked out by a second way: trees and proofs by the recursive definitions of RFC 6962
 * §2.1 (MTH, PATH, PROOF) over the leaves themselves, signatures by noble's Ed25519 instead of OpenSSL's, entries by JSON
 * written out by hand. What others have published is checked against on the way.
 */
import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';

/** The text of `test/vectors/journal.json`. */
export function journalVectors(): string {
  const vectors = {
    smallTree: smallTree(),
    tree: tree(),
    probes: probes(),
    notes: notes(),
    checkpoints: checkpoints(),
    entries: entries(),
  };
  return `${JSON.stringify(vectors, null, 2)}\n`;
}

const sha256 = (...parts: readonly (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

/** The largest power of two below n. */
const split = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1);

function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return sha256(leafPrefix, leaves[0] as Buffer);
  const k = split(leaves.length);
  return sha256(nodePrefix, mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

function path(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}

function subproof(m: number, leaves: readonly Buffer[], isWhole: boolean): Buffer[] {
  if (m === leaves.length) return isWhole ? [] : [mth(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), isWhole), mth(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
}

/**
 * The eight leaves and the roots over the first 0 … 8 of them that Certificate Transparency's implementations test
 * with. Source: github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc; also
 * github.com/transparency-dev/merkle, testonly.
 */
const publicLeaves = [
  ...['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'],
];
const publicRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

function smallTree() {
  const leaves = publicLeaves.map((leaf) => Buffer.from(leaf, 'hex'));
  const roots = publicRoots.map((_, size) => hex(mth(leaves.slice(0, size))));
  if (roots.join() !== publicRoots.join()) throw new Error('the recursive definition disagrees with published roots');
  return {
    desc: 'the eight leaves of Certificate Transparency and the roots of the first 0 to 8',
    leaves: publicLeaves,
    roots,
  };
}

const leafText = (index: number): string => `leaf ${index}`;
const leavesUpTo = (size: number): Buffer[] => Array.from({ length: size }, (_, i) => Buffer.from(leafText(i)));
const treeSize = 70;
const shapes = [1, 2, 3, 4, 5, 6, 7, 8, 13, 31, 32, 33, 64, 65, 70];

function tree() {
  const inclusion = shapes.flatMap((size) =>
    [...new Set([0, 1, Math.floor(size / 2), size - 2, size - 1])]
      .filter((index) => index >= 0 && index < size)
      .map((index) => ({ index, size, proof: path(index, leavesUpTo(size)).map(hex) })),
  );
  const consistency = shapes.flatMap((newSize) =>
    shapes
      .filter((oldSize) => oldSize <= newSize)
      .map((oldSize) => ({ oldSize, newSize, proof: subproof(oldSize, leavesUpTo(newSize), true).map(hex) })),
  );
  return {
    desc: `leaf i is the text "${leafText(0).slice(0, -1)}<i>"; roots of the first 0 to ${treeSize}`,
    roots: Array.from({ length: treeSize + 1 }, (_, size) => hex(mth(leavesUpTo(size)))),
    inclusion,
    consistency,
  };
}

/** Proofs that a verifier must refuse. */
function probes() {
  const size = 13;
  const leaves = leavesUpTo(size);
  const claim = {
    entry: hex(leaves[5] as Buffer),
    index: 5,
    size,
    root: hex(mth(leaves)),
    proof: path(5, leaves).map(hex),
  };
  const [first = '', ...rest] = claim.proof;
  const flipped = `${first.slice(0, -1)}${first.endsWith('0') ? '1' : '0'}`;
  const hashOf = (index: number) => sha256(leafPrefix, leaves[index] as Buffer);
  const node = Buffer.concat([hashOf(4), hashOf(5)]);
  const inclusion = [
    { desc: 'an empty proof', ...claim, proof: [] },
    { desc: 'a line less', ...claim, proof: claim.proof.slice(0, -1) },
    { desc: 'the first line missing', ...claim, proof: rest },
    { desc: 'a line more', ...claim, proof: [...claim.proof, first] },
    { desc: 'garbage before the proof', ...claim, proof: [first, ...claim.proof] },
    { desc: 'the root below the proof', ...claim, proof: [...claim.proof, claim.root] },
    { desc: 'a changed bit', ...claim, proof: [flipped, ...rest] },
    { desc: 'two lines swapped', ...claim, proof: [rest[0] as string, first, ...rest.slice(1)] },
    { desc: 'a line that is half a hash', ...claim, proof: [first.slice(0, 32), ...rest] },
    { desc: '64 lines', ...claim, proof: new Array(64).fill(first) },
    { desc: 'the neighbour’s index', ...claim, index: 4 },
    { desc: 'an index beyond the tree', ...claim, index: 13 },
    { desc: 'another size', ...claim, size: 17 },
    { desc: 'another entry', ...claim, entry: hex(leaves[4] as Buffer) },
    { desc: 'another root', ...claim, root: hex(mth(leaves.slice(0, 12))) },
    { desc: 'R9 an interior node as an entry of the tree', ...claim, entry: hex(node), proof: rest },
    {
      desc: 'R9 an interior node as an entry of a tree half as high',
      ...claim,
      entry: hex(node),
      index: 2,
      size: 7,
      proof: rest,
    },
  ];
  const old = { oldSize: 6, oldRoot: hex(mth(leaves.slice(0, 6))), newSize: size, newRoot: hex(mth(leaves)) };
  const good = subproof(6, leaves, true).map(hex);
  const [head = '', ...tail] = good;
  const four = { ...old, oldSize: 4, oldRoot: hex(mth(leaves.slice(0, 4))) };
  const fourProof = subproof(4, leaves, true).map(hex);
  const consistency = [
    { desc: 'an empty proof', ...old, proof: [] },
    { desc: 'an empty proof from a perfect tree', ...four, proof: [] },
    { desc: 'a line less', ...old, proof: good.slice(0, -1) },
    { desc: 'the first line missing', ...old, proof: tail },
    { desc: 'a line more', ...old, proof: [...good, head] },
    { desc: '64 lines', ...old, proof: new Array(64).fill(head) },
    { desc: 'a line that is half a hash', ...old, proof: [head.slice(0, 32), ...tail] },
    { desc: 'the old root given to a perfect tree', ...four, proof: [four.oldRoot, ...fourProof] },
    { desc: 'lines swapped', ...old, proof: [...good].reverse() },
    { desc: 'the roots exchanged', ...old, oldRoot: old.newRoot, newRoot: old.oldRoot, proof: good },
    { desc: 'another old size', ...old, oldSize: 5, proof: good },
    { desc: 'another new size', ...old, newSize: 17, proof: good },
    { desc: 'an older tree after a newer one', ...old, oldSize: 13, newSize: 6, proof: good },
    { desc: 'one size, two roots', ...old, newSize: 6, proof: [] },
    { desc: 'one size, one root, and a proof', ...old, newSize: 6, newRoot: old.oldRoot, proof: good },
    { desc: 'an old tree of nothing with a root', ...old, oldSize: 0, proof: [] },
    { desc: 'an old tree of nothing with a proof', ...old, oldSize: 0, oldRoot: hex(mth([])), proof: good },
  ];
  const wanted = (probe: object) => ({ ...probe, wantError: 'LogProofError' });
  return { inclusion: inclusion.map(wanted), consistency: consistency.map(wanted) };
}

/** Keys and signatures by c2sp.org/signed-note. */
function noteKey(name: string, seed: Buffer, type: 1 | 4) {
  const publicKey = Buffer.from(ed25519.getPublicKey(seed));
  const id = sha256(`${name}\n`, Buffer.from([type]), publicKey).subarray(0, 4);
  return { id, vkey: `${name}+${hex(id)}+${base64(Buffer.concat([Buffer.from([type]), publicKey]))}` };
}

const signatureLine = (name: string, ...parts: readonly Uint8Array[]): string =>
  `— ${name} ${base64(Buffer.concat(parts))}\n`;

/** The example of golang.org/x/mod/sumdb/note, whose key and signature are published with its documentation. */
function notes() {
  const note = [
    ...['If you think cryptography is the answer to your problem,', "then you don't know what your problem is.", ''],
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
    '',
  ].join('\n');
  return [
    {
      desc: 'of golang.org/x/mod/sumdb/note',
      note,
      vkey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    },
  ];
}

function checkpoints() {
  const origin = 'tallystick.example/journal';
  const seed = sha256('tallystick vector journal key');
  const witnessSeed = sha256('tallystick vector witness key');
  const witness = 'witness.example/w1';
  const log = noteKey(origin, seed, 1);
  const cosigner = noteKey(witness, witnessSeed, 4);
  return [0, 1, 13, 70].map((size) => {
    const root = mth(leavesUpTo(size));
    const text = `${origin}\n${size}\n${base64(root)}\n`;
    const line = signatureLine(origin, log.id, ed25519.sign(Buffer.from(text), seed));
    const timeSec = 1_700_000_000 + size;
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(timeSec));
    const cosignature = ed25519.sign(Buffer.from(`cosignature/v1\ntime ${timeSec}\n${text}`), witnessSeed);
    return {
      desc: `a log of ${size}`,
      ...{ seed: hex(seed), vkey: log.vkey, origin, size, root: hex(root), text },
      hash: `0x${hex(sha256(text))}`,
      note: `${text}\n${line}`,
      ...{ witness: cosigner.vkey, timeSec },
      cosigned: `${text}\n${line}${signatureLine(witness, cosigner.id, time, cosignature)}`,
    };
  });
}

const word = (label: string): string => `0x${hex(sha256(`tallystick vector ${label}`))}`;
const address = (label: string): string => word(label).slice(0, 42);

/** One of each kind, with its bytes as text: every name stands in the order of its letters. */
function entries() {
  const ledger = ['"chainId":31337', `"ledger":"${address('ledger')}"`];
  const ids = (...names: readonly string[]) => names.map((name) => `"${name}":"${word(name)}"`);
  const inBlock = ['"block":12', ...ids('blockHash')];
  const place = ['"stream":1', '"window":199403'];
  const kinds: Readonly<Record<string, readonly string[]>> = {
    'job.accepted': ids('jobId', 'programId'),
    'job.proven': ids('jobId', 'keyId', 'programId', 'statementId'),
    'submission.signed': ['"chainId":31337', ...ids('intentId', 'transaction')],
    'submission.sent': ['"chainId":31337', ...ids('transaction')],
    'submission.included': [...inBlock, '"chainId":31337', ...ids('transaction')],
    'submission.reorged': [...inBlock, '"chainId":31337', ...ids('transaction')],
    'key.registered': [
      '"chainId":31337',
      '"keyClass":"development"',
      ...ids('keyId', 'programId'),
      `"registry":"${address('registry')}"`,
    ],
    'statement.recorded': [
      ...[...inBlock, '"chainId":31337', ...ids('genesis', 'head'), '"keyClass":"ceremony"', ...ids('keyId')],
      ...[ledger[1] as string, '"logIndex":0', ...ids('programId'), '"record":7', ...ids('statementId', 'transaction')],
    ],
    'window.opened': [
      '"chainId":31337',
      '"commitDeadline":765244800',
      '"dateFrom":8825',
      '"dateTo":8855',
      ledger[1] as string,
      ...place,
    ],
    'window.advanced': [
      ...[
        ...ledger.slice(0, 1),
        '"firstIndex":64',
        ledger[1] as string,
        '"positions":"12"',
        '"root":"34"',
        ...ids('statementId'),
      ],
      ...['"stream":1', '"window":199403'],
    ],
    'window.closed': [...ledger, '"next":128', '"positions":"12"', '"root":"34"', ...place],
    'window.disclosed': [...ledger, ...ids('statementId'), ...place],
  };
  return Object.entries(kinds).map(([kind, fields], index) => {
    const text = `{"fields":{${fields.join(',')}},"index":${index},"kind":"${kind}","origin":"tallystick.example/journal","timeMs":${1_700_000_000_000 + index},"v":1}`;
    return { desc: kind, text, leafHash: hex(sha256(leafPrefix, text)) };
  });
}
