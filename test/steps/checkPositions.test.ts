import { expect, test } from 'vitest';
import { DisclosureMismatchError } from '../../src/errors.ts';
import type { WindowBook } from '../../src/model/ObligationFile.ts';
import { checkPositions } from '../../src/steps/checkPositions.ts';

const owe = (debtor: number, creditor: number, amount: bigint) => ({
  ...{ debtor, creditor, amount },
  ...{ valueDate: 8405, asset: 203, reference: 1n },
});
const book: WindowBook = {
  ...{ label: '1993-01', dateFrom: 8401, dateTo: 8431 },
  obligations: [owe(0, 1, 700n), owe(1, 2, 300n), owe(2, 0, 50n)],
};

test('default: every participant is compared, also those that take no part', () => {
  expect(checkPositions(book, [-650n, 400n, 250n, 0n])).toBe(4);
});

test.each([
  ['one unit moved', [-649n, 399n, 250n, 0n], 'participants 0, 1'],
  ['a stranger paid', [-650n, 400n, 249n, 1n], 'participants 2, 3'],
  ['one left out', [-650n, 400n], 'participants 2'],
  ['nothing disclosed', [], 'participants 0, 1, 2'],
])('error: %s', (_, disclosed, at) => {
  expect(() => checkPositions(book, disclosed)).toThrow(DisclosureMismatchError);
  try {
    checkPositions(book, disclosed);
  } catch (error) {
    expect(error).toMatchObject({ at, exitCode: 6 });
  }
});
