import { describe, expect, test } from 'vitest';
import { DeadlineError } from '../../../src/errors.ts';
import type { JournalEvent } from '../../../src/model/JournalEntry.ts';
import { outboxRows } from '../../support/outbox.ts';
import { drill } from './drill.ts';
import { account, recipient, transfer, useOutboxWorld } from './world.ts';

const world = useOutboxWorld();

describe('behavior: a chain that goes back', () => {
  test('S6 what was in lost blocks is sent again', async () => {
    const snapshot = await world.client.snapshot();
    const outbox = await world.open();
    const before = await Promise.all([1, 2, 3].map((i) => outbox.send(transfer(i))));
    await outbox.close();
    await world.client.revert({ id: snapshot });
    expect(await world.balance(1)).toBe(0n);
    const next = await world.open();
    expect(next.recovered.map(({ state }) => state)).toEqual(['included', 'included', 'included']);
    const after = await Promise.all([1, 2, 3].map((i) => next.send(transfer(i))));
    expect(after.map(({ hash }) => hash)).toEqual(before.map(({ hash }) => hash));
    for (const i of [1, 2, 3]) expect(await world.balance(i)).toBe(1n);
    await next.close();
  });

  test('S2 a gap before our transactions is filled', async () => {
    const snapshot = await world.client.snapshot();
    await world.client.sendTransaction({ account: account.address, to: recipient(9), value: 1n, chain: null });
    const outbox = await world.open();
    expect((await outbox.send(transfer(1))).nonce).toBe(1);
    await outbox.close();
    await world.client.revert({ id: snapshot });
    const next = await world.open();
    expect(next.recovered.map(({ what }) => what)).toEqual(['fill nonce 0', 'transfer 1']);
    expect(await world.balance(1)).toBe(1n);
    expect(await world.nonce()).toBe(2);
    await next.close();
  });

  test('a nonce that somebody else took is noticed, and the intent is signed anew', async () => {
    await world.client.setAutomine(false);
    const outbox = await world.open({ waitMs: 100 });
    await expect(outbox.send(transfer(1))).rejects.toThrow(DeadlineError);
    await outbox.close();
    await world.client.request({ method: 'anvil_dropAllTransactions' as never });
    await world.client.setAutomine(true);
    await world.client.sendTransaction({ account: account.address, to: recipient(9), value: 1n, chain: null });
    await expect.poll(() => world.balance(9)).toBe(1n);
    const next = await world.open();
    expect(next.recovered.map(({ state }) => state)).toEqual(['replaced']);
    expect((await next.send(transfer(1))).nonce).toBe(1);
    expect(await world.balance(1)).toBe(1n);
    await next.close();
  });

  test('S6 a block is lost while the outbox is open: back to sent, told, and included again', {
    timeout: 120_000,
  }, async () => {
    const told: JournalEvent[] = [];
    const steps: string[] = [];
    const outbox = await world.open({
      finalityBlocks: 4,
      note: async (_, __, events) => void told.push(...events),
      onStep: (step) => steps.push(step),
    });
    const first = await outbox.send(transfer(1));
    await world.client.mine({ blocks: 1 });
    await world.client.request({ method: 'anvil_reorg', params: [2, []] } as never);
    await expect.poll(() => steps.filter((step) => step === 'included').length, { timeout: 60_000 }).toBe(2);
    await world.client.mine({ blocks: 4 });
    await outbox.settled(60_000);
    await outbox.close();
    const { hash } = first;
    expect(told.map(({ kind }) => kind)).toEqual([
      ...['submission.signed', 'submission.sent', 'submission.included'],
      ...['submission.reorged', 'submission.included'],
    ]);
    const [, , included, reorged, again] = told as [JournalEvent, JournalEvent, Placed, Placed, Placed];
    expect(reorged).toMatchObject({ transaction: hash, block: included.block, blockHash: included.blockHash });
    expect(again).toMatchObject({ transaction: hash });
    expect(again.blockHash).not.toBe(included.blockHash);
    const [row] = await outboxRows(world.store);
    expect(row).toMatchObject({ state: 'final', tx_hash: hash, block_hash: again.blockHash });
    expect(await world.balance(1)).toBe(1n);
    expect(await world.nonce()).toBe(1);
  });

  test('S1 S2 S3 S5 S6 S8 O7 the drill in small', { timeout: 600_000 }, () => drill(world, 24));
});

type Placed = Extract<JournalEvent, { kind: 'submission.included' | 'submission.reorged' }>;
