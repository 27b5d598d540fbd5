/** @module What payments are to the obligations that they are for, when asset and parties fit. */
import type { Due, Finding, FindingClass } from '../model/Finding.ts';
import type { ReconcilePolicy } from '../model/Policy.ts';
import type { Linked, Timed } from './link.ts';

const daySeconds = 86_400;

/** Judges a group: one finding for what is settled, and one for each payment beyond it. */
export function judge(group: Linked, policy: ReconcilePolicy): readonly Finding[] {
  const { dues } = group;
  const [window = ''] = dues.map((due) => due.window).sort();
  const payments = group.payments.toSorted((a, b) => a.payment.sequence - b.payment.sequence);
  const owed = dues.reduce((sum, { obligation }) => sum + obligation.amount, 0n);
  const paid = total(payments);
  const whole = (kind: FindingClass, settled: bigint, shift?: number): Finding => ({
    ...{ class: kind, window, dues, payments: payments.map(({ payment }) => payment), settled, delta: paid - owed },
    ...(shift === undefined ? {} : { shift }),
  });
  if (isWithin(paid - owed, policy.tolerance)) return [whole(timing(dues, payments, policy), least(owed, paid))];

  const { taken, extra } = payUp(payments, owed + policy.tolerance);
  if (extra.length > 0 && isWithin(total(taken) - owed, policy.tolerance)) {
    return [...judge({ dues, payments: taken }, policy), ...extra.map((timed) => beyond(timed, { taken, window }))];
  }
  const shift = payments.length === 1 ? powerOfTen(owed, paid) : undefined;
  if (shift !== undefined) return [whole('DECIMAL_MISMATCH', 0n, shift)];
  return [whole(payments.length > 1 && paid > owed ? 'OVERPAID' : 'AMOUNT_MISMATCH', least(owed, paid))];
}

/** Takes payments in sequence as long as they are no more than what may be taken. */
function payUp(payments: readonly Timed[], most: bigint): { readonly taken: Timed[]; readonly extra: Timed[] } {
  const taken: Timed[] = [];
  const extra: Timed[] = [];
  let open = most;
  for (const timed of payments) {
    const { amount } = timed.payment;
    (amount <= open ? taken : extra).push(timed);
    if (amount <= open) open -= amount;
  }
  return { taken, extra };
}

/** A payment after all was paid: one of those that paid, made again, or something else. */
function beyond(
  { payment }: Timed,
  { taken, window }: { readonly taken: readonly Timed[]; readonly window: string },
): Finding {
  const isRepeated = taken.some((earlier) => earlier.payment.amount === payment.amount);
  return { class: isRepeated ? 'DUPLICATE' : 'OVERPAID', window, dues: [], payments: [payment], settled: 0n };
}

/** What was paid in full may still have been paid at a wrong time. */
function timing(dues: readonly Due[], payments: readonly Timed[], { lateSeconds }: ReconcilePolicy): FindingClass {
  const days = dues.map(({ obligation }) => obligation.valueDate);
  const [first, last] = [days.reduce(lower), days.reduce(higher)];
  const deadline = (first + 1) * daySeconds - 1 + lateSeconds;
  if (payments.some(({ payment }) => payment.paidAt > deadline)) return 'LATE';
  const isOther = (day: number | undefined) => day !== undefined && (day < first || day > last);
  if (payments.some(({ payment }) => isOther(payment.valueDate))) return 'DATE_MISMATCH';
  if (payments.some(({ payment, time }) => payment.paidAt !== time)) return 'CLOCK_SKEW';
  if (dues.length > 1) return 'MATCHED_BULK';
  return payments.length > 1 ? 'MATCHED_SPLIT' : 'MATCHED';
}

/** The k for which paid = owed · 10^k, when there is one other than 0. */
function powerOfTen(owed: bigint, paid: bigint): number | undefined {
  const [small, large] = owed < paid ? [owed, paid] : [paid, owed];
  if (large % small !== 0n || !/^10+$/.test(String(large / small))) return undefined;
  const digits = String(large / small).length - 1;
  return owed < paid ? digits : -digits;
}

function isWithin(delta: bigint, tolerance: bigint): boolean {
  return (delta < 0n ? -delta : delta) <= tolerance;
}

function total(payments: readonly Timed[]): bigint {
  return payments.reduce((sum, { payment }) => sum + payment.amount, 0n);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function lower(a: number, b: number): number {
  return Math.min(a, b);
}

function higher(a: number, b: number): number {
  return Math.max(a, b);
}
