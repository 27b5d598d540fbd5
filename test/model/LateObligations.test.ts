import { describe, expect, test } from 'vitest';
import { carryLate } from '../../src/model/LateObligations.ts';
import type { BookedObligation, WindowBook } from '../../src/model/ObligationFile.ts';

const one = (reference: bigint, valueDate = 10): BookedObligation => ({
  ...{ debtor: 0, creditor: 1, amount: 5n, asset: 1, valueDate, reference },
});
const book = (label: string, obligations: readonly BookedObligation[], dateFrom = 10): WindowBook => ({
  ...{ label, dateFrom, dateTo: dateFrom + 9, obligations },
});

describe('carryLate', () => {
  test('default: windows that are open are as they were given', () => {
    const books = [book('1993-01', [one(1n)]), book('1993-02', [one(2n, 20)], 20)];
    expect(carryLate(books.map((each) => ({ book: each, isOpen: true })))).toEqual({ books, waiting: [] });
  });

  test('O6 what a closed window lacks goes over others that are closed, into the first that is open', () => {
    const closed = book('1993-01', [one(1n)]);
    const alsoClosed = book('1993-02', [one(2n, 20)], 20);
    const { books, waiting } = carryLate([
      { book: book('1993-01', [one(1n), one(9n, 12)]), isOpen: false, fixed: closed },
      { book: alsoClosed, isOpen: false, fixed: alsoClosed },
      { book: book('1993-03', [], 30), isOpen: true },
    ]);
    expect(waiting).toEqual([]);
    expect(books.slice(0, 2)).toEqual([closed, alsoClosed]);
    expect(books[2]?.obligations).toEqual([{ ...one(9n, 30), adjusts: { window: '1993-01', valueDate: 12 } }]);
  });

  test('O6 an obligation that is there twice counts twice, and none is carried a second time', () => {
    const fixed = book('1993-01', [one(1n)]);
    const carried = { ...one(1n, 20), adjusts: { window: '1993-01', valueDate: 10 } };
    const twice = { book: book('1993-01', [one(1n), one(1n)]), isOpen: false, fixed };
    const next = book('1993-02', [], 20);
    expect(carryLate([twice, { book: next, isOpen: true }]).books[1]?.obligations).toEqual([carried]);
    const again = carryLate([twice, { book: next, isOpen: false, fixed: { ...next, obligations: [carried] } }]);
    expect(again).toEqual({ books: [fixed, { ...next, obligations: [carried] }], waiting: [] });
  });

  test('behavior: without an open window it waits, and a window that contradicts is left for the ledger', () => {
    const fixed = book('1993-01', [one(1n)]);
    const { waiting } = carryLate([{ book: book('1993-01', [one(1n), one(2n)]), isOpen: false, fixed }]);
    expect(waiting).toEqual([{ ...one(2n), adjusts: { window: '1993-01', valueDate: 10 } }]);
    const other = book('1993-01', [one(3n)]);
    expect(carryLate([{ book: other, isOpen: false, fixed }])).toEqual({ books: [other], waiting: [] });
    expect(carryLate([{ book: other, isOpen: false }])).toEqual({ books: [other], waiting: [] });
  });
});
