/**
 * @module A second verifier of receipts that shares no code with the first: its own reading of the file, its own Keccak
 * and ABI words, the pairing and Ed25519 of `@noble/curves`, and inclusion by recursion over the tree's shape. It is
 * written from the schema of the file and the documents that it names.
 */
import { createHash } from 'node:crypto';
import { bn254 } from '@noble/curves/bn254.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { keccak256 } from './keccak.ts';

type Json = Record<string, never> & Record<string, unknown>;
type Entry = { entry: string; proof: string[] };

/** Throws when a receipt does not hold. @param text of the file @param trusted the journal's key, from elsewhere */
export function verifyReceiptAgain(text: string, trusted: string): void {
  const receipt = JSON.parse(text);
  same(receipt.version, 1, 'version');
  same(receipt.kind, 'statement', 'kind');
  verifyStatement(receipt);
  verifyProof(receipt);
  verifyHead(receipt);
  verifyJournal(receipt, trusted);
}

function same(found: unknown, expected: unknown, what: string): void {
  if (found !== expected) throw new Error(`${what}: ${String(found)} is not ${String(expected)}`);
}

const word = (value: bigint | number | string): string => BigInt(value).toString(16).padStart(64, '0');
const hashWords = (...words: readonly string[]): string =>
  `0x${Buffer.from(keccak256(Buffer.from(words.join(''), 'hex'))).toString('hex')}`;
const text32 = (text: string): string => Buffer.from(text).toString('hex').padEnd(64, '0');

const order = bn254.fields.Fr.ORDER;
const prime = bn254.fields.Fp.ORDER;

function number(value: unknown, below: bigint): bigint {
  if (typeof value !== 'string' || !/^\d+$/.test(value) || String(BigInt(value)) !== value)
    throw new Error('no decimal');
  if (BigInt(value) >= below) throw new Error('a number is too large');
  return BigInt(value);
}

function count(value: unknown, below = 2 ** 53): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= below) throw new Error('no count');
  return value;
}

function verifyStatement({ statement, record }: Json): void {
  const { programId, signals, statementId, purpose } = statement as unknown as Record<string, string> & {
    signals: string[];
    purpose: Record<string, string>;
  };
  const words = signals.map((signal) => word(number(signal, order)));
  same(statementId, hashWords(word(programId as string), word(64), word(words.length), ...words), 'statementId');
  const { chainId, contract, stream, window, beneficiary } = purpose;
  count(stream, 2 ** 32);
  count(window, 2 ** 32);
  const head = [word(224), word(count(chainId)), word(contract as string), word(programId as string)];
  const tail = [word(stream as string), word(window as string), word(beneficiary as string)];
  const context = hashWords(...head, ...tail, word(13), text32('tallystick/v1'));
  same(number(signals[0], order), BigInt(context) >> 8n, 'context');
  count((record as unknown as Json).block);
}

type Point = ReturnType<typeof bn254.G1.Point.fromAffine>;
type Twisted = ReturnType<typeof bn254.G2.Point.fromAffine>;

function g1(json: unknown): Point {
  const [x, y, z, ...more] = json as string[];
  if (z !== '1' || more.length > 0) throw new Error('no affine point');
  const point = bn254.G1.Point.fromAffine({ x: number(x, prime), y: number(y, prime) });
  point.assertValidity();
  return point;
}

function g2(json: unknown): Twisted {
  const [x, y, z, ...more] = json as string[][];
  if (JSON.stringify(z) !== '["1","0"]' || more.length > 0) throw new Error('no affine point');
  const fp2 = (pair: string[] | undefined) => {
    if (pair?.length !== 2) throw new Error('no pair');
    return { c0: number(pair[0], prime), c1: number(pair[1], prime) };
  };
  const point = bn254.G2.Point.fromAffine({ x: fp2(x), y: fp2(y) });
  point.assertValidity();
  if (!point.isTorsionFree()) throw new Error('not in the subgroup');
  return point;
}

function keyId(key: Record<string, unknown>): string {
  const flat1 = (json: unknown) => (json as string[]).slice(0, 2).map(word);
  const flat2 = (json: unknown) =>
    (json as string[][]).slice(0, 2).flatMap(([a, b]) => [word(b as string), word(a as string)]);
  const twisted = [key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2].flatMap(flat2);
  return hashWords(...flat1(key.vk_alpha_1), ...twisted, ...(key.IC as unknown[]).flatMap(flat1));
}

function verifyProof(receipt: Json): void {
  const proof = receipt.proof as unknown as Record<string, unknown>;
  const key = receipt.verifyingKey as unknown as Record<string, unknown>;
  const { signals } = receipt.statement as unknown as { signals: string[] };
  for (const part of [proof, key]) {
    same(part.protocol, 'groth16', 'protocol');
    same(part.curve, 'bn128', 'curve');
  }
  same(key.keyId, keyId(key), 'keyId');
  const ic = (key.IC as unknown[]).map(g1);
  same(key.nPublic, signals.length, 'nPublic');
  same(ic.length, signals.length + 1, 'IC');
  const delta = g2(key.vk_delta_2);
  if (delta.equals(g2(key.vk_gamma_2)) || delta.equals(bn254.G2.Point.BASE)) throw new Error('anybody can forge');
  const combined = signals.reduce((sum, signal, i) => {
    const scalar = number(signal, order);
    return scalar === 0n ? sum : sum.add((ic[i + 1] as Point).multiply(scalar));
  }, ic[0] as Point);
  const product = bn254.pairingBatch([
    { g1: g1(proof.pi_a).negate(), g2: g2(proof.pi_b) },
    { g1: g1(key.vk_alpha_1), g2: g2(key.vk_beta_2) },
    { g1: combined, g2: g2(key.vk_gamma_2) },
    { g1: g1(proof.pi_c), g2: delta },
  ]);
  if (!bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE)) throw new Error('the pairing does not hold');
}

function verifyHead({ statement, verifyingKey, record }: Json): void {
  const { statementId, purpose } = statement as unknown as { statementId: string; purpose: Record<string, string> };
  const { previousHead, head, index, sequence } = record as unknown as Record<string, string>;
  const { stream, window, beneficiary, chainId, contract } = purpose as Record<string, string>;
  const ids = [previousHead, statementId, (verifyingKey as unknown as { keyId: string }).keyId];
  const row = [...ids, stream, window, beneficiary, number(index, 2n ** 64n), number(sequence, 2n ** 64n)];
  same(head, hashWords(...row.map((value) => word(value as string))), 'head');
  if (index !== '0') return;
  const genesis = [
    word(96),
    word(chainId as string),
    word(contract as string),
    word(20),
    text32('tallystick/ledger/v1'),
  ];
  same(previousHead, hashWords(...genesis), 'previousHead');
}

function verifyJournal(receipt: Json, trusted: string): void {
  const { key, checkpoint, entries } = receipt.journal as unknown as {
    key: string;
    checkpoint: string;
    entries: Entry[];
  };
  same(key, trusted, 'journal key');
  const { origin, size, root } = openNote(checkpoint, trusted);
  const { statementId, programId } = receipt.statement as unknown as { statementId: string; programId: string };
  let isRecorded = false;
  for (const { entry, proof } of entries) {
    const { v, index, kind, fields, timeMs, ...rest } = JSON.parse(entry);
    same(v, 1, 'v');
    same(rest.origin, origin, 'origin');
    count(timeMs);
    const leaf = createHash('sha256').update('\0').update(entry).digest();
    same(rootFrom(leaf, count(index), size, proof.map(line)).toString('base64'), root, 'root');
    same(fields.statementId, statementId, 'subject');
    if ('programId' in fields) same(fields.programId, programId, 'program');
    isRecorded ||= kind === 'statement.recorded' && isRecordOf(fields, receipt);
  }
  if (!isRecorded) throw new Error('no entry is about the record');
}

function line(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== 32 || bytes.toString('base64') !== base64) throw new Error('no hash');
  return bytes;
}

type Part = 'record' | 'statement' | 'verifyingKey';

function isRecordOf(fields: Record<string, unknown>, receipt: Json): boolean {
  const { record, statement, verifyingKey } = receipt as unknown as Record<Part, Record<string, unknown>>;
  const { chainId, contract } = statement.purpose as Record<string, unknown>;
  const expected: Record<string, unknown> = {
    ...{ chainId, ledger: contract, programId: statement.programId, statementId: statement.statementId },
    ...{ keyId: verifyingKey.keyId, keyClass: verifyingKey.class, record: Number(record.index) },
    ...{ genesis: record.genesis, head: record.head, block: record.block, blockHash: record.blockHash },
    ...{ transaction: record.transaction, logIndex: record.logIndex },
  };
  const names = Object.keys(expected);
  return names.length === Object.keys(fields).length && names.every((name) => fields[name] === expected[name]);
}

/** The tree of n leaves splits at the largest power of two below n, and the proof's last line is the other half. */
function rootFrom(leaf: Buffer, index: number, size: number, proof: readonly Buffer[]): Buffer {
  if (index >= size) throw new Error('beyond the tree');
  if (size === 1) {
    same(proof.length, 0, 'proof length');
    return leaf;
  }
  let half = 1;
  while (half * 2 < size) half *= 2;
  const [rest, other] = [proof.slice(0, -1), proof.at(-1)];
  if (!other) throw new Error('the proof is too short');
  const node = (left: Buffer, right: Buffer) => createHash('sha256').update('\x01').update(left).update(right).digest();
  return index < half
    ? node(rootFrom(leaf, index, half, rest), other)
    : node(other, rootFrom(leaf, index - half, size - half, rest));
}

function openNote(note: string, vkey: string): { origin: string; size: number; root: string } {
  const [name, , encoded] = vkey.split(/\+(.+?)\+(.+)/) as [string, string, string];
  const key = Buffer.from(encoded, 'base64');
  same(key[0], 1, 'signature type');
  const id = createHash('sha256').update(`${name}\n`).update(key).digest().subarray(0, 4);
  const [body, signatures] = note.split(/(?<=\n)\n(?=— )/) as [string, string];
  const own = signatures
    .trimEnd()
    .split('\n')
    .map((each) => /^— (\S+) (\S+)$/.exec(each) as RegExpExecArray)
    .map(([, signer, base64]) => ({ signer, bytes: Buffer.from(base64 as string, 'base64') }))
    .filter(({ signer, bytes }) => signer === name && bytes.subarray(0, 4).equals(id));
  if (own.length === 0) throw new Error('not signed');
  for (const { bytes } of own) {
    if (!ed25519.verify(bytes.subarray(4), Buffer.from(body), key.subarray(1))) throw new Error('a bad signature');
  }
  const [origin, size, root, end, ...more] = body.split('\n');
  if (end !== '' || more.length > 0) throw new Error('not three lines');
  same(origin, name, 'origin');
  return { origin: origin as string, size: Number(number(size, 2n ** 53n)), root: root as string };
}
