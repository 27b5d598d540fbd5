import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { generate } from '../../src/importers/generate.ts';
import { Json } from '../../src/model/Json.ts';
import type { WindowBook } from '../../src/model/ObligationFile.ts';
import type { Payment } from '../../src/model/Payment.ts';
import { Policy, type ReconcilePolicy } from '../../src/model/Policy.ts';
import { match } from '../../src/reconcile/match.ts';
import { makeReport, type Report, reportText } from '../../src/reconcile/report.ts';
import type { AssetRow, ClassRow } from '../../src/reconcile/tally.ts';
import { injectFaults, payAll } from '../support/faults.ts';
import { seededRandom } from '../support/random.ts';

const shape = { windows: 3, obligationsPerWindow: 200, participants: 6, asset: 203 };
const books: readonly WindowBook[] = generate({ ...shape, seed: new Uint8Array(16).fill(2) }).windows;
const paid = payAll(books);
const [first, second] = paid as [Payment, Payment];
const faulty = injectFaults({ books, payments: paid }, { random: seededRandom(4n), perClass: 10 }).payments;

function report(payments: readonly Payment[], change: Partial<ReconcilePolicy> = {}, windows = books): Report {
  const policy: Policy = { version: 1, reconcile: { ...Policy.standard.reconcile, ...change } };
  const compared = { books: windows, payments };
  return makeReport(compared, match(compared, policy.reconcile), policy);
}

/** Added up from the records themselves. */
function sum(amounts: readonly { readonly amount: bigint }[]) {
  return { count: amounts.length, amount: amounts.reduce((total, { amount }) => total + amount, 0n) };
}

describe('makeReport', () => {
  test('R35 the totals are the input, by asset, and windows and classes add up to them', () => {
    const { assets, classes, windows, outside } = report(faulty);
    const owed = books.flatMap(({ obligations }) => obligations);
    expect(assets.find(({ asset }) => asset === 203)?.obligations.all).toEqual(sum(owed));
    for (const [asset, ofAsset] of Map.groupBy(faulty, (payment) => payment.asset)) {
      expect(assets.find((row) => row.asset === asset)?.payments.all).toEqual(sum(ofAsset));
    }
    for (const { obligations, payments } of assets) {
      for (const { all, matched, breaks } of [obligations, payments]) {
        expect([matched.count + breaks.count, matched.amount + breaks.amount]).toEqual([all.count, all.amount]);
      }
    }
    expect(totalsOf(classes)).toEqual(totalsOf([...windows.flatMap((window) => window.classes), ...outside]));
    expect(totalsOf(classes)).toEqual(totalsOfAssets(assets));
  });

  test('behavior: the drift is the sum of what is open on both sides, never the difference', () => {
    const over = { ...first, amount: first.amount + 5n };
    const under = { ...second, amount: second.amount - 5n };
    const { assets, verdict } = report([over, under, ...paid.slice(2)]);
    expect([assets[0]?.drift, verdict]).toEqual([10n, 'exceeded']);
    expect(report([over, under, ...paid.slice(2)], { driftMax: 10n }).verdict).toBe('tolerated');
    expect(report([over, under, ...paid.slice(2)], { tolerance: 5n })).toMatchObject({
      verdict: 'clean',
      assets: [{ drift: 0n, adjusted: { count: 2, amount: 10n } }],
    });
    const stolen = { ...first, creditor: 77 };
    expect(report([stolen, ...paid.slice(1)]).assets[0]?.drift).toBe(2n * first.amount);
    const late = { ...paid.at(-1), paidAt: 9000 * 86_400 } as Payment;
    expect(report([...paid.slice(0, -1), late])).toMatchObject({ verdict: 'tolerated', assets: [{ drift: 0n }] });
  });

  test('behavior: a payment outside all windows is told apart', () => {
    const stray: Payment = { ...first, id: 'x', sequence: 10_000, references: [5n], valueDate: 20_000 };
    const { outside, windows, verdict, breaks } = report([...paid, stray]);
    expect(outside).toMatchObject([{ class: 'UNEXPECTED', findings: 1, payments: { count: 1 } }]);
    expect(windows.map((window) => window.verdict)).toEqual(['clean', 'clean', 'clean']);
    expect(verdict).toBe('exceeded');
    expect(breaks[0]).not.toHaveProperty('window');
  });

  test('behavior: the digests are over the canonical text of each record', () => {
    const token: Payment = { ...first, id: 'quoted " and é', asset: `0x${'11'.repeat(20)}`, references: [1n, 2n] };
    const payments = [token, ...paid.slice(1).map(({ valueDate: _, ...payment }) => payment)];
    const { inputs } = report(payments);
    expect(inputs.payments).toEqual(digest(payments));
    const obligations = books.flatMap(({ label: window, dateFrom, dateTo, obligations: owed }) =>
      owed.map(({ debtor, creditor, amount, valueDate, asset, reference }) => ({
        ...{ window, dateFrom, dateTo, debtor, creditor, amount, valueDate, asset, reference },
      })),
    );
    expect(inputs.obligations).toEqual(digest(obligations));
    expect(report([{ ...first, paidAt: first.paidAt + 1 }, ...paid.slice(1)]).inputs.payments).not.toEqual(
      digest(paid),
    );
  });

  test('behavior: what opens a reference is in no report', () => {
    const text = reportText(report(faulty));
    // The obligations came with what opens them.
    expect(books[0]?.obligations[0]).toMatchObject({ externalRef: expect.stringMatching(/^synthetic/) });
    expect(text).not.toContain('synthetic');
    expect(text).not.toContain('secret');
  });

  test('behavior: the text is canonical JSON and names the policy by its hash', () => {
    const made = report(faulty, { tolerance: 3n });
    const text = reportText(made);
    expect(text).toBe(`${Json.canonical(JSON.parse(text))}\n`);
    expect(made.policyHash).toBe(Policy.hash(made.policy));
    expect(made.policyHash).not.toBe(report(faulty).policyHash);
  });

  test('behavior: nothing', () => {
    expect(report([], {}, [])).toMatchObject({ verdict: 'clean', assets: [], classes: [], windows: [], breaks: [] });
  });
});

function digest(records: readonly object[]) {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const hashes = records.map((record) => sha256(Json.canonical(record))).sort();
  return { count: records.length, digest: sha256(hashes.join('')) };
}

type Totals = { obligations: bigint; payments: bigint; drift: bigint; counts: number };

function totalsOf(rows: readonly ClassRow[]): Totals {
  return {
    obligations: rows.reduce((total, row) => total + row.obligations.amount, 0n),
    payments: rows.reduce((total, row) => total + row.payments.amount, 0n),
    drift: rows.reduce((total, row) => total + row.drift, 0n),
    counts: rows.reduce((total, row) => total + row.obligations.count + row.payments.count, 0),
  };
}

function totalsOfAssets(rows: readonly AssetRow[]): Totals {
  return {
    obligations: rows.reduce((total, row) => total + row.obligations.all.amount, 0n),
    payments: rows.reduce((total, row) => total + row.payments.all.amount, 0n),
    drift: rows.reduce((total, row) => total + row.drift, 0n),
    counts: rows.reduce((total, row) => total + row.obligations.all.count + row.payments.all.count, 0),
  };
}
