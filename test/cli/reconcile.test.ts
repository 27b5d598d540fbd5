import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { generate } from '../../src/importers/generate.ts';
import { ObligationFile } from '../../src/model/ObligationFile.ts';
import type { Payment } from '../../src/model/Payment.ts';
import { PaymentFile } from '../../src/model/PaymentFile.ts';
import { injectFaults, payAll } from '../support/faults.ts';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';
import { seededRandom } from '../support/random.ts';

vi.setConfig(commandsTimeout);

const shape = { seed: new Uint8Array(32).fill(9), windows: 4, participants: 14, asset: 203 };
const books = generate({ ...shape, obligationsPerWindow: 40 }).windows;
const payments = payAll(books);
const [first] = payments as [Payment];

let project: Project;
beforeAll(async () => {
  project = await createProject();
  await project.write('owed.ndjson', ObligationFile.toLines(books));
  await project.write('paid.ndjson', PaymentFile.toLines(payments));
});
afterAll(() => project.remove());

const reconcile = (paid: string, ...words: string[]) => ['reconcile', 'owed.ndjson', paid, ...words];
const writePaid = (name: string, changed: readonly Payment[]) => project.write(name, PaymentFile.toLines(changed));

describe('tally reconcile', () => {
  test('default: all match, and the report is for its owner', async () => {
    const [result] = await project.json(reconcile('paid.ndjson', '--out', 'report.json'));
    expect(result).toMatchObject({ version: 1, verdict: 'clean', breaks: 0, firstBreaks: [], patterns: [] });
    expect(result).toMatchObject({ classes: [{ class: 'MATCHED', findings: 160, drift: '0' }] });
    expect(statSync(project.path('report.json')).mode & 0o777).toBe(0o600);
    expect(await project.readJson('report.json')).toMatchObject({
      verdict: 'clean',
      breaks: [],
      windows: { length: 4 },
    });
    const { code, stdout, stderr } = await project.run(reconcile('paid.ndjson'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/MATCHED +asset 203 +160 +160/);
    expect(stderr).toContain('✓ matching');
  });

  test('behavior: breaks give exit code 6, in words and in JSON', async () => {
    await writePaid('short.ndjson', [{ ...first, amount: first.amount - 1n }, ...payments.slice(2)]);
    const told = await project.run(reconcile('short.ndjson', '--json', '--out', 'short.json'));
    expect([told.code, told.stderr]).toEqual([6, '']);
    const result = JSON.parse(told.stdout);
    expect(result).toMatchObject({ verdict: 'exceeded', breaks: 2 });
    const found = result.firstBreaks.map((each: { class: string; delta: string }) => [each.class, each.delta]);
    expect(found.sort()).toEqual([
      ['AMOUNT_MISMATCH', '-1'],
      ['MISSING', `-${payments[1]?.amount}`],
    ]);
    const report = await project.readJson('short.json');
    expect(report.breaks).toEqual(result.firstBreaks);
    const { code, stdout } = await project.run(reconcile('short.ndjson'));
    expect(code).toBe(6);
    expect(stdout).toMatch(/AMOUNT_MISMATCH +asset 203 +1 +1/);
    expect(stdout).toContain(String(first.references[0]).slice(0, 16));
    expect(stdout).toContain('the drift is more than policy tolerates');
  });

  test('R34 a break of one window calls nobody, one that returns in the next does', async () => {
    const skip = (labels: readonly string[]) => {
      const gone = books
        .filter(({ label }) => labels.includes(label))
        .map(({ obligations }) => obligations[0]?.reference);
      return payments.filter(({ references }) => !gone.includes(references[0]));
    };
    await writePaid('once.ndjson', skip(['1993-01', '1993-04']));
    const once = await project.run(reconcile('once.ndjson', '--json'));
    const scope = { class: 'MISSING' };
    const transient = { scope, pattern: 'transient', windows: ['1993-01', '1993-04'] };
    expect(JSON.parse(once.stdout).patterns[0]).toEqual(transient);
    await writePaid('again.ndjson', skip(['1993-01', '1993-03']));
    const again = await project.run(reconcile('again.ndjson'));
    expect([once.code, again.code]).toEqual([6, 6]);
    expect(again.stdout).toContain('systemic since 1993-03: MISSING, in 2 windows');
  });

  test('behavior: what policy tolerates', async () => {
    await writePaid('near.ndjson', [{ ...first, amount: first.amount - 1n }, ...payments.slice(1)]);
    await project.write('policy.json', { version: 1, reconcile: { tolerance: '1' } });
    const [near] = await project.json(reconcile('near.ndjson', '--policy', 'policy.json'));
    expect(near).toMatchObject({ verdict: 'clean', assets: [{ adjusted: { count: 1, amount: '1' } }] });
    await project.write('drift.json', { version: 1, reconcile: { driftMax: '1' } });
    const tolerated = await project.run(reconcile('near.ndjson', '--policy', 'drift.json', '--json'));
    expect([tolerated.code, JSON.parse(tolerated.stdout).verdict]).toEqual([6, 'tolerated']);
  });

  test('behavior: nothing to compare', async () => {
    await project.write('empty.ndjson', '');
    const { code, stdout } = await project.run(['reconcile', 'empty.ndjson', 'empty.ndjson']);
    expect([code, stdout]).toEqual([0, 'nothing was owed and nothing was paid\n']);
  });

  test('R27 killed in the middle and run again: the same bytes, and never a part of them', async () => {
    const many = generate({ ...shape, windows: 2, obligationsPerWindow: 5000 }).windows;
    const faulty = injectFaults({ books: many, payments: payAll(many) }, { random: seededRandom(1n), perClass: 20 });
    await project.write('many.ndjson', ObligationFile.toLines(many));
    await writePaid('faulty.ndjson', faulty.payments);
    await writePaid('turned.ndjson', faulty.payments.toReversed());
    const words = (paid: string, out: string) => ['reconcile', 'many.ndjson', paid, '--out', out];
    const whole = await project.run(words('turned.ndjson', 'whole.json'));
    expect(whole.code).toBe(6);
    const expected = readFileSync(project.path('whole.json'));
    for (const moment of ['reading obligations', 'reading payments', 'matching']) {
      const killed = await project.run(words('faulty.ndjson', 'killed.json'), {
        watch: (stderr, kill) => stderr.includes(`✓ ${moment}`) && kill('SIGKILL'),
      });
      // A quick machine may be done before the signal arrives; then the file is whole.
      if (killed.killedBy === null) expect(killed.code).toBe(6);
      if (existsSync(project.path('killed.json'))) expect(readFileSync(project.path('killed.json'))).toEqual(expected);
    }
    expect((await project.run(words('faulty.ndjson', 'killed.json'))).code).toBe(6);
    expect(readFileSync(project.path('killed.json'))).toEqual(expected);
  });

  test('R33 a version that nobody knows, a bad line, a bad policy, no file: exit code 2 and no report', async () => {
    const lines = PaymentFile.toLines(payments).split('\n');
    const bad = (i: number, from: string, to: string) =>
      lines.with(i, (lines[i] as string).replace(from, to)).join('\n');
    await project.write('version.ndjson', bad(3, '"version":1', '"version":2'));
    await project.write('line.ndjson', bad(5, '"amount":"', '"amount":"-'));
    await project.write('twice.ndjson', [...lines, lines[0]].join('\n'));
    await project.write('bad-policy.json', '{"version":1,"reconcile":{"tolerance":-1}}');
    const cases = [
      [reconcile('version.ndjson'), 'schema_version', 'version.ndjson:4'],
      [reconcile('line.ndjson'), 'payment', 'line.ndjson:6'],
      [reconcile('twice.ndjson'), 'payment', 'id '],
      [reconcile('paid.ndjson', '--policy', 'bad-policy.json'), 'policy', 'bad-policy.json'],
      [reconcile('absent.ndjson'), 'input_file', 'absent.ndjson'],
      [reconcile('circuits'), 'input_file', 'circuits'],
    ] as const;
    for (const [words, code, at] of cases) {
      const failed = await project.fail([...words, '--out', 'none.json']);
      expect(failed).toMatchObject({ code: 2, error: { code, at: expect.stringContaining(at) } });
    }
    expect(readdirSync(project.root).filter((name) => name.startsWith('none.json'))).toEqual([]);
  });
});

describe('tally import berka', () => {
  const head = '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"\r\n';
  const transfer = (id: number, date: string, amount: string) =>
    `${id};10;${date};"VYDAJ";"PREVOD NA UCET";${amount};0.00;"SIPO";"EF";"1222903"\r\n`;
  const order =
    '"order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"\r\n9;10;"EF";"1222903";9612.40;"SIPO"\r\n';

  test('behavior: both halves of the real data, and a month that the order was not paid', async () => {
    const rows = [transfer(1, '930105', '9612.40'), transfer(2, '930305', '9612.40'), transfer(3, '930405', '9612.00')];
    await project.write('bank/trans.asc', head + rows.join(''));
    await project.write('bank/order.asc', order);
    const words = ['import', 'berka', 'bank', '--out', 'o.ndjson', '--payments', 'p.ndjson'];
    const [each] = await project.json(words);
    expect(each).toMatchObject({ payments: { count: 3 } });
    expect((await project.run(['reconcile', 'o.ndjson', 'p.ndjson'])).code).toBe(0);

    const [orders] = await project.json([...words, '--orders']);
    expect(orders).toMatchObject({ windows: { length: 4 }, payments: { count: 3 } });
    expect(statSync(project.path('p.ndjson')).mode & 0o777).toBe(0o600);
    const { code, stdout } = await project.run(['reconcile', 'o.ndjson', 'p.ndjson', '--json']);
    expect(code).toBe(6);
    expect(JSON.parse(stdout).firstBreaks).toMatchObject([
      { class: 'MISSING', window: '1993-02', delta: '-961240' },
      { class: 'AMOUNT_MISMATCH', window: '1993-04', delta: '-40' },
    ]);

    const [april] = await project.json([...words, '--orders', '--month', '1993-04']);
    expect(april).toMatchObject({ windows: { length: 1 }, payments: { count: 1 } });
  });
});
