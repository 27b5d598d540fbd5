/** What an operator sees of the way onto the chain, and may do about it, each command as it is run. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect } from '../../src/chain/client.ts';
import { findRunning } from '../../src/chain/services.ts';
import type { Hex } from '../../src/model/Hex.ts';
import { testClient } from '../support/chain.ts';
import { commandsTimeout, createProject, type Project } from '../support/project.ts';

vi.setConfig(commandsTimeout);

type Line = {
  id: string;
  state: string;
  what: string;
  transaction: Hex;
  cost: string;
  reason?: string;
  signings: number;
};

let project: Project;
beforeAll(async () => {
  project = await createProject();
  await project.json(['deploy', 'square']);
  await project.write('input.json', { x: 3 });
  await project.json(['prove', 'square', 'input.json']);
});
afterAll(() => project.remove());

const list = async (...words: string[]) => (await project.json(['outbox', 'list', ...words])) as unknown as Line[];
const chainUrl = async () => (await findRunning(project.data))?.url as string;

describe('outbox list', () => {
  test('O7 default: all that was sent, and its costs are those of the chain’s receipts to the wei', async () => {
    await project.json(['submit', 'proof.json']);
    const lines = await list();
    expect(lines.length).toBeGreaterThan(8);
    expect(new Set(lines.map(({ state }) => state))).toEqual(new Set(['final']));
    expect(lines[0]?.what).toMatch(/^record statement 0x/);
    const { client } = await connect({ rpcUrl: await chainUrl() });
    let wei = 0n;
    for (const { transaction, cost } of lines) {
      const { gasUsed, effectiveGasPrice } = await client.getTransactionReceipt({ hash: transaction });
      expect(BigInt(cost)).toBe(gasUsed * effectiveGasPrice);
      wei += gasUsed * effectiveGasPrice;
    }
    const [cost] = await project.json(['cost']);
    expect(cost).toMatchObject({ chains: [{ chainId: 31337, transactions: lines.length, wei: String(wei) }] });
    expect((await project.run(['outbox', 'list'])).stdout).toContain('final');
  });

  test('behavior: one state only; error: a state that there is not', async () => {
    expect(await list('--state', 'sent')).toEqual([]);
    expect((await project.run(['outbox', 'list', '--state', 'sent'])).stdout).toContain('nothing in the outbox');
    const refused = await project.fail(['outbox', 'list', '--state', 'lost']);
    expect(refused).toMatchObject({ code: 2, error: { code: 'usage' } });
  });
});

describe('outbox bump and outbox cancel', () => {
  test('S3 an operator bumps one that waits, then cancels it; submitted again, it is recorded', async () => {
    const client = testClient(await chainUrl());
    await project.write('input.json', { x: 5 });
    await project.json(['prove', 'square', 'input.json', '--out', 'five.json']);
    await client.setAutomine(false);
    const submitting = project.run(['submit', 'five.json', '--json']);
    const waiting = async () => (await list('--state', 'sent'))[0];
    await expect.poll(waiting, { timeout: 60_000 }).toBeDefined();
    const { id } = (await waiting()) as Line;
    // The submitting process owns the nonces and does it.
    const left = await project.run(['outbox', 'bump', id.slice(0, 12)]);
    expect(left.stdout).toContain('at its next look');
    await expect.poll(async () => (await waiting())?.signings, { timeout: 60_000 }).toBe(2);
    await project.json(['outbox', 'cancel', id.slice(0, 12)]);
    await expect.poll(async () => (await waiting())?.signings, { timeout: 60_000 }).toBe(3);
    await client.setAutomine(true);
    await client.mine({ blocks: 1 });
    const ended = await submitting;
    expect(ended.code).toBe(7);
    expect(ended.stderr).toContain('submission_cancelled');
    expect(await list('--state', 'replaced')).toMatchObject([{ id, reason: 'Cancelled', signings: 3 }]);
    const refused = await project.fail(['outbox', 'cancel', id]);
    expect(refused).toMatchObject({ code: 2, error: { code: 'outbox_entry' } });
    expect(await project.json(['submit', 'five.json'])).toMatchObject([{ adopted: false }]);
  });
});

describe('error: what may not be sent from', () => {
  test('an outbox file of an earlier version with an unfinished transaction', async () => {
    const [line] = await list();
    const address = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
    const rows = ['{"outbox":1}', `{"state":"signed","hash":"${line?.transaction}"}`];
    const file = `.tally/outbox/31337-${address}.ndjson`;
    await project.write(file, `${rows.join('\n')}\n`);
    const refused = await project.fail(['submit', 'proof.json']);
    expect(refused).toMatchObject({ code: 6, error: { code: 'outbox_file' } });
    await project.write(file, `${rows.join('\n')}\n{"state":"included","hash":"${line?.transaction}"}\n`);
    expect(await project.json(['submit', 'proof.json'])).toMatchObject([{ adopted: true }]);
  });
});
