import { describe, expect, test } from 'vitest';
import { ExitCode, UnbalancedError } from '../../src/errors.ts';
import { generate } from '../../src/importers/generate.ts';
import type { Finding } from '../../src/model/Finding.ts';
import { Policy } from '../../src/model/Policy.ts';
import { requireBalance } from '../../src/reconcile/balance.ts';
import { match } from '../../src/reconcile/match.ts';
import { payAll } from '../support/faults.ts';

const seed = new Uint8Array(16).fill(1);
const books = generate({ seed, windows: 1, obligationsPerWindow: 5, participants: 3, asset: 1 }).windows;
const payments = payAll(books);
const findings = match({ books, payments }, Policy.standard.reconcile);

describe('R35 requireBalance', () => {
  test('default: what the engine found is in balance', () => {
    expect(() => requireBalance({ books, payments }, findings)).not.toThrow();
  });

  const first = findings[0] as Finding;
  const rest = findings.slice(1);
  const [payment] = first.payments;
  const [due] = first.dues;
  test.each<[string, readonly Finding[]]>([
    ['a finding is lost', rest],
    ['a finding is doubled', [...findings, first]],
    ['one takes the place of another', [...findings.slice(0, -1), first]],
    [
      'a payment has another amount',
      [{ ...first, payments: payment ? [{ ...payment, amount: payment.amount + 1n }] : [] }, ...rest],
    ],
    ['a payment is in another asset', [{ ...first, payments: payment ? [{ ...payment, asset: 2 }] : [] }, ...rest]],
    [
      'an obligation has another amount',
      [
        {
          ...first,
          dues: due ? [{ ...due, obligation: { ...due.obligation, amount: due.obligation.amount - 1n } }] : [],
        },
        ...rest,
      ],
    ],
    ['an obligation is left out', [{ ...first, dues: [] }, ...rest]],
  ])('error: %s', (_, wrong) => {
    expect(() => requireBalance({ books, payments }, wrong)).toThrow(UnbalancedError);
  });

  test('error: is a defect of the program, never of the input', () => {
    expect(new UnbalancedError('x').exitCode).toBe(ExitCode.internal);
  });
});
