import { describe, expect, test } from 'vitest';
import type { StandingOrder, Transfer } from '../../src/importers/berka.ts';
import { nettingFacts, orderFacts } from '../../src/importers/facts.ts';
import type { Obligation } from '../../src/model/Obligation.ts';

function obligation(debtor: number, creditor: number, amount: bigint, valueDate: number): Obligation {
  return { debtor, creditor, amount, valueDate, asset: 1, reference: 0n };
}

describe('nettingFacts', () => {
  test('nets by pair and among all, by day and by month', () => {
    const facts = nettingFacts(
      [
        // On one day: 1 and 2 are even with each other through the bank, not pair by pair.
        obligation(0, 1, 100n, 8401),
        obligation(1, 0, 30n, 8401),
        obligation(2, 0, 70n, 8401),
        // On the next day of the same month: the rest of partner 1's money goes back.
        obligation(1, 0, 70n, 8402),
        obligation(0, 2, 5n, 8432),
      ],
      2,
    );
    expect(facts).toEqual({
      count: 5,
      days: 3,
      months: 2,
      participants: 3,
      out: { count: 2, amount: 105n },
      in: { count: 3, amount: 170n },
      gross: 275n,
      bilateral: { daily: 70n + 70n + 70n + 5n, monthly: 70n + 5n },
      multilateral: { daily: 70n + 70n + 5n, monthly: 70n + 5n },
      busiestMonth: { label: '1993-01', count: 4, chunks: 2 },
      chunks: 3,
    });
  });

  test('behavior: a circle of debts nets to nothing among all', () => {
    const facts = nettingFacts([obligation(1, 2, 9n, 1), obligation(2, 3, 9n, 1), obligation(3, 1, 9n, 1)]);
    expect([facts.bilateral.daily, facts.multilateral.daily]).toEqual([27n, 0n]);
  });

  test('behavior: nothing', () => {
    expect(nettingFacts([])).toMatchObject({ count: 0, gross: 0n, chunks: 0, busiestMonth: { count: 0, chunks: 0 } });
  });
});

describe('orderFacts', () => {
  const base = { account: '10', partner: 'EF', partnerAccount: '77', amount: 500n } as const;
  const order: StandingOrder = { ...base, orderId: '1' };
  const paid = (date: number, changes: Partial<Transfer> = {}): Transfer => ({
    ...base,
    line: 2,
    transId: '5',
    date,
    direction: 'out',
    ...changes,
  });

  test('matches by account, bank, account there and amount', () => {
    const transfers = [
      paid(8405),
      paid(8405, { account: '11' }),
      paid(8405, { partner: 'AB' }),
      paid(8405, { partnerAccount: '78' }),
      paid(8405, { amount: 501n }),
      paid(8405, { direction: 'in' }),
    ];
    const facts = orderFacts({ transfers, orders: [order, { ...order, orderId: '2', account: '99' }] });
    expect(facts).toEqual({ orders: 2, matched: 1, unmatched: 4, ordersMatched: 1, repeated: 0, otherDay: 0, gaps: 0 });
  });

  test.each([
    ['on time', [8405, 8436, 8464], {}],
    ['twice in a month', [8405, 8406], { repeated: 1, otherDay: 1 }],
    ['on another day', [8405, 8437], { otherDay: 1 }],
    ['with a month left out', [8405, 8464], { gaps: 1 }],
  ] as const)('behavior: an order paid %s', (_, dates, wrong) => {
    const facts = orderFacts({ transfers: dates.map((date) => paid(date)), orders: [order] });
    expect(facts).toMatchObject({ repeated: 0, otherDay: 0, gaps: 0, ...wrong });
  });
});
