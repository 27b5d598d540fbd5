import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ProofRejectedError } from '../../src/errors.ts';
import type { Hex } from '../../src/model/Hex.ts';
import { Obligation } from '../../src/model/Obligation.ts';
import { Positions } from '../../src/model/Positions.ts';
import { Proof } from '../../src/model/Proof.ts';
import { Seal } from '../../src/model/Seal.ts';
import { Statement } from '../../src/model/Statement.ts';
import { Tree } from '../../src/model/Tree.ts';
import { VerifyingKey } from '../../src/model/VerifyingKey.ts';

type Case = Record<string, unknown> & { desc: string };

const vectors = JSON.parse(
  await readFile(new URL('../vectors/codec.json', import.meta.url), 'utf8'),
  // Numbers beyond 2^53 and everything that must be a bigint are decimal strings in the file.
  (_, value) => (typeof value === 'string' && /^-?[0-9]{1,78}$/.test(value) ? BigInt(value) : value),
) as Record<string, Case[]> & { emptyRoots: bigint[] };

/** The file gives external references as text, which the reviver above would turn into a bigint. */
const each = (name: string) => test.each((vectors[name] as Case[]).map((item) => [item.desc, item] as const));

describe('Statement', () => {
  each('contexts')('context: %s', (_, item) => {
    expect(Statement.context(item as never)).toBe(item.context);
  });
  each('statementIds')('id: %s', (_, item) => {
    expect(Statement.id(item as never)).toBe(item.statementId);
  });
});

describe('VerifyingKey', () => {
  each('keyIds')('bytes and id: %s', (_, item) => {
    const key = { keyClass: 'development', ...(item.key as object) } as VerifyingKey;
    expect(VerifyingKey.toBytes(key)).toBe(item.bytes);
    expect(VerifyingKey.id(key)).toBe(item.keyId);
    const json = JSON.parse(JSON.stringify(VerifyingKey.toJson(key)));
    expect(VerifyingKey.parse(json)).toEqual(key);
  });
});

describe('Seal', () => {
  each('seals')('encode and decode: %s', (_, item) => {
    const proof = item.proof as Proof;
    expect(Seal.groth16Selector).toBe(item.selector);
    expect(Seal.encode(proof)).toBe(item.seal);
    expect(Seal.decode(item.seal as Hex)).toEqual(proof);
    expect(Proof.parse(JSON.parse(JSON.stringify(Proof.toJson(proof))))).toEqual(proof);
  });
  test('error: another selector, a byte too few or too many', () => {
    const seal = vectors.seals?.[0]?.seal as Hex;
    for (const bad of [`0x00000000${seal.slice(10)}`, seal.slice(0, -2), `${seal}00`] as Hex[]) {
      expect(() => Seal.decode(bad)).toThrow(ProofRejectedError);
    }
  });
});

describe('Obligation', () => {
  each('words')('word: %s', (_, item) => {
    const { desc: _desc, word, ...obligation } = item;
    expect(Obligation.word(obligation as never)).toBe(word);
    expect(Obligation.fromWord(word as bigint, item.reference as bigint)).toEqual(obligation);
  });
  each('leaves')('leaf: %s', (_, item) => {
    expect(Obligation.leaf(item as never, item.index as number, item.salt as bigint)).toBe(item.leaf);
  });
  each('references')('reference: %s', (_, item) => {
    const secret = Buffer.from((item.secret as string).slice(2), 'hex');
    expect(Obligation.reference(String(item.externalRef), secret)).toBe(item.reference);
  });
});

describe('Positions', () => {
  each('commitments')('commitment: %s', (_, item) => {
    expect(Positions.commitment(item.positions as bigint[], item.salt as bigint)).toBe(item.commitment);
  });
  each('signedPositions')('fromSignal: %s', (_, item) => {
    if (item.wantError) expect(() => Positions.fromSignal(item.signal as bigint)).toThrow(ProofRejectedError);
    else expect(Positions.fromSignal(item.signal as bigint)).toBe(item.position);
  });
});

describe('Tree', () => {
  test('emptyRoot: every depth', () => {
    for (const [depth, root] of vectors.emptyRoots.entries()) expect(Tree.emptyRoot(depth)).toBe(root);
  });
});
