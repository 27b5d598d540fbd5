/** @module The law of every comparison: matches and breaks together are the input, in number and in amount. */
import { UnbalancedError } from '../errors.ts';
import type { Finding } from '../model/Finding.ts';
import type { WindowBook } from '../model/ObligationFile.ts';
import type { Asset, Payment } from '../model/Payment.ts';

type Sum = { count: number; amount: bigint };
type Sums = Map<string, Sum>;

/**
 * Adds both sides up anew, by asset, and looks whether any record is in two findings.
 * @throws UnbalancedError
 */
export function requireBalance(
  { books, payments }: { readonly books: readonly WindowBook[]; readonly payments: readonly Payment[] },
  findings: readonly Finding[],
): void {
  const given: Sums = new Map();
  const found: Sums = new Map();
  const seen = new Set<unknown>();
  for (const { obligations } of books) for (const { asset, amount } of obligations) add(given, 'owed', asset, amount);
  for (const { asset, amount } of payments) add(given, 'paid', asset, amount);
  for (const finding of findings) {
    for (const { obligation } of finding.dues) {
      seen.add(obligation);
      add(found, 'owed', obligation.asset, obligation.amount);
    }
    for (const payment of finding.payments) {
      seen.add(payment);
      add(found, 'paid', payment.asset, payment.amount);
    }
  }
  const keys = new Set([...given.keys(), ...found.keys()]);
  const wrong = [...keys].filter((key) => !isEqual(given.get(key), found.get(key)));
  const records = [...given.values()].reduce((sum, { count }) => sum + count, 0);
  if (wrong.length === 0 && seen.size === records) return;
  throw new UnbalancedError('matches and breaks do not add up to what was compared', {
    details: [...wrong.map((key) => `${key}: not equal`), `${seen.size} of ${records} records are in findings`],
    remedy: 'please report it; no report was written',
  });
}

function add(sums: Sums, side: 'owed' | 'paid', asset: Asset, amount: bigint): void {
  const key = `${side} in asset ${asset}`;
  const sum = sums.get(key);
  if (sum === undefined) sums.set(key, { count: 1, amount });
  else {
    sum.count++;
    sum.amount += amount;
  }
}

function isEqual(a: Sum | undefined, b: Sum | undefined): boolean {
  return a?.count === b?.count && a?.amount === b?.amount;
}
