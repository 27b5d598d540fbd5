/**
 * @module The codec's vectors, worked out by a second way: words are laid down by hand instead of by an ABI library, and
 * Poseidon is circomlibjs' instead of poseidon-lite. TypeScript, circuits and Solidity are all held against them.
 */
import { buildPoseidon } from 'circomlibjs';
import { keccak256, stringToHex } from 'viem/utils';
import { r } from '../../src/model/Field.ts';

type Hex = `0x${string}`;
type Hash = (inputs: readonly bigint[]) => bigint;

/** The text of `test/vectors/codec.json`. */
export async function codecVectors(): Promise<string> {
  const poseidon = await buildPoseidon();
  const hash: Hash = (inputs) => poseidon.F.toObject(poseidon([...inputs]));
  const vectors = {
    contexts: contexts(),
    statementIds: statementIds(),
    keyIds: keyIds(),
    seals: seals(),
    words: words(),
    references: references(),
    leaves: leaves(hash),
    commitments: commitments(hash),
    signedPositions: signedPositions(),
    emptyRoots: emptyRoots(hash),
  };
  return `${JSON.stringify(vectors, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`;
}

const word = (value: bigint): string => value.toString(16).padStart(64, '0');
const concat = (values: readonly bigint[]): Hex => `0x${values.map(word).join('')}`;
/** Values that only look random: keccak256 of a label. */
const drawn = (label: string): bigint => BigInt(keccak256(stringToHex(`tallystick vector ${label}`)));
const hex = (value: bigint, bytes: number): Hex =>
  `0x${(value >> BigInt(256 - 8 * bytes)).toString(16).padStart(2 * bytes, '0')}`;

function contexts() {
  const cases = [
    { desc: 'a window of a stream on the local chain', chainId: 31337, stream: 1, window: 199403 },
    { desc: 'no stream, no window, nobody', chainId: 1, stream: 0, window: 0, nobody: true },
    { desc: 'largest stream and window', chainId: 2 ** 32, stream: 2 ** 32 - 1, window: 2 ** 32 - 1 },
  ];
  return cases.map(({ desc, chainId, stream, window, nobody }, i) => {
    const contract = hex(drawn(`contract ${i}`), 20);
    const programId = hex(drawn(`program ${i}`), 32);
    const beneficiary = nobody ? hex(0n, 20) : hex(drawn(`beneficiary ${i}`), 20);
    const label = Buffer.from('tallystick/v1');
    const encoded = concat([
      224n,
      BigInt(chainId),
      BigInt(contract),
      BigInt(programId),
      BigInt(stream),
      BigInt(window),
      BigInt(beneficiary),
      BigInt(label.length),
      BigInt(`0x${label.toString('hex').padEnd(64, '0')}`),
    ]);
    return {
      desc,
      chainId,
      contract,
      programId,
      stream,
      window,
      beneficiary,
      context: BigInt(keccak256(encoded)) >> 8n,
    };
  });
}

function statementIds() {
  const cases = [
    { desc: 'one signal', signals: [1n] },
    { desc: 'edges of the field', signals: [0n, r - 1n, 1n] },
    { desc: 'nine signals', signals: Array.from({ length: 9 }, (_, i) => drawn(`signal ${i}`) % r) },
  ];
  return cases.map(({ desc, signals }, i) => {
    const programId = hex(drawn(`statement ${i}`), 32);
    const encoded = concat([BigInt(programId), 64n, BigInt(signals.length), ...signals]);
    return { desc, programId, signals, statementId: keccak256(encoded) };
  });
}

/** Keys need not be points of the curve for their bytes and id to be defined. */
function keyIds() {
  return [1, 9].map((publicCount) => {
    const draw = (label: string) => drawn(`key ${publicCount} ${label}`) >> 3n;
    const pair = (label: string) => [draw(`${label} real`), draw(`${label} imaginary`)] as const;
    const g1 = (label: string) => ({ x: draw(`${label} x`), y: draw(`${label} y`) });
    const g2 = (label: string) => ({ x: pair(`${label} x`), y: pair(`${label} y`) });
    const key = {
      alpha: g1('alpha'),
      beta: g2('beta'),
      gamma: g2('gamma'),
      delta: g2('delta'),
      ic: Array.from({ length: publicCount + 1 }, (_, i) => g1(`ic ${i}`)),
    };
    const imaginaryFirst = [key.beta, key.gamma, key.delta].flatMap(({ x, y }) => [x[1], x[0], y[1], y[0]]);
    const bytes = concat([key.alpha.x, key.alpha.y, ...imaginaryFirst, ...key.ic.flatMap(({ x, y }) => [x, y])]);
    return { desc: `${publicCount} public signals`, key, bytes, keyId: keccak256(bytes) };
  });
}

/** The generators as a proof: points of the curve that are easy to write down. */
function seals() {
  const proof = {
    a: { x: 1n, y: 2n },
    b: {
      x: [
        10857046999023057135944570762232829481370756359578518086990519993285655852781n,
        11559732032986387107991004021392285783925812861821192530917403151452391805634n,
      ],
      y: [
        8495653923123431417604973247489272438418190587263600148770280649306958101930n,
        4082367875863433681332203403145435568316851327593401208105741076214120093531n,
      ],
    },
    c: { x: 1n, y: 2n },
  };
  const [bx, by] = [proof.b.x, proof.b.y];
  const words = [1n, 2n, bx[1] as bigint, bx[0] as bigint, by[1] as bigint, by[0] as bigint, 1n, 2n];
  const selector = keccak256(stringToHex('tallystick/groth16/bn254/v1')).slice(0, 10);
  return [{ desc: 'the generators', selector, proof, seal: `${selector}${concat(words).slice(2)}` }];
}

const obligations = [
  { desc: 'all fields at their least', debtor: 0, creditor: 1, amount: 1n, valueDate: 0, asset: 0, reference: 0n },
  {
    desc: 'a transfer of 1994',
    debtor: 3,
    creditor: 0,
    amount: 245_200n,
    valueDate: 8825,
    asset: 203,
    reference: drawn('reference') >> 8n,
  },
  {
    desc: 'all fields at their most',
    debtor: 2 ** 32 - 1,
    creditor: 2 ** 32 - 2,
    amount: 2n ** 64n - 1n,
    valueDate: 2 ** 32 - 1,
    asset: 2 ** 32 - 1,
    reference: 2n ** 248n - 1n,
  },
];

function termsOf({ debtor, creditor, valueDate, asset }: (typeof obligations)[number]): bigint {
  return (
    BigInt(valueDate) +
    BigInt(asset) * 2n ** 32n +
    BigInt(debtor) * 2n ** 64n +
    BigInt(creditor) * 2n ** 96n +
    2n ** 128n
  );
}

function words() {
  return obligations.map((obligation) => ({
    ...obligation,
    word: obligation.amount + termsOf(obligation) * 2n ** 64n,
  }));
}

function references() {
  const secret = hex(drawn('secret'), 16);
  const digest = keccak256(`${stringToHex('695247')}${secret.slice(2)}`);
  return [
    { desc: 'a transaction number and a secret', externalRef: '695247', secret, reference: BigInt(digest) >> 8n },
  ];
}

function leaves(hash: Hash) {
  return obligations.map((obligation, i) => {
    const index = [0, 63, 2 ** 24 - 1][i] as number;
    const salt = i === 2 ? r - 1n : drawn(`salt ${i}`) % r;
    const terms = termsOf(obligation) + BigInt(index) * 2n ** 136n;
    return { ...obligation, index, salt, leaf: hash([terms, obligation.amount, obligation.reference, salt]) };
  });
}

function commitments(hash: Hash) {
  const cases = [
    { desc: 'opening of a window of 4', positions: [0n, 0n, 0n, 0n], salt: 0n },
    { desc: 'signed positions', positions: [5n, -3n, -2n, 0n], salt: drawn('commitment 1') % r },
    {
      desc: '16 positions in two groups',
      positions: [...Array.from({ length: 15 }, (_, i) => BigInt(i) * 10n ** 12n), -105n * 10n ** 12n],
      salt: drawn('commitment 2') % r,
    },
    {
      desc: '31 positions in three groups',
      positions: [...Array.from({ length: 30 }, (_, i) => BigInt(i - 15)), 15n],
      salt: drawn('commitment 3') % r,
    },
  ];
  return cases.map(({ desc, positions, salt }) => {
    const elements = positions.map((position) => (position < 0n ? position + r : position));
    let digest = salt;
    for (let i = 0; i < elements.length; i += 15) digest = hash([digest, ...elements.slice(i, i + 15)]);
    return { desc, positions, salt, commitment: digest };
  });
}

function signedPositions() {
  const bound = 2n ** 95n;
  return [
    { desc: 'zero', signal: 0n, position: 0n },
    { desc: 'one', signal: 1n, position: 1n },
    { desc: 'minus one', signal: r - 1n, position: -1n },
    { desc: 'the largest', signal: bound - 1n, position: bound - 1n },
    { desc: 'the smallest', signal: r - bound, position: -bound },
    { desc: 'one too large', signal: bound, wantError: 'PositionOutOfRange' },
    { desc: 'one too small', signal: r - bound - 1n, wantError: 'PositionOutOfRange' },
  ];
}

function emptyRoots(hash: Hash): bigint[] {
  const roots = [0n];
  for (let level = 0; level < 32; level++) roots.push(hash([roots[level] as bigint, roots[level] as bigint]));
  return roots;
}
