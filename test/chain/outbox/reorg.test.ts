import { describe, expect, test } from 'vitest';
import { DeadlineError } from '../../../src/errors.ts';
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
});
