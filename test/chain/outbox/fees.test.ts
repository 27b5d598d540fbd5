import { describe, expect, test } from 'vitest';
import { findLine, listOutbox, putWish, sumOutbox } from '../../../src/chain/listOutbox.ts';
import type { Intent } from '../../../src/chain/transaction.ts';
import { CancelledError, OutboxEntryError, SizeLimitError, SubmissionCancelledError } from '../../../src/errors.ts';
import { costOf, outboxRows, signings } from '../../support/outbox.ts';
import { account, range, recipient, transfer, useOutboxWorld } from './world.ts';

const world = useOutboxWorld();
const patient = { timeout: 60_000 };
const gwei = 10n ** 9n;

const nextBaseFee = (fee: bigint) => world.client.setNextBlockBaseFeePerGas({ baseFeePerGas: fee });
/** What the chain's receipts say that everything included has cost. */
async function costOnChain(): Promise<bigint> {
  let wei = 0n;
  for (const { tx_hash, succeeded } of await signings(world.store)) {
    if (succeeded === null) continue;
    const receipt = await world.client.getTransactionReceipt({ hash: tx_hash });
    wei += receipt.gasUsed * receipt.effectiveGasPrice;
  }
  return wei;
}

describe('fees', () => {
  test('S5 a price over the cap is waited out: nothing is signed meanwhile', { timeout: 120_000 }, async () => {
    await nextBaseFee(20n * gwei);
    const reasons: (string | undefined)[] = [];
    const outbox = await world.open({ feeCapWei: 5n * gwei, onWait: (reason) => reasons.push(reason) });
    const sending = outbox.send(transfer(1));
    await expect.poll(() => reasons.length, patient).toBeGreaterThan(2);
    expect(await world.states()).toEqual(['intent']);
    expect(reasons[0]).toContain('the cap is 5000000000');
    await nextBaseFee(gwei);
    expect((await sending).effectiveGasPrice).toBeLessThanOrEqual(5n * gwei);
    expect(reasons.at(-1)).toBeUndefined();
    await outbox.close();
  });

  test('S5 what waits is kept when the program is told to stop', { timeout: 120_000 }, async () => {
    await nextBaseFee(20n * gwei);
    const controller = new AbortController();
    const onWait = () => controller.abort();
    const outbox = await world.open({ feeCapWei: 5n * gwei, signal: controller.signal, onWait });
    await expect(outbox.send(transfer(1))).rejects.toThrow(CancelledError);
    await outbox.close();
    await nextBaseFee(gwei);
    const next = await world.open({ feeCapWei: 5n * gwei });
    expect((await next.send(transfer(1))).nonce).toBe(0);
    await next.close();
    expect(await world.balance(1)).toBe(1n);
  });

  test('S5 the day’s budget makes bulk wait, and the urgent goes first', { timeout: 120_000 }, async () => {
    await nextBaseFee(gwei);
    const waits: string[] = [];
    // A transfer takes 26,250 gas at about 3 gwei: two fit at once, and what they did not cost comes back.
    const perDayWei = 2n * 26_250n * 4n * gwei;
    const outbox = await world.open({ perDayWei, onWait: (reason) => reason && waits.push(reason) });
    await world.client.setAutomine(false);
    const bulk = range(3).map((i) => outbox.send(transfer(i)));
    await expect.poll(() => waits.length, patient).toBeGreaterThan(0);
    expect(waits[0]).toContain(`${perDayWei} wei a day`);
    const urgent = outbox.send({ ...transfer(9), priority: 10 });
    await expect.poll(async () => (await world.states()).length, patient).toBe(4);
    await world.client.setAutomine(true);
    await world.client.mine({ blocks: 1 });
    const [, , third] = await Promise.all(bulk);
    expect((await urgent).nonce).toBeLessThan(third?.nonce as number);
    await outbox.close();
    const budgets = await world.store.acrossTenants((tx) => tx.selectFrom('budgets').selectAll().execute());
    const values = 4n;
    expect(budgets).toMatchObject([{ kind: 'gas_wei', scope: 'chain/31337', used: (await costOnChain()) + values }]);
  });

  test('S3 a rival of the same nonce that pays more: bumped within the cap, same nonce', async () => {
    await world.client.setAutomine(false);
    const outbox = await world.open({ bumpMs: 1_000 });
    const fees = { maxFeePerGas: 8n * gwei, maxPriorityFeePerGas: 8n * gwei };
    const rival = { account: account.address, to: recipient(7), value: 1n, chain: null, nonce: 0, gas: 21_000n };
    await world.client.sendTransaction({ ...rival, ...fees });
    const sending = outbox.send(transfer(1));
    await expect.poll(async () => (await outboxRows(world.store))[0]?.state, patient).toBe('sent');
    await world.client.setAutomine(true);
    await world.client.mine({ blocks: 1 });
    expect((await sending).nonce).toBe(0);
    await outbox.close();
    expect([await world.balance(1), await world.balance(7)]).toEqual([1n, 0n]);
    const signed = await signings(world.store);
    expect(signed.length).toBeGreaterThan(1);
    expect(new Set(signed.map(({ nonce }) => nonce))).toEqual(new Set([0n]));
    signed.slice(1).forEach((each, i) => {
      const before = signed[i] as (typeof signed)[number];
      expect(each.max_fee_per_gas * 8n).toBeGreaterThanOrEqual(before.max_fee_per_gas * 9n);
      expect(each.max_priority_fee_per_gas * 8n).toBeGreaterThanOrEqual(before.max_priority_fee_per_gas * 9n);
    });
  }, 120_000);

  test('S3 one that waits while blocks go by offers more, up to the cap and not beyond', {
    timeout: 120_000,
  }, async () => {
    const feeCapWei = 6n * gwei;
    await nextBaseFee(gwei);
    const outbox = await world.open({ bumpMs: 50, feeCapWei });
    await world.client.setAutomine(false);
    const sending = outbox.send(transfer(1));
    await expect.poll(world.states, patient).toEqual(['sent']);
    // Blocks that are too dear for it go by.
    for (let signed = 1; signed < 3; ) {
      await nextBaseFee(20n * gwei);
      await world.client.mine({ blocks: 1 });
      signed = (await signings(world.store)).length;
    }
    await nextBaseFee(gwei);
    await world.client.mine({ blocks: 1 });
    await world.client.setAutomine(true);
    const { hash } = await sending;
    await outbox.close();
    const all = await signings(world.store);
    expect(all.some(({ tx_hash }) => tx_hash === hash)).toBe(true);
    expect(all.every(({ max_fee_per_gas }) => max_fee_per_gas <= feeCapWei)).toBe(true);
    expect(await world.nonce()).toBe(1);
    expect(await world.balance(1)).toBe(1n);
  });
});

describe('an operator’s wishes', () => {
  const wish = async (name: 'bump' | 'cancel') => {
    const [row] = await outboxRows(world.store);
    await world.store.acrossTenants(async (tx) => putWish(tx, await findLine(tx, row?.intent_id as string), name));
  };

  test('bump: signed once more with the same nonce, by the process that owns it', { timeout: 120_000 }, async () => {
    await world.client.setAutomine(false);
    const outbox = await world.open();
    const sending = outbox.send(transfer(1));
    await expect.poll(world.states, patient).toEqual(['sent']);
    await wish('bump');
    await expect
      .poll(async () => (await signings(world.store)).filter(({ sent_at }) => sent_at).length, patient)
      .toBe(2);
    await world.client.setAutomine(true);
    await world.client.mine({ blocks: 1 });
    const { hash, nonce } = await sending;
    await outbox.close();
    expect([nonce, (await signings(world.store))[1]?.tx_hash]).toEqual([0, hash]);
    expect(await world.balance(1)).toBe(1n);
  });

  test('cancel: the nonce is used by an empty transfer, and asked again it is sent', { timeout: 120_000 }, async () => {
    await world.client.setAutomine(false);
    const outbox = await world.open();
    const sending = outbox.send(transfer(1)).catch((error) => error);
    await expect.poll(world.states, patient).toEqual(['sent']);
    await wish('cancel');
    await expect
      .poll(async () => (await signings(world.store)).filter(({ sent_at }) => sent_at).length, patient)
      .toBe(2);
    await world.client.setAutomine(true);
    await world.client.mine({ blocks: 1 });
    expect(await sending).toBeInstanceOf(SubmissionCancelledError);
    expect([await world.nonce(), await world.balance(1)]).toEqual([1, 0n]);
    const [line] = await world.store.acrossTenants((tx) => listOutbox(tx));
    expect(line).toMatchObject({ state: 'replaced', reason: 'Cancelled', nonce: 0, signings: 2 });
    expect(line?.cost).toBe(await costOnChain());
    expect((await outbox.send(transfer(1))).nonce).toBe(1);
    await outbox.close();
    // The cancelled transaction's cost is not forgotten with the new one's.
    const [sum] = await world.store.acrossTenants((tx) => sumOutbox(tx));
    expect(sum).toMatchObject({ chainId: 31337, transactions: 2, wei: await costOnChain() });
    expect(await costOf(world.store)).toBe(await costOnChain());
  });

  test('error: what is over, an id of nothing, of several, of none', async () => {
    const outbox = await world.open();
    await outbox.send(transfer(1));
    await outbox.close();
    await expect(wish('cancel')).rejects.toThrow(OutboxEntryError);
    const find = (id: string) => world.store.acrossTenants((tx) => findLine(tx, id));
    await expect(find('0x123456')).rejects.toThrow('no such intent');
    await expect(find('transfer')).rejects.toThrow(OutboxEntryError);
  });
});

describe('limits', () => {
  test('S10 one that cannot be split is refused with the numbers, and uses no nonce', async () => {
    const outbox = await world.open();
    const large: Intent = { what: 'a large one', to: recipient(1), data: `0x${'00'.repeat(131_072)}` };
    const error = await outbox.send(large).catch((reason) => reason);
    expect(error).toBeInstanceOf(SizeLimitError);
    expect(error.message).toMatch(/takes 131\d\d\d bytes, but a transaction may have only 131072/);
    // Init code that loops until its gas is gone.
    const endless = await outbox.send({ what: 'an endless one', to: null, data: '0x5b5f56' }).catch((reason) => reason);
    expect(endless.exitCode).not.toBe(70);
    expect((await outbox.send(transfer(1))).nonce).toBe(0);
    await outbox.close();
  });
});
