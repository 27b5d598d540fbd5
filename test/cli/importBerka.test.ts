import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';

vi.setConfig(commandsTimeout);

const head = '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"\r\n';
const rows = [
  '1;10;930101;"PRIJEM";"VKLAD";700.00;700.00;"";;\r\n',
  '2;10;930105;"PRIJEM";"PREVOD Z UCTU";5123.05;5823.05;"DUCHOD";"YZ";"62457513"\r\n',
  '3;10;930207;"VYDAJ";"PREVOD NA UCET";9612.40;0.00;"SIPO";"EF";"1222903"\r\n',
];
const orders =
  '"order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"\r\n9;10;"EF";"1222903";9612.40;"SIPO"\r\n';

let project: Project;
beforeAll(async () => {
  project = await createProject();
  await project.write('bank/trans.asc', head + rows.join(''));
  await project.write('bank/order.asc', orders);
});
afterAll(() => project.remove());

test('default: months of obligations in a file that only its owner can read, and facts', async () => {
  const [imported] = await project.json(['import', 'berka', 'bank', '--out', 'all.ndjson']);
  expect(imported).toMatchObject({
    facts: { count: 2, months: 2, participants: 3 },
    windows: [
      { label: '1993-01', obligations: 1 },
      { label: '1993-02', obligations: 1 },
    ],
    dropped: [],
  });
  const lines = readFileSync(project.path('all.ndjson'), 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { window: '1993-01', debtor: 2, creditor: 0, amount: '512305', valueDate: 8405, asset: 203 },
    { window: '1993-02', debtor: 0, creditor: 1, amount: '961240', valueDate: 8438, asset: 203 },
  ]);
  expect(statSync(project.path('all.ndjson')).mode & 0o777).toBe(0o600);
  await project.json(['import', 'berka', 'bank', '--out', 'again.ndjson']);
  expect(readFileSync(project.path('again.ndjson'), 'utf8')).toBe(readFileSync(project.path('all.ndjson'), 'utf8'));
});

test('behavior: one month, in words', async () => {
  const { code, stdout } = await project.run(['import', 'berka', 'bank', '--month', '1993-02', '--out', 'one.ndjson']);
  expect(code).toBe(0);
  expect(stdout).toContain('2 over 2 days and 2 months, 3 participants');
  expect(stdout).toContain('1 obligations in 1 windows');
});

test('error: a month without transfers, a folder without data, a bad row', async () => {
  const month = await project.fail(['import', 'berka', 'bank', '--month', '1999-01']);
  expect(month).toMatchObject({ code: 2, error: { code: 'usage' } });
  const folder = await project.fail(['import', 'berka', 'circuits']);
  expect(folder).toMatchObject({ code: 2, error: { code: 'input_file' } });

  await project.write('bad/trans.asc', head + rows[1]?.replace('930105', '931399') + rows[2]);
  await project.write('bad/order.asc', orders);
  const refused = await project.fail(['import', 'berka', 'bad', '--out', 'bad.ndjson']);
  expect(refused).toMatchObject({ code: 2, error: { code: 'import', at: expect.stringContaining('trans.asc:2') } });
  const [dropped] = await project.json(['import', 'berka', 'bad', '--drop-bad-rows']);
  expect(dropped).toMatchObject({ facts: { count: 1 }, dropped: [{ line: 2 }] });
});
