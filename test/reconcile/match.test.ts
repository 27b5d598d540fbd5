import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ObligationError, PaymentError } from '../../src/errors.ts';
import { Finding } from '../../src/model/Finding.ts';
import type { Obligation } from '../../src/model/Obligation.ts';
import type { WindowBook } from '../../src/model/ObligationFile.ts';
import type { Payment } from '../../src/model/Payment.ts';
import { Policy, type ReconcilePolicy } from '../../src/model/Policy.ts';
import { match } from '../../src/reconcile/match.ts';
import { makeReport, reportText } from '../../src/reconcile/report.ts';
import { daySeconds, inTime, payAll, payFor } from '../support/faults.ts';
import { seededRandom } from '../support/random.ts';

const strict = Policy.standard.reconcile;
const day = 8405;
const owed: Obligation = { debtor: 1, creditor: 2, amount: 1000n, valueDate: day, asset: 203, reference: 7n };
const paid: Payment = { ...payFor(owed, { id: 'a' }), sequence: 1 };
const token = `0x${'11'.repeat(20)}` as const;

function book(obligations: readonly Obligation[]): WindowBook {
  return { label: '1993-01', dateFrom: 8401, dateTo: 8431, obligations };
}

function judge(payments: readonly Payment[], policy: Partial<ReconcilePolicy> = {}, obligations = [owed]) {
  return match({ books: [book(obligations)], payments }, { ...strict, ...policy });
}

/** Class, number of obligations and of payments of each finding. */
function shapes(findings: readonly Finding[]) {
  return findings.map(({ class: name, dues, payments }) => [name, dues.length, payments.length]);
}

describe('match', () => {
  test('default: one payment for one obligation', () => {
    const findings = judge([paid]);
    expect(findings).toEqual([
      {
        ...{ class: 'MATCHED', window: '1993-01', dues: [{ obligation: owed, window: '1993-01' }], payments: [paid] },
        ...{ settled: 1000n, delta: 0n },
      },
    ]);
  });

  test('behavior: nothing owed, nothing paid', () => {
    expect(match({ books: [], payments: [] }, strict)).toEqual([]);
  });

  test('R11 a settlement that is missing', () => {
    expect(judge([])).toMatchObject([{ class: 'MISSING', window: '1993-01', settled: 0n, delta: -1000n }]);
  });

  test('R12 two transactions, or two logs of one, for one obligation', () => {
    const findings = judge([paid, { ...paid, id: 'a/2', sequence: 2 }]);
    expect(shapes(findings)).toEqual([
      ['MATCHED', 1, 1],
      ['DUPLICATE', 0, 1],
    ]);
    expect(findings[1]?.payments[0]?.id).toBe('a/2');
  });

  test('R12 a part that is paid twice', () => {
    const part = (id: string, sequence: number, amount: bigint) => ({ ...paid, id, sequence, amount });
    const findings = judge([part('a', 1, 600n), part('b', 2, 600n), part('c', 3, 400n)]);
    expect(shapes(findings)).toEqual([
      ['MATCHED_SPLIT', 1, 2],
      ['DUPLICATE', 0, 1],
    ]);
    expect(findings[1]?.payments[0]?.id).toBe('b');
  });

  test('R13 late by one second, and not a second earlier', () => {
    const end = (day + 1) * daySeconds;
    expect(shapes(judge([{ ...paid, paidAt: end - 1 }]))).toEqual([['MATCHED', 1, 1]]);
    expect(shapes(judge([{ ...paid, paidAt: end }]))).toEqual([['LATE', 1, 1]]);
    expect(shapes(judge([{ ...paid, paidAt: end + 59 }], { lateSeconds: 60 }))).toEqual([['MATCHED', 1, 1]]);
    expect(shapes(judge([{ ...paid, paidAt: end + 60 }], { lateSeconds: 60 }))).toEqual([['LATE', 1, 1]]);
  });

  test.each([999n, 1001n])('R14 one unit too little or too much: %i', (amount) => {
    const findings = judge([{ ...paid, amount }]);
    expect(findings).toMatchObject([
      { class: 'AMOUNT_MISMATCH', delta: amount - 1000n, settled: amount < 1000n ? 999n : 1000n },
    ]);
  });

  test('R14 what policy tolerates matches, and the difference is told', () => {
    expect(judge([{ ...paid, amount: 999n }], { tolerance: 1n })).toMatchObject([{ class: 'MATCHED', delta: -1n }]);
    expect(judge([{ ...paid, amount: 1001n }], { tolerance: 1n })).toMatchObject([{ class: 'MATCHED', delta: 1n }]);
    expect(judge([{ ...paid, amount: 998n }], { tolerance: 1n })).toMatchObject([{ class: 'AMOUNT_MISMATCH' }]);
  });

  test.each([
    [10n ** 15n, 12],
    [10n, -2],
  ])('R15 6 against 18 decimals, and the other way round: %i', (amount, shift) => {
    expect(judge([{ ...paid, amount }])).toMatchObject([{ class: 'DECIMAL_MISMATCH', shift, settled: 0n }]);
  });

  test('R15 a multiple that is no power of ten is an amount', () => {
    expect(shapes(judge([{ ...paid, amount: 2000n }]))).toEqual([['AMOUNT_MISMATCH', 1, 1]]);
  });

  test('R16 the same symbol at another address; only the address that policy names is the asset', () => {
    const other = `0x${'22'.repeat(20)}` as const;
    const policy = { tokens: { '203': token } };
    expect(shapes(judge([{ ...paid, asset: token }], policy))).toEqual([['MATCHED', 1, 1]]);
    expect(shapes(judge([{ ...paid, asset: other }], policy))).toEqual([['UNKNOWN_ASSET', 1, 1]]);
    expect(shapes(judge([{ ...paid, asset: token }]))).toEqual([['UNKNOWN_ASSET', 1, 1]]);
    expect(shapes(judge([{ ...paid, asset: 978 }]))).toEqual([['UNKNOWN_ASSET', 1, 1]]);
  });

  test.each([
    ['swapped, as when the sign is flipped', { debtor: 2, creditor: 1 }],
    ['another debtor', { debtor: 3 }],
    ['another creditor', { creditor: 3 }],
  ])('R17 parties: %s', (_, parties) => {
    expect(shapes(judge([{ ...paid, ...parties }]))).toEqual([['PARTY_MISMATCH', 1, 1]]);
  });

  test('R17 whoever quotes the reference of an obligation that is paid breaks nothing but its own payment', () => {
    const stranger: Payment = { ...paid, id: 's', sequence: 0, debtor: 9 };
    expect(shapes(judge([stranger, paid]))).toEqual([
      ['MATCHED', 1, 1],
      ['PARTY_MISMATCH', 0, 1],
    ]);
    const second: Obligation = { ...owed, reference: 8n };
    const quoting: Payment = { ...stranger, references: [7n, 8n], amount: 2n };
    const short = { ...payFor(second, { id: 'b' }), sequence: 2, amount: 999n };
    const over = { ...paid, amount: 1001n };
    expect(shapes(judge([quoting, over, short], {}, [owed, second]))).toEqual([
      ['AMOUNT_MISMATCH', 1, 1],
      ['AMOUNT_MISMATCH', 1, 1],
      ['PARTY_MISMATCH', 0, 1],
    ]);
  });

  test('R18 a payment that nothing was promised for, in the window of its day', () => {
    const stray: Payment = { ...paid, id: 'x', sequence: 2, references: [99n] };
    expect(judge([paid, stray])).toMatchObject([
      { class: 'UNEXPECTED', window: '1993-01', settled: 0n },
      { class: 'MATCHED' },
    ]);
    const outside = { ...stray, valueDate: undefined, paidAt: 9000 * daySeconds };
    expect(judge([paid, outside])[0]).toMatchObject({ class: 'UNEXPECTED', window: undefined });
  });

  test('R19 a split that is the total, that is more, that is less', () => {
    const parts = (...amounts: bigint[]) => amounts.map((amount, i) => ({ ...paid, id: `p${i}`, sequence: i, amount }));
    expect(shapes(judge(parts(300n, 300n, 400n)))).toEqual([['MATCHED_SPLIT', 1, 3]]);
    expect(judge(parts(600n, 500n))).toMatchObject([{ class: 'OVERPAID', delta: 100n, settled: 1000n }]);
    expect(shapes(judge(parts(600n, 400n, 5n)))).toEqual([
      ['MATCHED_SPLIT', 1, 2],
      ['OVERPAID', 0, 1],
    ]);
    expect(judge(parts(600n, 300n))).toMatchObject([{ class: 'AMOUNT_MISMATCH', delta: -100n }]);
  });

  test('behavior: one payment for several obligations, and several for several', () => {
    const second: Obligation = { ...owed, reference: 8n, amount: 500n };
    const bulk: Payment = { ...paid, references: [7n, 8n], amount: 1500n };
    expect(shapes(judge([bulk], {}, [owed, second]))).toEqual([['MATCHED_BULK', 2, 1]]);
    expect(shapes(judge([{ ...bulk, amount: 1499n }], {}, [owed, second]))).toEqual([['AMOUNT_MISMATCH', 2, 1]]);
    const rest: Payment = { ...paid, id: 'b', sequence: 2, references: [8n], amount: 300n };
    expect(shapes(judge([{ ...bulk, amount: 1200n }, rest], {}, [owed, second]))).toEqual([['MATCHED_BULK', 2, 2]]);
    const elsewhere: Obligation = { ...second, creditor: 5 };
    expect(shapes(judge([bulk], {}, [owed, elsewhere]))).toEqual([['PARTY_MISMATCH', 2, 1]]);
  });

  test('behavior: a payment that declares another day', () => {
    expect(shapes(judge([{ ...paid, valueDate: day + 1 }]))).toEqual([['DATE_MISMATCH', 1, 1]]);
    expect(shapes(judge([{ ...paid, valueDate: undefined }]))).toEqual([['MATCHED', 1, 1]]);
  });

  test('R32 the clock goes back: the sequence says what came first, and whose clock it was', () => {
    const second: Obligation = { ...owed, reference: 8n };
    const later: Payment = { ...payFor(second, { id: 'b' }), sequence: 2, paidAt: paid.paidAt - 1 };
    expect(shapes(judge([later, paid], {}, [owed, second]))).toEqual([
      ['MATCHED', 1, 1],
      ['CLOCK_SKEW', 1, 1],
    ]);
    // The payment with the earlier time comes later in the sequence, so it is the second one.
    const again: Payment = { ...paid, id: 'again', sequence: 2, paidAt: paid.paidAt - 100 };
    const findings = judge([again, paid]);
    expect(findings.map((finding) => [finding.class, finding.payments[0]?.id])).toEqual([
      ['MATCHED', 'a'],
      ['DUPLICATE', 'again'],
    ]);
  });

  test('R32 a payment is not in time because its clock was turned back', () => {
    const second: Obligation = { ...owed, reference: 8n, valueDate: day + 10 };
    const tenDaysLater: Payment = { ...payFor(second, { id: 'b' }), sequence: 0 };
    expect(shapes(judge([tenDaysLater, paid], {}, [owed, second]))).toEqual([
      ['MATCHED', 1, 1],
      ['CLOCK_SKEW', 1, 1],
    ]);
  });

  test('error: one reference for two obligations, one id or place for two payments', () => {
    expect(() => judge([], {}, [owed, { ...owed, amount: 5n }])).toThrow(ObligationError);
    expect(() => judge([paid, { ...paid, sequence: 2 }])).toThrow(PaymentError);
    expect(() => judge([paid, { ...paid, id: 'b' }])).toThrow(PaymentError);
  });
});

describe('whatever is compared', () => {
  const amounts = fc.constantFrom(1n, 5n, 10n, 50n, 100n, 105n);
  const parties = fc.constantFrom([1, 2], [2, 1], [1, 3]);
  const obligations = fc
    .array(fc.record({ amount: amounts, parties, valueDate: fc.constantFrom(8405, 8410, 8440) }), { maxLength: 8 })
    .map((items) =>
      items.map(
        ({ amount, parties: [debtor = 0, creditor = 0], valueDate }, i): Obligation => ({
          ...{ debtor, creditor, amount, valueDate, asset: 203, reference: BigInt(i) },
        }),
      ),
    );
  const payments = fc
    .array(
      fc.record({
        ...{ amount: amounts, parties, asset: fc.constantFrom<Payment['asset']>(203, 203, 203, 978, token) },
        references: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 3 }),
        paidAt: fc.integer({ min: 8400 * daySeconds, max: 8445 * daySeconds }),
      }),
      { maxLength: 12 },
    )
    .map((items) =>
      items.map(({ parties: [debtor = 0, creditor = 0], references, ...rest }, i): Payment => {
        const named = references.map(BigInt) as [bigint, ...bigint[]];
        return { id: `p${i}`, sequence: i, debtor, creditor, references: named, ...rest };
      }),
    );
  const policies = fc.record({
    tolerance: fc.constantFrom(0n, 1n, 5n),
    lateSeconds: fc.constantFrom(0, daySeconds),
    tokens: fc.constantFrom({}, { '203': token }),
  });

  test('R35 matched and breaks are the input, each record once, and the drift is what was not settled', () => {
    fc.assert(
      fc.property(obligations, payments, policies, (owing, paying, tolerances) => {
        const findings = judge(paying, tolerances, owing);
        const dues = findings.flatMap((finding) => finding.dues.map(({ obligation }) => obligation.reference));
        const ids = findings.flatMap((finding) => finding.payments.map(({ id }) => id));
        expect(dues.sort()).toEqual(owing.map(({ reference }) => reference).sort());
        expect(ids.sort()).toEqual(paying.map(({ id }) => id).sort());
        for (const finding of findings) {
          const [due, got] = [Finding.owed(finding), Finding.paid(finding)];
          expect(finding.settled <= due && finding.settled <= got).toBe(true);
          const delta = due > got ? due - got : got - due;
          if (!Finding.isBreak(finding)) expect(delta <= (tolerances.tolerance ?? 0n)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('R27 the report has the same bytes in whatever order the records come', () => {
    fc.assert(
      fc.property(obligations, payments, policies, fc.integer(), (owing, paying, tolerances, seed) => {
        const policy = { version: 1, reconcile: { ...strict, ...tolerances } } as const;
        const months: readonly WindowBook[] = [
          { ...book(owing.filter(({ valueDate }) => valueDate < 8432)) },
          {
            label: '1993-02',
            dateFrom: 8432,
            dateTo: 8459,
            obligations: owing.filter((each) => each.valueDate >= 8432),
          },
        ];
        const text = (compared: { books: readonly WindowBook[]; payments: readonly Payment[] }) =>
          reportText(makeReport(compared, match(compared, policy.reconcile), policy));
        const mixed = {
          books: shuffled(months, seed).map((each) => ({ ...each, obligations: shuffled(each.obligations, seed + 1) })),
          payments: shuffled(paying, seed + 2),
        };
        expect(text(mixed)).toBe(text({ books: months, payments: paying }));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a hundred thousand records', () => {
  // With one scan per record this would take hours; whoever chose these references knew how integers are scattered.
  test('behavior: references that agree in their lowest bits cost no more than others', () => {
    const random = seededRandom(1n);
    const owing = Array.from({ length: 100_000 }, (): Obligation => ({ ...owed, reference: random.bits(100) << 128n }));
    const findings = judge(payAll([book(owing)]), {}, owing);
    expect(findings).toHaveLength(100_000);
    expect(findings.every((finding) => finding.class === 'MATCHED')).toBe(true);
  });

  test('behavior: one obligation that all pay, and one payment after another that joins them all', () => {
    const many = inTime(Array.from({ length: 50_000 }, (_, i) => ({ ...paid, id: `p${i}`, amount: 1n })));
    expect(shapes(judge(many, {}, [{ ...owed, amount: 50_000n }]))).toEqual([['MATCHED_SPLIT', 1, 50_000]]);

    const chain = Array.from({ length: 50_000 }, (_, i): Obligation => ({ ...owed, amount: 2n, reference: BigInt(i) }));
    const links = chain.map(({ reference }, i): Payment => {
      const next = BigInt((i + 1) % chain.length);
      return { ...paid, id: `p${i}`, sequence: i, amount: 2n, references: [reference, next] };
    });
    expect(shapes(judge(links, {}, chain))).toEqual([['MATCHED_BULK', 50_000, 50_000]]);
  });
});

function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const random = seededRandom(BigInt(seed) + 2n ** 40n);
  return items
    .map((item) => ({ item, key: random.bits(64) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}
