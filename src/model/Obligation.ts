/**
 * @module A promise that one party pays another an amount by a day. Its record is two words, shared by the off-chain
 * commitment and the on-chain payment: `word` packs the terms, `reference` is a hash that only the two parties can open.
 *
 * word (200 bits): amount 0–63 · valueDate 64–95 · asset 96–127 · debtor 128–159 · creditor 160–191 · schema 192–199
 */
import { keccak256, stringToHex } from 'viem/utils';
import { ObligationError } from '../errors.ts';
import { Hex } from './Hex.ts';
import { poseidon } from './Poseidon.ts';

export type Obligation = {
  /** Numbers of the parties in the stream's registry. */
  readonly debtor: number;
  readonly creditor: number;
  /** In the stream's units, 1 to 2^64 − 1. */
  readonly amount: bigint;
  /** Days since 1970-01-01. */
  readonly valueDate: number;
  /** The stream's number of the asset. */
  readonly asset: number;
  /** Below 2^248. */
  readonly reference: bigint;
};

/** The only record format there is; 0 is invalid. */
const schema = 1n;
const uint32Max = 2 ** 32 - 1;
const amountMax = 2n ** 64n - 1n;
/** The least length of the secret that the two parties share. */
const secretBytesMin = 16;

export const Obligation = {
  schema,

  /**
   * Returns the obligation when all its fields are in range and its parties differ; `at` is its place for the error.
   * @throws ObligationError
   */
  check: (obligation: Obligation, at?: string): Obligation => {
    const { debtor, creditor, amount, valueDate, asset, reference } = obligation;
    const fail = (what: string) => {
      throw new ObligationError(`the obligation's ${what}`, { at });
    };
    for (const [name, value] of Object.entries({ debtor, creditor, valueDate, asset })) {
      if (!Number.isSafeInteger(value) || value < 0 || value > uint32Max) fail(`${name} is not a 32-bit number`);
    }
    if (debtor === creditor) fail('debtor is its creditor');
    if (amount < 1n || amount > amountMax) fail('amount is not between 1 and 2^64 − 1 units');
    if (reference < 0n || reference >= 2n ** 248n) fail('reference is not below 2^248');
    return obligation;
  },

  /** Everything but amount and reference: 136 bits, the upper part of the word. */
  terms: ({ valueDate, asset, debtor, creditor }: Obligation): bigint =>
    BigInt(valueDate) | (BigInt(asset) << 32n) | (BigInt(debtor) << 64n) | (BigInt(creditor) << 96n) | (schema << 128n),

  word: (obligation: Obligation): bigint => obligation.amount | (Obligation.terms(obligation) << 64n),

  /** The inverse of `word`. @throws ObligationError when a bit above 200 is set or the schema is unknown */
  fromWord: (word: bigint, reference: bigint): Obligation => {
    if (word >> 192n !== schema) throw new ObligationError('the record word has an unknown schema');
    const part = (offset: bigint) => Number((word >> offset) & 0xffffffffn);
    return Obligation.check({
      amount: word & amountMax,
      valueDate: part(64n),
      asset: part(96n),
      debtor: part(128n),
      creditor: part(160n),
      reference,
    });
  },

  /**
   * The top 248 bits of keccak256(externalRef ‖ secret); `secret` is shared by debtor and creditor.
   * @throws ObligationError when the secret is shorter than 16 bytes
   */
  reference: (externalRef: string, secret: Uint8Array): bigint => {
    if (secret.length < secretBytesMin) {
      throw new ObligationError(`the secret of a reference has ${secret.length} bytes, fewer than ${secretBytesMin}`);
    }
    return BigInt(keccak256(`${stringToHex(externalRef)}${Hex.fromBytes(secret).slice(2)}`)) >> 8n;
  },

  /** H4(terms + index·2^136, amount, reference, salt): the obligation's place and content, hidden by a fresh salt. */
  leaf: (obligation: Obligation, index: number, salt: bigint): bigint =>
    poseidon([Obligation.terms(obligation) + (BigInt(index) << 136n), obligation.amount, obligation.reference, salt]),
} as const;
