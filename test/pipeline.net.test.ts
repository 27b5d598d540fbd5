/** Windows of obligations through netting with tiny circuits: to the end, again, and after being killed on the way. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect } from '../src/chain/client.ts';
import { readDeployment } from '../src/chain/deployment.ts';
import { nettingLedger } from '../src/chain/generated/contracts.ts';
import { findRunning } from '../src/chain/services.ts';
import { generate } from '../src/importers/generate.ts';
import type { Obligation } from '../src/model/Obligation.ts';
import { ObligationFile, type WindowBook } from '../src/model/ObligationFile.ts';
import { dataFolder, findDatabase } from '../src/store/embedded.ts';
import { openStore } from '../src/store/store.ts';
import { commandsTimeout, createProject, type Project } from './support/project.ts';

vi.setConfig(commandsTimeout);

type WindowJson = {
  label: string;
  obligations: number;
  late: number;
  positions: string[];
  records: number;
  gas: string;
  proofs: number;
  checked: number;
};
type NetJson = { stream: number; proving: { found: number }; windows: WindowJson[] };

const participants = 4;
const books: readonly WindowBook[] = generate({
  seed: new Uint8Array(32).fill(7),
  windows: 2,
  obligationsPerWindow: 10,
  participants,
  asset: 203,
}).windows;
/** Ten obligations are three chunks of four; each window has a disclosure too. */
const statementsPerWindow = 4;

let project: Project;
const words = ['net', 'obligations.ndjson', '--size', 'tiny', '--threads', '1'];
const net = async () => (await project.json(words))[0] as unknown as NetJson;

beforeAll(async () => {
  project = await createProject();
  await project.write('obligations.ndjson', ObligationFile.toLines(books));
});
afterAll(() => project.remove());

/** What plain arithmetic says, from the file's text. */
function plainPositions(label: string): string[] {
  const positions = new Array<bigint>(participants).fill(0n);
  for (const line of readFileSync(project.path('obligations.ndjson'), 'utf8').trim().split('\n')) {
    const { window, debtor, creditor, amount } = JSON.parse(line);
    if (window !== label) continue;
    positions[debtor] = (positions[debtor] as bigint) - BigInt(amount);
    positions[creditor] = (positions[creditor] as bigint) + BigInt(amount);
  }
  return positions.map(String);
}

/** What the chain's own events say happened, and how many transactions the operator has sent. */
async function onChain() {
  const local = await findRunning(project.data);
  const { client } = await connect({ rpcUrl: local?.url as string });
  const deployment = await readDeployment(join(project.data, 'deployments', '31337.json'));
  if (!deployment) throw new Error('nothing is deployed');
  const { address } = deployment.contracts.nettingLedger;
  const events = await client.getContractEvents({ address, abi: nettingLedger.abi, fromBlock: 0n });
  const sent = await client.getTransactionCount({ address: deployment.deployer });
  const advances = events.filter(({ eventName }) => eventName === 'WindowAdvanced');
  const ids = advances.map((event) => (event.args as { statementId: string }).statementId);
  return { names: events.map(({ eventName }) => eventName), ids, sent };
}

/** Runs `tally net` and kills it, with no chance to tidy up, as soon as something is the case. */
async function netKilledWhen(isTime: () => boolean | Promise<boolean>): Promise<void> {
  const ran = await project.run(words, {
    started: async (kill) => {
      const end = Date.now() + 90_000;
      while (!(await isTime()) && Date.now() < end) await sleep(2);
      kill('SIGKILL');
    },
  });
  expect(ran.killedBy).toBe('SIGKILL');
}

const keptProofs = () => {
  const folder = join(project.data, 'proofs');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')).length : 0;
};
/** Whether something is in the outbox of the project's own database. */
async function isInOutbox(what: string): Promise<boolean> {
  const database = await findDatabase(project.data);
  if (!database) return false;
  const store = await openStore({ url: database.urls.app, as: 'app' });
  try {
    const found = await store.acrossTenants((tx) =>
      tx
        .selectFrom('outbox')
        .select('state')
        .where('what', 'like', `${what}%`)
        .where('state', '<>', 'intent')
        .execute(),
    );
    return found.length > 0;
  } finally {
    await store.close();
  }
}

describe('net', () => {
  test('Q5 S1 killed while it proves and while it records, it finishes, with one effect each', async () => {
    await netKilledWhen(() => keptProofs() >= 2);
    const made = keptProofs();
    expect(made).toBeLessThan(2 * statementsPerWindow);
    await netKilledWhen(() => isInOutbox('advance window 199301'));
    expect((await onChain()).names).not.toContain('PositionsDisclosed');

    const { windows, proving } = await net();
    expect(proving.found).toBeGreaterThanOrEqual(made);
    expect(windows.map(({ label }) => label)).toEqual(['1993-01', '1993-02']);
    for (const { label, positions, checked, records } of windows) {
      expect(positions).toEqual(plainPositions(label));
      expect({ checked, records }).toEqual({ checked: participants, records: statementsPerWindow });
    }
    const { ids } = await onChain();
    expect(ids.length).toBe(2 * (statementsPerWindow - 1));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('behavior: run again, all is adopted: nothing is proven and nothing is sent', async () => {
    const before = await onChain();
    const { windows, proving } = await net();
    expect(proving.found).toBe(2 * statementsPerWindow);
    expect(windows.map(({ gas }) => gas)).toEqual(['0', '0']);
    expect(await onChain()).toEqual(before);
    const { code, stdout, stderr } = await project.run(words);
    expect(code).toBe(0);
    expect(stderr).toContain('already there');
    expect(stdout).toContain(`the disclosed positions of all ${2 * participants} participants equal plain arithmetic`);
  });

  test('behavior: one window of another stream', async () => {
    const [result] = await project.json([...words, '--window', '1993-02', '--stream', '5']);
    const { windows, stream } = result as unknown as NetJson;
    expect(stream).toBe(5);
    expect(windows.map(({ label, positions }) => [label, positions])).toEqual([['1993-02', plainPositions('1993-02')]]);
  });

  test('C33 error: other obligations for a window that is closed are refused', async () => {
    const before = await onChain();
    const [first, ...rest] = books[1]?.obligations ?? [];
    if (!first || !books[1]) throw new Error('no obligations were generated');
    const changed = [{ ...books[1], obligations: [{ ...first, amount: first.amount + 1n }, ...rest] }];
    await project.write('changed.ndjson', ObligationFile.toLines(changed));
    const refused = await project.fail(words.with(1, 'changed.ndjson'));
    expect(refused).toMatchObject({ code: 3, error: { code: 'contract_revert' } });
    expect((await onChain()).names).toEqual(before.names);
  });

  test('O6 an obligation that comes for a closed window goes to the next with `adjusts`, once', async () => {
    const [january, february] = books as [WindowBook, WindowBook];
    const ownStream = [...words.with(1, 'late.ndjson'), '--stream', '7'];
    const netLate = async (given: readonly WindowBook[]) => {
      await project.write('late.ndjson', ObligationFile.toLines(given));
      return (await project.json(ownStream))[0] as unknown as NetJson;
    };
    const [late, ...inTime] = january.obligations as [Obligation, ...Obligation[]];
    await netLate([{ ...january, obligations: inTime }]);

    // There is no window yet that could take it: nothing is sent, and the window stays as it is.
    await project.write('late.ndjson', ObligationFile.toLines([january]));
    expect(await project.fail(ownStream)).toMatchObject({ code: 2, error: { code: 'window', at: '1993-01' } });

    const all = await netLate(books);
    const expected = new Array<bigint>(participants).fill(0n);
    for (const { debtor, creditor, amount } of [...february.obligations, late]) {
      expected[debtor] = (expected[debtor] as bigint) - amount;
      expected[creditor] = (expected[creditor] as bigint) + amount;
    }
    expect(all.windows.map(({ obligations, late: count }) => [obligations, count])).toEqual([
      [9, 0],
      [11, 1],
    ]);
    expect(all.windows[1]?.positions).toEqual(expected.map(String));
    const folder = join(project.data, 'windows');
    const [ledger] = readdirSync(folder) as [string];
    const kept = readFileSync(join(folder, ledger, '7-1993-02.ndjson'), 'utf8')
      .trim()
      .split('\n');
    const carried = kept.map((line) => JSON.parse(line)).filter(({ adjusts }) => adjusts !== undefined);
    expect(carried).toMatchObject([
      {
        ...{ amount: String(late.amount), reference: String(late.reference), valueDate: february.dateFrom },
        adjusts: { window: '1993-01', valueDate: late.valueDate },
      },
    ]);

    // The same file again, and the file without it: all is there, and nothing is late any more.
    const before = await onChain();
    for (const given of [books, [{ ...january, obligations: inTime }, february]]) {
      expect((await netLate(given)).windows.map(({ gas }) => gas)).toEqual(['0', '0']);
    }
    expect(await onChain()).toEqual(before);
  });

  test('error: nothing to net, two assets, a participant that the circuit does not have, a bad line', async () => {
    const line = ObligationFile.toLines(books.slice(0, 1)).split('\n')[0] as string;
    const obligation = JSON.parse(line) as Record<string, unknown>;
    const other = (change: object) => `${JSON.stringify({ ...obligation, ...change })}\n`;
    for (const [text, code] of [
      ['', 'usage'],
      [`${line}\n${other({ asset: 978 })}`, 'usage'],
      [other({ debtor: 4 }), 'obligation'],
      [other({ amount: '0' }), 'obligation'],
      [other({ amount: -5 }), 'obligation'],
      [other({ window: '1993-13' }), 'obligation'],
    ]) {
      await project.write('bad.ndjson', text);
      const refused = await project.fail(words.with(1, 'bad.ndjson'));
      expect({ exit: refused.code, code: refused.error.code }, text).toEqual({ exit: 2, code });
    }
    expect(await project.fail([...words, '--window', '1994-01'])).toMatchObject({ code: 2, error: { code: 'usage' } });
  });

  test('O1 a database from before the last anchor sends nothing; the newer one goes on', async () => {
    const one = ['--window', '1993-02', '--stream'];
    const data = await dataFolder(project.data);
    const older = `${data}.older`;
    // As a backup tool would, with the server at rest and the files' owner kept.
    await project.run(['down']);
    execFileSync('cp', ['-a', data, older]);
    await project.json([...words, ...one, '6']);
    const before = await onChain();
    await project.run(['down']);
    renameSync(data, `${data}.newer`);
    renameSync(older, data);
    const refused = await project.fail([...words, ...one, '7']);
    expect(refused).toMatchObject({ code: 6, error: { code: 'journal_truncated' } });
    expect(await onChain()).toEqual(before);
    await project.run(['down']);
    renameSync(data, older);
    renameSync(`${data}.newer`, data);
    rmSync(older, { recursive: true });
    const [result] = (await project.json([...words, ...one, '7'])) as unknown as NetJson[];
    expect(result?.stream).toBe(7);
  }, 300_000);
});
