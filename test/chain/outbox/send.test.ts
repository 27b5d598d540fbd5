import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { NoteEvents } from '../../../src/chain/delivery.ts';
import { ContractRevertError } from '../../../src/errors.ts';
import type { Hex } from '../../../src/model/Hex.ts';
import { hexOf, outboxRows, signings } from '../../support/outbox.ts';
import { account, alreadyRecorded, onceOnly, transfer, useOutboxWorld } from './world.ts';

const world = useOutboxWorld();
const patient = { timeout: 30_000 };

describe('default', () => {
  test('sends an intent and tells what it cost', async () => {
    const outbox = await world.open();
    const sent = await outbox.send(transfer(1));
    expect(sent).toMatchObject({ nonce: 0, block: 1, gasUsed: 21_000n, earlier: false, contract: undefined });
    expect(sent.effectiveGasPrice).toBeGreaterThan(0n);
    expect(await world.balance(1)).toBe(1n);
    await outbox.close();
    expect(await world.states()).toEqual(['final']);
  });

  test('the signed transaction is in the database as it is on the chain', async () => {
    const outbox = await world.open();
    const { hash } = await outbox.send(transfer(1));
    await outbox.close();
    const [row] = await outboxRows(world.store);
    expect(row).toMatchObject({ chain_id: 31337n, address: account.address.toLowerCase(), nonce: 0n, tx_hash: hash });
    const [signed] = await signings(world.store);
    expect(signed).toMatchObject({ tx_hash: hash, nonce: 0n, is_cancel: false, succeeded: true });
    const raw = await world.client.request({ method: 'eth_getRawTransactionByHash' as never, params: [hash] as never });
    expect(raw).toBe(hexOf(signed?.raw as Buffer));
  });
});

describe('behavior: many at once', () => {
  test('transactions travel together and in order, each once', async () => {
    await world.client.setAutomine(false);
    const outbox = await world.open({ inFlightMax: 8 });
    const all = Promise.all(Array.from({ length: 20 }, (_, i) => outbox.send(transfer(i))));
    // With blocks held back, eight have left before any is included, and not one more.
    await expect.poll(world.pending, patient).toBe(8);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await world.pending()).toBe(8);
    await world.client.setAutomine(true);
    await world.client.mine({ blocks: 1 });
    expect((await all).map((sent) => sent.nonce)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await world.nonce()).toBe(20);
    for (let i = 0; i < 20; i++) expect(await world.balance(i)).toBe(1n);
    await outbox.close();
  });

  test('an intent that depends on one under way waits for it', async () => {
    const outbox = await world.open();
    const { contract } = await outbox.send({ what: 'create', to: null, data: onceOnly(alreadyRecorded) });
    await world.client.setAutomine(false);
    const first = outbox.send({ what: 'first call', to: contract as Hex, data: '0x01' });
    const second = outbox.send({ what: 'second call', to: contract as Hex, data: '0x02' }).catch((error) => error);
    await expect.poll(world.pending, patient).toBe(2);
    await world.client.setAutomine(true);
    await world.client.mine({ blocks: 1 });
    expect((await first).nonce).toBe(1);
    // The second was tried out behind the first, and used no nonce.
    expect(await second).toBeInstanceOf(ContractRevertError);
    expect(await world.nonce()).toBe(2);
    await outbox.close();
  });
});

describe('behavior: once', () => {
  test('the same intent sent again, at once or later or by the next process, is one transaction', async () => {
    const outbox = await world.open();
    const [a, b] = await Promise.all([outbox.send(transfer(1)), outbox.send(transfer(1))]);
    const c = await outbox.send(transfer(1));
    await outbox.close();
    const next = await world.open();
    const d = await next.send(transfer(1));
    await next.close();
    expect(new Set([a.hash, b.hash, c.hash, d.hash]).size).toBe(1);
    expect([a.earlier, c.earlier, d.earlier]).toEqual([false, true, true]);
    expect(d.gasUsed).toBe(21_000n);
    expect(await world.balance(1)).toBe(1n);
    expect(await world.nonce()).toBe(1);
  });

  test('an id of its own makes two intents of equal content two', async () => {
    const outbox = await world.open();
    await outbox.send({ ...transfer(1), id: `0x${'01'.repeat(32)}` });
    await outbox.send({ ...transfer(1), id: `0x${'02'.repeat(32)}` });
    expect(await world.balance(1)).toBe(2n);
    await outbox.close();
  });
});

test('S1 a receipt that is found before the sending is noted does not hang the intent', {
  timeout: 120_000,
}, async () => {
  // As on a machine that is slow to commit: the chain has included the transaction long before.
  const note: NoteEvents = async (_, __, [event]) => {
    if (event?.kind === 'submission.sent') await sleep(500);
  };
  const outbox = await world.open({ note, waitMs: 60_000 });
  expect((await outbox.send(transfer(1))).nonce).toBe(0);
  await outbox.close();
  expect(await world.states()).toEqual(['final']);
});
