/**
 * @module The drill: many submissions to a real chain over three endpoints, two of which fail at any time, while the base
 * fee rises twentyfold and the chain loses its last five blocks three times. In the end each was done once, no nonce is
 * missing, and what the database says that it cost is what the receipts say, to the wei.
 */
import { expect } from 'vitest';
import { connect } from '../../../src/chain/client.ts';
import { sumOutbox } from '../../../src/chain/listOutbox.ts';
import { startRelay } from '../../support/chain.ts';
import { outboxRows, signings } from '../../support/outbox.ts';
import { type OutboxWorld, range, transfer } from './world.ts';

const reorgDepth = 5;
const reorgs = 3;

/** @param count how many intents, sixteen of which travel at a time */
export async function drill(world: OutboxWorld, count: number): Promise<void> {
  const down = new Set<number>();
  const relays = await Promise.all(
    range(3, 0).map((i) => startRelay(world.chain.url, { asked: async () => !down.has(i) })),
  );
  try {
    const chain = await connect({ rpcUrl: relays.map(({ url }) => url), chainId: 31337 });
    // Blocks come by themselves, one after the other, as on a real chain.
    await world.client.setIntervalMining({ interval: 1 });
    await world.client.mine({ blocks: reorgDepth + 1 });
    let lost = 0;
    const onStep = (step: string) => void (step === 'back' && lost++);
    const limits = { bumpMs: 500, finalityBlocks: reorgDepth + 1, waitMs: 600_000 };
    const outbox = await world.open({ chain, ...limits, onStep });
    let done = 0;
    const all = range(count).map((i) => outbox.send(transfer(i)).then(() => done++));
    for (const turn of range(reorgs)) {
      await reach(() => done, Math.floor((count * turn) / (reorgs + 1)));
      down.clear();
      down.add(turn % 3).add((turn + 1) % 3);
      const { baseFeePerGas } = await world.client.getBlock();
      await world.client.setNextBlockBaseFeePerGas({ baseFeePerGas: (baseFeePerGas ?? 1n) * 20n });
      await world.client.request({ method: 'anvil_reorg', params: [reorgDepth, []] } as never);
    }
    await Promise.all(all);
    down.clear();
    await outbox.settled(300_000);
    await outbox.close();
    // Otherwise nothing was drilled.
    expect(lost).toBeGreaterThan(0);
  } finally {
    for (const relay of relays) await relay.close();
  }
  await expectExact(world, count);
}

async function expectExact(world: OutboxWorld, count: number): Promise<void> {
  for (const i of range(count)) expect(await world.balance(i), `transfer ${i}`).toBe(1n);
  const rows = await outboxRows(world.store);
  expect(rows.filter(({ state }) => state === 'final')).toHaveLength(rows.length);
  expect(rows.length).toBeGreaterThanOrEqual(count);
  const nonces = rows.map(({ nonce }) => Number(nonce)).sort((a, b) => a - b);
  expect(nonces).toEqual(range(rows.length, 0));
  expect(await world.nonce()).toBe(rows.length);
  let wei = 0n;
  for (const { tx_hash, succeeded } of await signings(world.store)) {
    if (succeeded === null) continue;
    const { gasUsed, effectiveGasPrice } = await world.client.getTransactionReceipt({ hash: tx_hash });
    wei += gasUsed * effectiveGasPrice;
  }
  const [sum] = await world.store.acrossTenants((tx) => sumOutbox(tx));
  expect(sum).toMatchObject({ transactions: rows.length, wei });
  // The account paid this and the values, nothing else.
  const before = 10_000n * 10n ** 18n;
  const left = await world.client.getBalance({ address: world.address });
  expect(before - left).toBe(wei + BigInt(count));
}

async function reach(value: () => number | Promise<number>, wanted: number): Promise<void> {
  await expect.poll(value, { timeout: 600_000, interval: 50 }).toBeGreaterThanOrEqual(wanted);
}
