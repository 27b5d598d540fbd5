import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ImportError, InputFileError } from '../../src/errors.ts';
import { type BerkaOptions, importBerka } from '../../src/importers/berka.ts';
import { berkaFacts } from '../../src/importers/facts.ts';
import { groupByMonth } from '../../src/importers/months.ts';
import { Obligation } from '../../src/model/Obligation.ts';

const seed = new Uint8Array(16).fill(1);
const transactionHead =
  '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"\r\n';
const orderHead = '"order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"\r\n';
const cash = '1;10;930101;"PRIJEM";"VKLAD";700.00;700.00;"";;\r\n';
const incoming = '2;10;930105;"PRIJEM";"PREVOD Z UCTU";5123.05;5823.05;"DUCHOD";"YZ";"62457513"\r\n';
const outgoing = '3;10;930207;"VYDAJ";"PREVOD NA UCET";9612.40;0.00;"SIPO";"EF";"1222903"\r\n';
const order = '9;10;"EF";"1222903";9612.40;"SIPO"\r\n';

async function importRows(transactions: string, orders = order, options: Partial<BerkaOptions> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'tally-berka-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, 'trans.asc'), transactionHead + transactions);
  await writeFile(join(dir, 'order.asc'), orderHead + orders);
  return importBerka({ dir, seed, asset: 1, ...options });
}

describe('importBerka', () => {
  test('makes an obligation of each transfer between banks', async () => {
    const { participants, obligations, transfers, dropped, transactions } = await importRows(
      cash + incoming + outgoing,
    );
    expect(participants).toEqual([
      { number: 0, code: 'bank' },
      { number: 1, code: 'EF' },
      { number: 2, code: 'YZ' },
    ]);
    expect(obligations).toMatchObject([
      { debtor: 2, creditor: 0, amount: 512305n, valueDate: 8405, asset: 1, externalRef: 'berka/2/10/YZ-62457513' },
      { debtor: 0, creditor: 1, amount: 961240n, valueDate: 8438, asset: 1, externalRef: 'berka/3/10/EF-1222903' },
    ]);
    expect(transfers.map(({ line, direction }) => [line, direction])).toEqual([
      [3, 'in'],
      [4, 'out'],
    ]);
    expect([dropped, transactions]).toEqual([[], 3]);
  });

  test('behavior: references open with their secret and follow from the seed', async () => {
    const { obligations } = await importRows(incoming + outgoing);
    for (const { reference, externalRef, secret } of obligations) {
      expect(Obligation.reference(externalRef, secret)).toBe(reference);
    }
    expect((await importRows(incoming + outgoing)).obligations).toEqual(obligations);
    const other = await importRows(incoming + outgoing, order, { seed: new Uint8Array(16).fill(2) });
    const references = [...obligations, ...other.obligations].map(({ reference }) => reference);
    expect(new Set(references).size).toBe(4);
  });

  test('behavior: an amount beyond 2^53 stays exact', async () => {
    const { obligations } = await importRows(incoming.replace('5123.05', '90071992547409.93'));
    expect(obligations[0]?.amount).toBe(9007199254740993n);
  });

  test('behavior: a file that is cut in its last row says so', async () => {
    const { obligations, dropped } = await importRows(`${incoming}${outgoing.slice(0, 20)}`);
    expect(obligations).toHaveLength(1);
    expect(dropped).toEqual([{ file: 'trans.asc', line: 3, why: expect.stringContaining('cut') }]);
  });

  const badTransactions: readonly (readonly [string, string])[] = [
    ['trans_id', incoming.replace('2;10', 'x;10')],
    ['account_id', incoming.replace('2;10', '2;-1')],
    ['date', incoming.replace('930105', '930230')],
    ['date', incoming.replace('930105', '93010')],
    ['amount', incoming.replace('5123.05', '5123.5')],
    ['amount', incoming.replace('5123.05', '-5123.05')],
    ['amount', incoming.replace('5123.05', '5e3.00')],
    ['amount', incoming.replace('5123.05', '0.00')],
    ['amount', cash.replace('700.00;', ';')],
    ['bank', incoming.replace('"YZ"', '"yz"')],
    ['account', incoming.replace('62457513', '')],
    ['operation', incoming.replace('PREVOD Z UCTU', 'VKLAD')],
    ['operation', incoming.replace('PREVOD Z UCTU', 'constructor')],
    ['cells', incoming.replace('930105;', '')],
  ];

  test.each(badTransactions)('error: a transaction with a bad %s (%#)', async (_, row) => {
    const importing = importRows(cash + row + outgoing);
    await expect(importing).rejects.toThrow(ImportError);
    await expect(importing).rejects.toMatchObject({ at: expect.stringMatching(/trans\.asc:3$/), exitCode: 2 });
  });

  test.each(badTransactions)(
    'behavior: a transaction with a bad %s is dropped when asked for (%#)',
    async (what, row) => {
      const { obligations, dropped } = await importRows(cash + row + outgoing, order, { badRows: 'drop' });
      expect(obligations).toHaveLength(1);
      expect(dropped).toEqual([{ file: 'trans.asc', line: 3, why: expect.stringContaining(what) }]);
    },
  );

  test.each([
    order.replace('EF', 'E'),
    order.replace('9612.40', '9612'),
    order.replace('9;10', '9;'),
    order.replace('1222903', 'x'),
  ])('error: the order %j', async (row) => {
    await expect(importRows(incoming, row)).rejects.toMatchObject({ at: expect.stringMatching(/order\.asc:2$/) });
  });

  test('error: a seed that can be guessed', async () => {
    await expect(importRows(incoming, order, { seed: new Uint8Array(15) })).rejects.toThrow(ImportError);
  });

  test('error: no data', async () => {
    await expect(importBerka({ dir: '/nowhere', seed, asset: 1 })).rejects.toThrow(InputFileError);
  });
});

const dir = join(import.meta.dirname, '../../../shared/data/berka');
const present = existsSync(join(dir, 'trans.asc'));
if (!present) console.warn('the Berka data is not there; its figures are not checked');

describe.runIf(present)('berkaFacts of the real data', () => {
  test('finds the published figures', async () => {
    const berka = await importBerka({ dir, seed, asset: 1 });
    expect(berkaFacts(berka)).toEqual({
      transactions: 49_102,
      count: 10_115,
      days: 147,
      months: 15,
      participants: 14,
      out: { count: 6_343, amount: 20_048_320_80n },
      in: { count: 3_772, amount: 44_029_012_00n },
      gross: 64_077_332_80n,
      bilateral: { daily: 34_515_153_60n, monthly: 24_645_954_20n },
      multilateral: { daily: 29_308_980_40n, monthly: 24_313_322_70n },
      busiestMonth: { label: '1994-03', count: 1_595, chunks: 25 },
      chunks: 166,
      orders: { orders: 6_471, matched: 6_343, unmatched: 0, ordersMatched: 1_150, repeated: 0, otherDay: 0, gaps: 0 },
    });
    expect(berka.participants.map(({ code }) => code).join()).toBe('bank,AB,CD,EF,GH,IJ,KL,MN,OP,QR,ST,UV,WX,YZ');
    expect(berka.dropped).toEqual([{ file: 'trans.asc', line: 49_104, why: expect.stringContaining('cut') }]);
    const windows = groupByMonth(berka.obligations);
    expect(windows.map(({ label }) => label).join()).toMatch(/^1993-01,1993-02,.*,1994-03$/);
  });
});
