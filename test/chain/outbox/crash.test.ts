import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Intent } from '../../../src/chain/transaction.ts';
import { startRelay } from '../../support/chain.ts';
import { signings } from '../../support/outbox.ts';
import type { OutboxOrder } from '../../support/outboxChild.ts';
import { range, transfer, useOutboxWorld } from './world.ts';

const world = useOutboxWorld();
const child = fileURLToPath(new URL('../../support/outboxChild.ts', import.meta.url));
const timeout = 120_000;
const patient = { timeout: 60_000 };

type Run = {
  readonly rpcUrl: string;
  readonly intents: readonly Intent[];
  readonly killAt?: OutboxOrder['killAt'];
  readonly spawned?: (child: ChildProcess) => void;
};

async function run({ rpcUrl, intents, killAt, spawned }: Run) {
  const order: OutboxOrder = {
    ...{ rpcUrl, database: world.store.urls.app, inFlightMax: 4, killAt },
    intents: intents.map(({ what, to }) => ({ what, to: to as `0x${string}` })),
  };
  const victim = spawn(process.execPath, [child, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
  spawned?.(victim);
  let output = '';
  victim.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const signal = await new Promise<string | null>((resolve) => victim.on('close', (_, how) => resolve(how)));
  return { output, signal };
}

/** The lock of a killed process is free when the database has noticed its end. */
async function runAgain(given: Run) {
  for (;;) {
    const { output } = await run(given);
    const after = JSON.parse(output) as { error?: string; recovered: object[]; sent: { nonce: number }[] };
    if (after.error !== 'outbox_locked') return after;
  }
}

/** Every transfer was made once, by transactions of nonces without a gap, and nothing is left to do. */
async function expectOnce(count: number): Promise<void> {
  for (const i of range(count)) expect(await world.balance(i)).toBe(1n);
  expect(await world.nonce()).toBe(count);
  expect(await world.states()).toEqual(range(count).map(() => 'final'));
  expect((await signings(world.store)).filter(({ succeeded }) => succeeded)).toHaveLength(count);
}

describe('S1 a crash at any arrow', () => {
  test.each([
    ['intent', ['intent'], 0],
    ['signed', ['signed'], 0],
    ['broadcast', ['signed'], 1],
    ['sent', ['sent'], 1],
    ['included', ['included'], 1],
    ['final', ['final'], 1],
  ] as const)('S1 after %s: what was noted is %j, and it is done once', { timeout }, async (step, noted, arrived) => {
    const rpcUrl = world.chain.url;
    const intents = [transfer(1)];
    const first = await run({ rpcUrl, intents, killAt: { step, nth: 1 } });
    expect(first.signal).toBe('SIGKILL');
    expect(await world.states()).toEqual(noted);
    await expect.poll(world.nonce, patient).toBe(arrived);
    const after = await runAgain({ rpcUrl, intents });
    expect(after.sent).toMatchObject([{ nonce: 0 }]);
    await expectOnce(1);
    expect(await signings(world.store)).toHaveLength(1);
  });

  test.each(range(5))(
    'S1 inside the transaction that notes step %i: nothing of it is kept',
    { timeout },
    async (nth) => {
      const rpcUrl = world.chain.url;
      const intents = [transfer(1)];
      const first = await run({ rpcUrl, intents, killAt: { step: 'committing', nth } });
      expect(first.signal).toBe('SIGKILL');
      const before = [[], ['intent'], ['signed'], ['sent'], ['included']];
      expect(await world.states()).toEqual(before[nth - 1]);
      await runAgain({ rpcUrl, intents });
      await expectOnce(1);
    },
  );

  test.each([
    ['the question was lost', { asked: false, arrived: 0 }],
    ['the question arrived later', { asked: true, arrived: 1 }],
  ])('S1 between signing and sending, %s: the stored transaction goes out once', { timeout }, async (_, how) => {
    let victim: ChildProcess | undefined;
    const asked = async (method: string) => {
      if (method !== 'eth_sendRawTransaction' || !victim) return true;
      const gone = new Promise((resolve) => victim?.once('exit', resolve));
      victim.kill('SIGKILL');
      await gone;
      victim = undefined;
      return how.asked;
    };
    const relay = await startRelay(world.chain.url, { asked });
    try {
      const intents = [transfer(1)];
      await run({ rpcUrl: relay.url, intents, spawned: (spawned) => (victim = spawned) });
      expect(await world.states()).toEqual(['signed']);
      await expect.poll(world.nonce, patient).toBe(how.arrived);
      const after = await runAgain({ rpcUrl: relay.url, intents });
      expect(after).toMatchObject({ recovered: [{ state: 'included' }], sent: [{ nonce: 0, earlier: true }] });
      await expectOnce(1);
    } finally {
      await relay.close();
    }
  });

  test('S1 in the middle of many: each goes out once and no nonce is left out', { timeout }, async () => {
    const intents = range(6).map(transfer);
    const rpcUrl = world.chain.url;
    expect((await run({ rpcUrl, intents, killAt: { step: 'signed', nth: 3 } })).signal).toBe('SIGKILL');
    const after = await runAgain({ rpcUrl, intents });
    expect(after.sent.map(({ nonce }) => nonce).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    await expectOnce(6);
  });
});
