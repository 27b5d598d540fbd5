import { describe, expect, test } from 'vitest';
import type { StandingOrder, Transfer } from '../../src/importers/berka.ts';
import { dayOf } from '../../src/importers/months.ts';
import { orderBook, transferPayments } from '../../src/importers/payments.ts';

const seed = new Uint8Array(16).fill(3);
const base = { account: '10', partner: 'EF', partnerAccount: '77', amount: 500n } as const;
const order: StandingOrder = { ...base, orderId: '1' };
const participants = [
  { number: 0, code: 'bank' },
  { number: 1, code: 'EF' },
];
const day = (year: number, month: number, date: number) => dayOf(year, month, date) as number;
const paid = (line: number, date: number, changes: Partial<Transfer> = {}): Transfer => ({
  ...{ ...base, line, transId: String(line), date, direction: 'out' },
  ...changes,
});
const book = (transfers: readonly Transfer[], orders = [order]) =>
  orderBook({ transfers, orders, participants }, { seed, asset: 203 });

describe('orderBook', () => {
  test('default: an obligation each month from the first transfer to the last, and the payments for them', () => {
    const { obligations, payments } = book([paid(2, day(1993, 1, 5)), paid(3, day(1993, 3, 5))]);
    expect(obligations).toMatchObject([
      { debtor: 0, creditor: 1, amount: 500n, asset: 203, valueDate: day(1993, 1, 5) },
      { valueDate: day(1993, 2, 5) },
      { valueDate: day(1993, 3, 5) },
    ]);
    expect(payments).toMatchObject([
      { id: 'berka/2', sequence: 2, paidAt: day(1993, 1, 5) * 86_400, debtor: 0, creditor: 1, amount: 500n },
      { id: 'berka/3', sequence: 3 },
    ]);
    const references = obligations.map(({ reference }) => reference);
    expect(new Set(references).size).toBe(3);
    expect(payments.map((payment) => payment.references)).toEqual([[references[0]], [references[2]]]);
  });

  test('behavior: the amount is the order’s, and a transfer of another amount is still for it', () => {
    const { obligations, payments } = book([paid(2, day(1993, 1, 5), { amount: 499n })]);
    expect([obligations[0]?.amount, payments[0]?.amount]).toEqual([500n, 499n]);
    expect(payments[0]?.references).toEqual([obligations[0]?.reference]);
  });

  test('behavior: a month that has no such day ends the order’s month', () => {
    const { obligations } = book([paid(2, day(1993, 1, 31)), paid(3, day(1993, 3, 31))]);
    const days = obligations.map(({ valueDate }) => valueDate);
    expect(days).toEqual([day(1993, 1, 31), day(1993, 2, 28), day(1993, 3, 31)]);
  });

  test('behavior: across the turn of a year', () => {
    expect(book([paid(2, day(1993, 12, 5)), paid(3, day(1994, 1, 5))]).obligations).toHaveLength(2);
  });

  test('behavior: incoming transfers and orders that were never paid are nothing; a transfer without order is a payment', () => {
    const { obligations, payments } = book(
      [paid(2, day(1993, 1, 5), { direction: 'in' }), paid(3, day(1993, 1, 5), { partnerAccount: '78' })],
      [order, { ...order, orderId: '2', account: '11' }],
    );
    expect([obligations.length, payments.length]).toEqual([0, 1]);
  });
});

describe('transferPayments', () => {
  test('default: each transfer pays its own obligation', () => {
    const transfers = [paid(2, day(1993, 1, 5)), paid(3, day(1993, 1, 6), { direction: 'in' })];
    const terms = { asset: 203, valueDate: 0, externalRef: '', secret: seed };
    const obligations = [
      { ...terms, debtor: 0, creditor: 1, amount: 500n, reference: 8n },
      { ...terms, debtor: 1, creditor: 0, amount: 500n, reference: 9n },
    ];
    expect(transferPayments({ transfers, obligations })).toMatchObject([
      { id: 'berka/2', debtor: 0, creditor: 1, references: [8n], amount: 500n },
      { id: 'berka/3', debtor: 1, creditor: 0, references: [9n], paidAt: day(1993, 1, 6) * 86_400 },
    ]);
  });
});
