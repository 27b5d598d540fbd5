/** @module Figures about obligations: what netting saves, and which transfers a standing order explains. */
import type { Obligation } from '../model/Obligation.ts';
import type { Berka, StandingOrder, Transfer } from './berka.ts';
import { hub } from './imported.ts';
import { type Day, dayOfMonth, groupByMonth, monthAfter, monthOf } from './months.ts';

export type NettingFacts = {
  readonly count: number;
  /** Days and months on which something falls due. */
  readonly days: number;
  readonly months: number;
  readonly participants: number;
  /** All amounts are in the obligations' units. `out` is what the hub owes, `in` what it is owed. */
  readonly out: { readonly count: number; readonly amount: bigint };
  readonly in: { readonly count: number; readonly amount: bigint };
  readonly gross: bigint;
  /** What has to be paid when each pair of parties nets, by day and by month. */
  readonly bilateral: { readonly daily: bigint; readonly monthly: bigint };
  /** What has to be paid when all net with all. */
  readonly multilateral: { readonly daily: bigint; readonly monthly: bigint };
  readonly busiestMonth: { readonly label: string; readonly count: number; readonly chunks: number };
  /** Over all monthly windows. */
  readonly chunks: number;
};

/** N of the settlement circuits. */
const chunkSizeDefault = 64;

/** Figures about obligations that fall into monthly windows of chunks. */
export function nettingFacts(obligations: readonly Obligation[], chunkSize: number = chunkSizeDefault): NettingFacts {
  const byDay = [...Map.groupBy(obligations, ({ valueDate }) => valueDate).values()];
  const months = groupByMonth(obligations);
  const byMonth = months.map((month) => month.obligations);
  const chunksOf = (count: number) => Math.ceil(count / chunkSize);
  const busiest = months.reduce(
    (most, { label, obligations: { length } }) => (length > most.count ? { label, count: length } : most),
    { label: '', count: 0 },
  );
  return {
    count: obligations.length,
    days: byDay.length,
    months: months.length,
    participants: new Set(obligations.flatMap(({ debtor, creditor }) => [debtor, creditor])).size,
    out: countAndSum(obligations.filter(({ debtor }) => debtor === hub.number)),
    in: countAndSum(obligations.filter(({ creditor }) => creditor === hub.number)),
    gross: sum(obligations.map(({ amount }) => amount)),
    bilateral: { daily: sum(byDay.map(bilateralNet)), monthly: sum(byMonth.map(bilateralNet)) },
    multilateral: { daily: sum(byDay.map(multilateralNet)), monthly: sum(byMonth.map(multilateralNet)) },
    busiestMonth: { ...busiest, chunks: chunksOf(busiest.count) },
    chunks: byMonth.reduce((total, { length }) => total + chunksOf(length), 0),
  };
}

export type OrderFacts = {
  readonly orders: number;
  /** Outgoing transfers that have an order of the same account, bank, account there, and amount. */
  readonly matched: number;
  readonly unmatched: number;
  /** Orders that have a transfer. */
  readonly ordersMatched: number;
  /** Matched orders that break the rule: twice in a month, on another day of the month, or a month left out. */
  readonly repeated: number;
  readonly otherDay: number;
  readonly gaps: number;
};

/** Which outgoing transfers a standing order explains, and whether each order was paid once a month without a gap. */
export function orderFacts({ transfers, orders }: Pick<Berka, 'transfers' | 'orders'>): OrderFacts {
  const keys = new Set(orders.map(orderKey));
  const outgoing = transfers.filter(({ direction }) => direction === 'out');
  const matched = outgoing.filter((transfer) => keys.has(orderKey(transfer)));
  const histories = Map.groupBy(matched, orderKey);
  const dates = [...histories.values()].map((history) => history.map(({ date }) => date).sort((a, b) => a - b));
  return {
    orders: orders.length,
    matched: matched.length,
    unmatched: outgoing.length - matched.length,
    ordersMatched: orders.filter((order) => histories.has(orderKey(order))).length,
    repeated: dates.filter((days) => new Set(days.map(monthOf)).size < days.length).length,
    otherDay: dates.filter((days) => new Set(days.map(dayOfMonth)).size > 1).length,
    gaps: dates.filter(hasGap).length,
  };
}

export type BerkaFacts = NettingFacts & { readonly transactions: number; readonly orders: OrderFacts };

/** All figures about the imported data. */
export function berkaFacts(berka: Berka): BerkaFacts {
  return { ...nettingFacts(berka.obligations), transactions: berka.transactions, orders: orderFacts(berka) };
}

/** Σ over pairs of the absolute value of what one owes the other. */
function bilateralNet(obligations: readonly Obligation[]): bigint {
  const owed = new Map<string, bigint>();
  for (const { debtor, creditor, amount } of obligations) {
    const [pair, signed] = debtor < creditor ? [`${debtor}-${creditor}`, amount] : [`${creditor}-${debtor}`, -amount];
    owed.set(pair, (owed.get(pair) ?? 0n) + signed);
  }
  return sum([...owed.values()].map((value) => (value < 0n ? -value : value)));
}

/** Σ of the positive positions. */
function multilateralNet(obligations: readonly Obligation[]): bigint {
  const positions = new Map<number, bigint>();
  for (const { debtor, creditor, amount } of obligations) {
    positions.set(debtor, (positions.get(debtor) ?? 0n) - amount);
    positions.set(creditor, (positions.get(creditor) ?? 0n) + amount);
  }
  return sum([...positions.values()].filter((value) => value > 0n));
}

function countAndSum(obligations: readonly Obligation[]): { readonly count: number; readonly amount: bigint } {
  return { count: obligations.length, amount: sum(obligations.map(({ amount }) => amount)) };
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function orderKey({ account, partner, partnerAccount, amount }: Omit<StandingOrder, 'orderId'> | Transfer): string {
  return `${account}/${partner}/${partnerAccount}/${amount}`;
}

/** Whether a month between the first and the last has no transfer. */
function hasGap(days: readonly Day[]): boolean {
  const months = [...new Set(days.map(monthOf))];
  return months.some((month, i) => i > 0 && month !== monthAfter(months[i - 1] as string, 1));
}
