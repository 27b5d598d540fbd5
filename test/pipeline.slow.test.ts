/**
 * The busiest month of the real bank data, with the real circuits: 1,595 obligations in 25 chunks, proven in parallel,
 * recorded, disclosed. The positions are compared with what this file works out from the raw rows by itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import disclosure from '../circuits/disclosure/computation.ts';
import netting from '../circuits/netting/computation.ts';
import { generate } from '../src/importers/generate.ts';
import { ObligationFile } from '../src/model/ObligationFile.ts';
import { loadFixture } from './support/fixtures.ts';
import { addArtifacts, createProject, type Project, repositoryRoot } from './support/project.ts';

const dataFolder = join(repositoryRoot, '..', 'shared', 'data', 'berka');
const hasData = existsSync(join(dataFolder, 'trans.asc'));
const obligationCount = 1595;
const chunkCount = 25;
const participants = 16;
const minutes = 60_000;

let project: Project;
beforeAll(async () => {
  project = await createProject();
  await addArtifacts(project.data, [await loadFixture(netting), await loadFixture(disclosure)]);
});
afterAll(() => project.remove());

test('a month of 1,595 obligations is netted, proven, recorded and disclosed', { timeout: 60 * minutes }, async () => {
  const { label, expected } = hasData ? await importMonth() : await generateMonth();
  const [result] = await project.json(['net', 'month.ndjson', '--threads', '2'], { timeoutMs: 45 * minutes });
  const { windows } = result as { windows: Record<string, unknown>[] };
  expect(windows.length).toBe(1);
  expect(windows[0]).toMatchObject({
    label,
    obligations: obligationCount,
    chunks: chunkCount,
    proofs: chunkCount + 1,
    records: chunkCount + 1,
    checked: participants,
    positions: expected.map(String),
  });
  expect(expected.reduce((sum, position) => sum + position, 0n)).toBe(0n);

  const [again] = await project.json(['net', 'month.ndjson'], { timeoutMs: 5 * minutes });
  expect(again).toMatchObject({ proving: { found: chunkCount + 1 }, windows: [{ gas: '0' }] });
});

type Month = { readonly label: string; readonly expected: readonly bigint[] };

async function importMonth(): Promise<Month> {
  const out = ['--month', '1994-03', '--out', 'month.ndjson'];
  const [imported] = await project.json(['import', 'berka', dataFolder, ...out]);
  expect(imported).toMatchObject({ windows: [{ label: '1994-03', obligations: obligationCount }] });
  return { label: '1994-03', expected: readRawMonth('9403') };
}

/** Line by line, cell by cell: the bank is number 0, its partners follow by code; amounts in hundredths. */
function readRawMonth(yearAndMonth: string): readonly bigint[] {
  const lines = readFileSync(join(dataFolder, 'trans.asc'), 'latin1').split(/\r?\n/).slice(1);
  const rows = lines.map((line) => line.replaceAll('"', '').split(';'));
  const transfers = rows.filter((cells) => cells.length === 10 && (cells[4] ?? '').startsWith('PREVOD'));
  const codes = [...new Set(transfers.map((cells) => cells[8] ?? ''))].sort();
  const positions = new Array<bigint>(participants).fill(0n);
  let count = 0;
  for (const [, , date = '', , operation, amount = '', , , code = ''] of transfers) {
    if (!date.startsWith(yearAndMonth)) continue;
    const units = BigInt(amount.replace('.', ''));
    const partner = codes.indexOf(code) + 1;
    const toPartner = operation === 'PREVOD NA UCET' ? units : -units;
    positions[partner] = (positions[partner] as bigint) + toPartner;
    positions[0] = (positions[0] as bigint) - toPartner;
    count++;
  }
  expect(count).toBe(obligationCount);
  return positions;
}

async function generateMonth(): Promise<Month> {
  const seed = new Uint8Array(32).fill(3);
  const asset = 203;
  const options = { seed, windows: 1, obligationsPerWindow: obligationCount, participants: 14, asset };
  const { windows } = generate(options);
  const [window] = windows;
  if (!window) throw new Error('no month was generated');
  await project.write('month.ndjson', ObligationFile.toLines(windows));
  const expected = new Array<bigint>(participants).fill(0n);
  for (const { debtor, creditor, amount } of window.obligations) {
    expected[debtor] = (expected[debtor] as bigint) - amount;
    expected[creditor] = (expected[creditor] as bigint) + amount;
  }
  return { label: window.label, expected };
}
