import { describe, expect, test } from 'vitest';
import { ImportError } from '../../src/errors.ts';
import { nettingFacts } from '../../src/importers/facts.ts';
import { type GenerateOptions, generate } from '../../src/importers/generate.ts';
import { Obligation } from '../../src/model/Obligation.ts';

const options: GenerateOptions = {
  seed: new Uint8Array(16).fill(3),
  windows: 3,
  obligationsPerWindow: 200,
  participants: 14,
  asset: 1,
};

describe('generate', () => {
  test('gives months from January 1993, each with its obligations', () => {
    const { participants, windows } = generate(options);
    expect(participants.map(({ number }) => number)).toEqual(Array.from({ length: 14 }, (_, i) => i));
    expect(windows.map(({ label }) => label)).toEqual(['1993-01', '1993-02', '1993-03']);
    for (const { dateFrom, dateTo, obligations } of windows) {
      expect(obligations).toHaveLength(200);
      const dates = obligations.map(({ valueDate }) => valueDate);
      expect(dates).toEqual(dates.toSorted((a, b) => a - b));
      expect(dates.every((date) => dateFrom <= date && date <= dateTo)).toBe(true);
    }
  });

  test('behavior: every obligation is sound, concerns the bank, and opens', () => {
    for (const obligation of generate(options).windows.flatMap(({ obligations }) => obligations)) {
      expect(Obligation.check(obligation)).toBe(obligation);
      expect([obligation.debtor, obligation.creditor]).toContain(0);
      expect(Math.max(obligation.debtor, obligation.creditor)).toBeLessThan(14);
      expect(Obligation.reference(obligation.externalRef, obligation.secret)).toBe(obligation.reference);
    }
  });

  test('behavior: the same seed gives the same, another seed something else', () => {
    expect(generate(options)).toEqual(generate(options));
    const other = generate({ ...options, seed: new Uint8Array(16).fill(4) });
    expect(nettingFacts(other.windows[0]?.obligations ?? []).gross).not.toBe(
      nettingFacts(generate(options).windows[0]?.obligations ?? []).gross,
    );
  });

  test('behavior: a longer run begins like a shorter one', () => {
    expect(generate({ ...options, windows: 5 }).windows.slice(0, 3)).toEqual(generate(options).windows);
  });

  test('behavior: most payments return on the same day of the next month', () => {
    const [first, second] = generate(options).windows;
    const kept = (second?.obligations ?? []).filter(({ valueDate, amount, debtor, creditor }) =>
      first?.obligations.some(
        (before) =>
          before.amount === amount &&
          before.debtor === debtor &&
          before.creditor === creditor &&
          valueDate - (second?.dateFrom ?? 0) === before.valueDate - first.dateFrom,
      ),
    );
    expect(kept.length).toBeGreaterThan(180);
    expect(kept.length).toBeLessThan(200);
  });

  test('behavior: has the shape of the real data', () => {
    const { windows } = generate({ ...options, windows: 2, obligationsPerWindow: 3000 });
    const facts = nettingFacts(windows.flatMap(({ obligations }) => obligations));
    expect(facts.participants).toBe(14);
    // 627 of 1000 go out; the mean amounts of the real data are 3,160.70 and 11,672.59.
    expect(facts.out.count / facts.count).toBeCloseTo(0.627, 1);
    const mean = ({ amount, count }: { readonly amount: bigint; readonly count: number }) =>
      Number(amount) / 100 / count;
    for (const ratio of [mean(facts.out) / 3160.7, mean(facts.in) / 11672.59]) {
      expect(ratio).toBeGreaterThan(0.85);
      expect(ratio).toBeLessThan(1.15);
    }
    expect(facts.multilateral.monthly).toBeLessThan(facts.gross / 2n);
  });

  test('behavior: no windows, empty windows', () => {
    expect(generate({ ...options, windows: 0 }).windows).toEqual([]);
    expect(generate({ ...options, obligationsPerWindow: 0 }).windows[0]?.obligations).toEqual([]);
  });

  test.each([
    { windows: -1 },
    { windows: 1.5 },
    { windows: 601 },
    { obligationsPerWindow: Number.NaN },
    { obligationsPerWindow: 2 ** 20 + 1 },
    { participants: 1 },
    { participants: 32 },
    { seed: new Uint8Array(15) },
  ])('error: %o', (wrong) => {
    expect(() => generate({ ...options, ...wrong })).toThrow(ImportError);
  });
});
