/** Faults of every class from a seed are all found, each as what it is, and nothing else is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importBerka } from '../../src/importers/berka.ts';
import { generate } from '../../src/importers/generate.ts';
import { groupByMonth } from '../../src/importers/months.ts';
import { orderBook } from '../../src/importers/payments.ts';
import { Finding } from '../../src/model/Finding.ts';
import type { WindowBook } from '../../src/model/ObligationFile.ts';
import type { Payment } from '../../src/model/Payment.ts';
import { Policy } from '../../src/model/Policy.ts';
import { match } from '../../src/reconcile/match.ts';
import { faultClasses, foundFaults, injectFaults, payAll } from '../support/faults.ts';
import { repositoryRoot } from '../support/project.ts';
import { seededRandom } from '../support/random.ts';

const perClass = 50;
const policy = Policy.standard.reconcile;
const secrets = new Uint8Array(32).fill(5);

describe('generated obligations', () => {
  const books = generate({
    seed: secrets,
    windows: 10,
    obligationsPerWindow: 1000,
    participants: 14,
    asset: 203,
  }).windows;
  const payments = payAll(books);

  test('10,000 of them and their payments match', () => {
    const findings = match({ books, payments }, policy);
    expect(findings).toHaveLength(10_000);
    expect(new Set(findings.map((finding) => finding.class))).toEqual(new Set(['MATCHED']));
  });

  test.each(Array.from({ length: 20 }, (_, i) => i + 1))('R11 to R19, R32, R35: 50 of every class, seed %i', (seed) => {
    expectFound({ books, payments }, BigInt(seed));
  });
});

describe('the real data: standing order × month against transfers', () => {
  const folder = join(repositoryRoot, '..', 'shared', 'data', 'berka');
  const hasData = existsSync(join(folder, 'trans.asc'));

  test('has no break of its own, and every fault in it is found', async () => {
    const { books, payments, owed } = hasData ? await realOrders(folder) : generatedOrders();
    const findings = match({ books, payments }, policy);
    expect(findings.filter(Finding.isBreak)).toEqual([]);
    expect(findings.reduce((sum, finding) => sum + Finding.paid(finding), 0n)).toBe(owed);
    for (const seed of [1n, 2n, 3n]) expectFound({ books, payments }, seed);
  });
});

type Given = { readonly books: readonly WindowBook[]; readonly payments: readonly Payment[] };

function expectFound({ books, payments }: Given, seed: bigint): void {
  const faulty = injectFaults({ books, payments }, { random: seededRandom(seed), perClass });
  expect(faulty.expected).toHaveLength(perClass * faultClasses.length);
  const findings = match({ books, payments: faulty.payments }, policy);
  expect(foundFaults(findings)).toEqual(faulty.expected);
}

/** The sum is the one that the data is known to have: 20,048,320.80 CZK go out. */
async function realOrders(folder: string): Promise<Given & { readonly owed: bigint }> {
  const berka = await importBerka({ dir: folder, seed: secrets, asset: 203 });
  const { obligations, payments } = orderBook(berka, { seed: secrets, asset: 203 });
  expect([obligations.length, payments.length]).toEqual([6343, 6343]);
  return { books: groupByMonth(obligations), payments, owed: 2_004_832_080n };
}

function generatedOrders(): Given & { readonly owed: bigint } {
  const shape = { seed: secrets, windows: 14, obligationsPerWindow: 450, participants: 14, asset: 203 };
  const books = generate(shape).windows;
  const amounts = books.flatMap(({ obligations }) => obligations.map(({ amount }) => amount));
  return { books, payments: payAll(books), owed: amounts.reduce((sum, amount) => sum + amount, 0n) };
}
