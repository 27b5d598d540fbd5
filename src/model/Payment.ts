/**
 * @module What was paid, as its source tells it: a ledger's event or a row of a bank's book. A payment says which
 * obligations it is for by their references; nothing else connects the two.
 */
import { PaymentError } from '../errors.ts';
import { Hex } from './Hex.ts';

/** The stream's number of an asset, or the address of a token for which the policy has no number. */
export type Asset = number | Hex;

export type Payment = {
  /** What the source calls it, unique within the source, such as `transaction/log`; printable ASCII. */
  readonly id: string;
  /** Its place in the source; where times contradict it, the sequence counts. */
  readonly sequence: number;
  /** Seconds since 1970-01-01, UTC. */
  readonly paidAt: number;
  readonly asset: Asset;
  /** Numbers of the parties in the stream's registry. */
  readonly debtor: number;
  readonly creditor: number;
  /** Units, 1 to 2^256 − 1: a payment in the wrong unit may be larger than any obligation. */
  readonly amount: bigint;
  /** Of the obligations that it is for; most payments are for one. Each below 2^248, none twice. */
  readonly references: readonly [bigint, ...bigint[]];
  /** Days since 1970-01-01, where the payment declares for which day it is. */
  readonly valueDate?: number | undefined;
};

const uint32Max = 2 ** 32 - 1;
const amountMax = 2n ** 256n - 1n;
const referenceLimit = 2n ** 248n;
/** Ids are shown on terminals, which obey control characters. */
const idPattern = /^[ -~]{1,256}$/;
/** More obligations in one payment than anybody reviews; a bound for the reader of a line. */
const referencesMax = 4096;
const daySeconds = 86_400;

export const Payment = {
  /** The day on which it was paid, UTC, unless it declares another. */
  day: ({ valueDate, paidAt }: Payment): number => valueDate ?? Math.floor(paidAt / daySeconds),

  /**
   * Returns the payment when all its fields are in range; `at` is its place for the error.
   * @throws PaymentError
   */
  check: (payment: Payment, at?: string): Payment => {
    const { id, sequence, paidAt, asset, debtor, creditor, amount, references, valueDate } = payment;
    const fail = (what: string) => {
      throw new PaymentError(`the payment's ${what}`, { at });
    };
    if (typeof id !== 'string' || !idPattern.test(id)) fail('id is not a text of 1 to 256 printable ASCII characters');
    for (const [name, value] of Object.entries({ sequence, paidAt })) {
      if (!Number.isSafeInteger(value) || value < 0) fail(`${name} is not a whole number from 0 to 2^53 − 1`);
    }
    if (!isUint32(asset) && !Hex.is(asset, 20)) fail('asset is neither a 32-bit number nor a lower-case address');
    for (const [name, value] of Object.entries({
      debtor,
      creditor,
      valueDate: valueDate === undefined ? 0 : valueDate,
    })) {
      if (!isUint32(value)) fail(`${name} is not a 32-bit number`);
    }
    if (typeof amount !== 'bigint' || amount < 1n || amount > amountMax) fail('amount is not between 1 and 2^256 − 1');
    if (references.length < 1 || references.length > referencesMax) {
      fail(`references are not a list of 1 to ${referencesMax}`);
    }
    if (references.some((reference) => reference < 0n || reference >= referenceLimit)) {
      fail('references are not all below 2^248');
    }
    if (references.length > 1 && new Set(references.map(String)).size < references.length) {
      fail('references name an obligation twice');
    }
    return payment;
  },
} as const;

function isUint32(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= uint32Max;
}
