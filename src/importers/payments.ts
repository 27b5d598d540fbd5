/**
 * @module The other half of the bank data: its transfers as payments. Each is for itself, or, when standing orders are the
 * obligations, for the month of the order under whose parties and accounts it was made. The amount is not part of what
 * connects the two, so that comparing them says something about the amount.
 */
import type { Obligation } from '../model/Obligation.ts';
import { Payment } from '../model/Payment.ts';
import type { Berka, StandingOrder, Transfer } from './berka.ts';
import { hub, type ImportedObligation, withReference } from './imported.ts';
import { dayOfMonth, monthAfter, monthBounds, monthOf } from './months.ts';

const daySeconds = 86_400;

export type OrderBook = {
  readonly obligations: readonly ImportedObligation[];
  readonly payments: readonly Payment[];
};

type Naming = { readonly seed: Uint8Array; readonly asset: number };

/** Each transfer as the payment of its own obligation, in the order of the file. */
export function transferPayments({
  transfers,
  obligations,
}: Pick<Berka, 'transfers' | 'obligations'>): readonly Payment[] {
  return transfers.map((transfer, i) => toPayment(transfer, obligations[i] as ImportedObligation));
}

/**
 * An obligation for each standing order and month, and the outgoing transfers as payments. The data says neither when an
 * order starts nor on which day it is due nor when it ends: its first transfer stands for the first two and its last for
 * the end, so what is missing before or after those cannot be found.
 */
export function orderBook(berka: Pick<Berka, 'transfers' | 'orders' | 'participants'>, naming: Naming): OrderBook {
  const outgoing = berka.transfers.filter(({ direction }) => direction === 'out');
  const histories = Map.groupBy(outgoing, agreement);
  const numbers = new Map(berka.participants.map(({ code, number }) => [code, number]));
  const name = (order: Agreement, month: string, terms: Pick<Obligation, 'amount' | 'valueDate'>) => {
    const creditor = numbers.get(order.partner) as number;
    const externalRef = `berka/order/${agreement(order)}/${month}`;
    return withReference({ debtor: hub.number, creditor, asset: naming.asset, ...terms }, { externalRef, ...naming });
  };
  const obligations = berka.orders.flatMap((order) => {
    const days = (histories.get(agreement(order)) ?? []).map(({ date }) => date);
    if (days.length === 0) return [];
    const first = days.reduce((a, b) => Math.min(a, b));
    const last = monthOf(days.reduce((a, b) => Math.max(a, b)));
    return monthsBetween(monthOf(first), last).map((month) =>
      name(order, month, { amount: order.amount, valueDate: sameDay(month, dayOfMonth(first)) }),
    );
  });
  const payments = outgoing.map((transfer) => {
    const { date: valueDate, amount } = transfer;
    return toPayment(transfer, name(transfer, monthOf(valueDate), { amount, valueDate }));
  });
  return { obligations, payments };
}

type Agreement = Pick<StandingOrder, 'account' | 'partner' | 'partnerAccount'>;

function agreement({ account, partner, partnerAccount }: Agreement): string {
  return `${account}/${partner}-${partnerAccount}`;
}

/** The bank's book knows days only, so a payment is made when its day begins. */
function toPayment({ transId, line, date, amount }: Transfer, named: ImportedObligation): Payment {
  const { debtor, creditor, asset, reference } = named;
  const paidAt = date * daySeconds;
  return Payment.check({
    ...{ id: `berka/${transId}`, sequence: line, paidAt, asset, debtor, creditor, amount, references: [reference] },
  });
}

function monthsBetween(first: string, last: string): readonly string[] {
  const months = [first];
  for (let month = first; month < last; ) {
    month = monthAfter(month, 1);
    months.push(month);
  }
  return months;
}

/** The day of the month, or its last day when it is shorter. */
function sameDay(month: string, day: number): number {
  const { dateFrom, dateTo } = monthBounds(month);
  return Math.min(dateFrom + day - 1, dateTo);
}
