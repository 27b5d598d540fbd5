import { describe, expect, test } from 'vitest';
import { InputPrecisionError, JsonError, PaymentError, SchemaVersionError } from '../../src/errors.ts';
import { Json } from '../../src/model/Json.ts';
import type { Payment } from '../../src/model/Payment.ts';
import { PaymentFile } from '../../src/model/PaymentFile.ts';

const payment: Payment = {
  ...{ id: 'tx/1', sequence: 5, paidAt: 726_192_000, asset: 203, debtor: 1, creditor: 2, amount: 2n ** 64n },
  references: [2n ** 247n, 3n],
};
const at = 'payments.ndjson:7';
const line = (change: object) => Json.stringify({ version: 1, ...payment, ...change });

describe('PaymentFile', () => {
  test('default: what is written is read again', () => {
    expect(PaymentFile.parseLine(PaymentFile.toLine(payment), at)).toEqual(payment);
    const token: Payment = { ...payment, asset: `0x${'ab'.repeat(20)}`, valueDate: 8405 };
    expect(PaymentFile.parseLine(PaymentFile.toLine(token), at)).toEqual(token);
    expect(PaymentFile.toLines([payment, token]).split('\n')).toHaveLength(3);
  });

  test('behavior: another order of members and white space mean the same', () => {
    const turned = Object.fromEntries(Object.entries({ version: 1, ...payment }).reverse());
    expect(PaymentFile.parseLine(Json.stringify(turned, 1), at)).toEqual(payment);
  });

  test.each([
    ['a later version', { version: 2 }],
    ['a version that is a text', { version: '1' }],
    ['no version', { version: undefined }],
  ])('R33 %s is refused with its line', (_, change) => {
    expect(refusal(line(change))).toMatchObject({ name: SchemaVersionError.name, exitCode: 2, at });
  });

  test.each<[string, object]>([
    ['no id', { id: '' }],
    ['an id of another type', { id: 7 }],
    ['an id that moves the cursor', { id: 'a\u001b[2J' }],
    ['an id without end', { id: 'x'.repeat(257) }],
    ['a sequence below 0', { sequence: -1 }],
    ['a time that is a text', { paidAt: '5' }],
    ['no time', { paidAt: undefined }],
    ['an asset in capitals', { asset: `0x${'AB'.repeat(20)}` }],
    ['an asset that is too short', { asset: '0xab' }],
    ['an asset beyond 32 bits', { asset: 2 ** 32 }],
    ['a debtor beyond 32 bits', { debtor: 2 ** 32 }],
    ['a creditor below 0', { creditor: -1 }],
    ['an amount of 0', { amount: '0' }],
    ['an amount below 0', { amount: '-1' }],
    ['an amount as a number', { amount: 5 }],
    ['an amount beyond 256 bits', { amount: 2n ** 256n }],
    ['no references', { references: [] }],
    ['one reference alone', { references: '7' }],
    ['a reference as a number', { references: [7] }],
    ['a reference beyond 248 bits', { references: [2n ** 248n] }],
    ['a reference twice', { references: [3n, 4n, 3n] }],
    ['references without end', { references: Array.from({ length: 4097 }, (_, i) => BigInt(i)) }],
    ['a day of null', { valueDate: null }],
    ['a member that nobody knows', { memo: 'x' }],
  ])('error: %s', (_, change) => {
    expect(refusal(line(change))).toMatchObject({ name: PaymentError.name, exitCode: 2, at });
  });

  test('error: text that is no strict JSON, as in every other file', () => {
    expect(refusal('[]')).toMatchObject({ name: PaymentError.name });
    expect(refusal('{"version":1,')).toMatchObject({ name: JsonError.name });
    expect(refusal(line({}).replace('{', '{"id":"other",'))).toMatchObject({ name: JsonError.name });
    expect(refusal(line({}).replace(':5,', ':9007199254740993,'))).toMatchObject({ name: InputPrecisionError.name });
    expect(refusal(line({}).replace(':5,', ':1.5,'))).toMatchObject({ name: InputPrecisionError.name });
  });

  test('behavior: no refusal quotes an amount or a reference', () => {
    const secret = '1234567890123456789';
    for (const change of [
      { debtor: -1, amount: secret },
      { references: [secret, secret] },
      { version: 9, amount: secret },
    ]) {
      expect(JSON.stringify(refusal(line(change)))).not.toContain(secret);
    }
  });
});

function refusal(text: string): unknown {
  try {
    return PaymentFile.parseLine(text, at);
  } catch (error) {
    const { name, message, exitCode, at: place } = error as PaymentError;
    return { name, message, exitCode, at: place };
  }
}
