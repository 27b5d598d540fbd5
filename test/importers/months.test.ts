import { describe, expect, test } from 'vitest';
import { dayOf, dayOfMonth, groupByMonth, monthAfter, monthBounds, monthOf } from '../../src/importers/months.ts';

describe('dayOf', () => {
  test('counts from 1970-01-01', () => {
    expect(dayOf(1970, 1, 1)).toBe(0);
    expect(dayOf(1993, 1, 5)).toBe(8405);
  });

  test.each([
    [1993, 2, 29],
    [1993, 13, 1],
    [1993, 0, 1],
    [1993, 1, 0],
    [1993, 4, 31],
  ])('behavior: %i-%i-%i is no day', (year, month, day) => {
    expect(dayOf(year, month, day)).toBeUndefined();
  });

  test('behavior: leap days are days', () => {
    expect(dayOf(1996, 2, 29)).toBe(9555);
  });
});

test('monthOf and dayOfMonth take a day apart', () => {
  expect([monthOf(8405), dayOfMonth(8405)]).toEqual(['1993-01', 5]);
});

test('monthBounds gives the first and the last day', () => {
  expect(monthBounds('1993-02')).toEqual({ label: '1993-02', dateFrom: 8432, dateTo: 8459 });
  expect(monthBounds('1993-12').dateTo).toBe(monthBounds('1994-01').dateFrom - 1);
});

test('monthAfter crosses years', () => {
  expect(monthAfter('1993-11', 3)).toBe('1994-02');
});

describe('groupByMonth', () => {
  test('gives windows in order of time, obligations in the order given', () => {
    const obligations = [8460, 8405, 8431, 8401].map((valueDate, id) => ({ valueDate, id }));
    expect(groupByMonth(obligations).map(({ label, obligations }) => [label, obligations.map(({ id }) => id)])).toEqual(
      [
        ['1993-01', [1, 2, 3]],
        ['1993-03', [0]],
      ],
    );
  });

  test('behavior: each obligation lies within the days of its window', () => {
    const obligations = Array.from({ length: 800 }, (_, i) => ({ valueDate: 8401 + i }));
    const windows = groupByMonth(obligations);
    expect(windows.flatMap((window) => window.obligations)).toEqual(obligations);
    for (const { dateFrom, dateTo, obligations } of windows) {
      expect(obligations.every(({ valueDate }) => dateFrom <= valueDate && valueDate <= dateTo)).toBe(true);
    }
  });

  test('behavior: nothing makes no windows', () => {
    expect(groupByMonth([])).toEqual([]);
  });
});
