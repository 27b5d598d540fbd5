import { describe, expect, test } from 'vitest';
import type { FindingClass } from '../../src/model/Finding.ts';
import type { Payment } from '../../src/model/Payment.ts';
import { findPatterns } from '../../src/reconcile/patterns.ts';

const labels = ['w1', 'w2', 'w3', 'w4', 'w5', 'w6'];
const systemic = { windows: 2, of: 3 };
const payment = { debtor: 4 } as Payment;
const at = (window: string | undefined, name: FindingClass = 'LATE') => ({
  ...{ class: name, window, dues: [], payments: [payment], settled: 0n },
});

describe('R34 findPatterns', () => {
  test('default: a break of one window is transient, of 2 in 3 systemic from the second on', () => {
    const patterns = findPatterns([at('w2'), at('w2'), at('w4', 'MISSING'), at('w6', 'MISSING')], { labels, systemic });
    expect(patterns).toEqual([
      { scope: { class: 'MISSING' }, pattern: 'systemic', windows: ['w4', 'w6'], systemicSince: 'w6' },
      { scope: { class: 'LATE' }, pattern: 'transient', windows: ['w2'] },
      { scope: { debtor: 4 }, pattern: 'systemic', windows: ['w2', 'w4', 'w6'], systemicSince: 'w4' },
    ]);
  });

  test.each([
    [['w1', 'w2'], 'w2'],
    [['w1', 'w3'], 'w3'],
    [['w1', 'w4'], undefined],
    [['w1', 'w4', 'w5'], 'w5'],
    [['w6', 'w5', 'w1'], 'w6'],
  ])('behavior: windows %j are systemic since %s', (windows, since) => {
    const [pattern] = findPatterns(
      windows.map((window) => at(window)),
      { labels, systemic },
    );
    expect(pattern?.systemicSince).toBe(since);
  });

  test('behavior: matches and what lies in no window make no pattern', () => {
    const findings = [at('w1', 'MATCHED'), at('w2', 'MATCHED_SPLIT'), at(undefined), at('elsewhere')];
    expect(findPatterns(findings, { labels, systemic })).toEqual([]);
  });

  test('behavior: by other numbers', () => {
    const always = findPatterns([at('w3')], { labels, systemic: { windows: 1, of: 1 } });
    expect(always[0]).toMatchObject({ pattern: 'systemic', systemicSince: 'w3' });
    const seldom = findPatterns(
      labels.slice(0, 4).map((label) => at(label)),
      { labels, systemic: { windows: 5, of: 6 } },
    );
    expect(seldom[0]).toMatchObject({ pattern: 'transient' });
  });
});
