import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/chain/client.ts';
import { inspectEndpoints } from '../../../src/chain/inspectEndpoints.ts';
import { ChainUnavailableError, EndpointsDisagreeError } from '../../../src/errors.ts';
import { type RelayHooks, startRelay, startTestChain } from '../../support/chain.ts';
import { outboxStates } from '../../support/outbox.ts';
import { range, transfer, useOutboxWorld } from './world.ts';

const world = useOutboxWorld();
const timeout = 120_000;

/** Connects through a relay for each of the hooks, and closes them in the end. */
async function through<T>(
  hooks: readonly RelayHooks[],
  action: (chain: Awaited<ReturnType<typeof connect>>, urls: readonly string[]) => Promise<T>,
): Promise<T> {
  const relays = await Promise.all(hooks.map((each) => startRelay(world.chain.url, each)));
  try {
    const urls = relays.map(({ url }) => url);
    return await action(await connect({ rpcUrl: urls, chainId: 31337 }), urls);
  } finally {
    for (const relay of relays) await relay.close();
  }
}

const silent: RelayHooks = { asked: async () => false };
const honest: RelayHooks = {};
/** Says of every transaction that it has failed. */
const liar: RelayHooks = {
  alter: (method, result) =>
    method === 'eth_getTransactionReceipt' && result ? { ...(result as object), status: '0x0' } : result,
};

describe('several endpoints', () => {
  test('S8 one that lies about a receipt is outvoted by the others, and not asked again', { timeout }, async () => {
    await through([liar, honest, honest], async (chain) => {
      const outbox = await world.open({ chain });
      expect((await outbox.send(transfer(1))).nonce).toBe(0);
      const quarantined = chain.endpoints.all.map((endpoint) => endpoint.quarantined !== undefined);
      expect(quarantined).toEqual([true, false, false]);
      expect(chain.endpoints.all[0]?.quarantined).toContain('another receipt');
      expect((await outbox.send(transfer(2))).nonce).toBe(1);
      await outbox.close();
    });
    expect(await outboxStates(world.store)).toEqual(['final', 'final']);
  });

  test('S8 one against one: nobody is believed, and nothing is marked as included or failed', { timeout }, async () => {
    await through([liar, honest], async (chain) => {
      const outbox = await world.open({ chain });
      await expect(outbox.send(transfer(1))).rejects.toThrow(EndpointsDisagreeError);
      await outbox.close();
    });
    expect(await outboxStates(world.store)).toEqual(['sent']);
    // With an endpoint that can be relied upon it goes on where it was.
    const next = await world.open();
    expect(next.recovered).toMatchObject([{ what: 'transfer 1', state: 'included' }]);
    await next.close();
    expect(await world.balance(1)).toBe(1n);
  });

  test('two of three that are silent, whichever, do not matter', { timeout }, async () => {
    for (const [i, hooks] of [
      [silent, silent, honest],
      [honest, silent, silent],
    ].entries()) {
      await through(hooks, async (chain) => {
        const outbox = await world.open({ chain });
        await outbox.send(transfer(i + 1));
        await outbox.close();
      });
    }
    expect(await outboxStates(world.store)).toEqual(['final', 'final']);
  });

  test('they fall silent and come back one after the other while many are sent', { timeout }, async () => {
    const down = new Set<number>();
    const hooks = range(3, 0).map((i): RelayHooks => ({ asked: async () => !down.has(i) }));
    await through(hooks, async (chain) => {
      const outbox = await world.open({ chain });
      for (const i of range(9)) {
        down.clear();
        down.add(i % 3).add((i + 1) % 3);
        await outbox.send(transfer(i));
      }
      await outbox.close();
    });
    for (const i of range(9)) expect(await world.balance(i)).toBe(1n);
    expect(await world.nonce()).toBe(9);
  });

  test('error: all silent; one of another chain among them', { timeout }, async () => {
    await expect(through([silent, silent], async () => undefined)).rejects.toThrow(ChainUnavailableError);
    const other = await startTestChain({ chainId: 1337 });
    try {
      const connecting = connect({ rpcUrl: [world.chain.url, other.url] });
      await expect(connecting).rejects.toThrow('has id 1337, not 31337');
    } finally {
      await other.stop();
    }
  });
});

describe('inspectEndpoints', () => {
  test('S8 R24 names who is silent, who serves another chain and who tells of other blocks', { timeout }, async () => {
    await world.client.mine({ blocks: 5 });
    const forger: RelayHooks = {
      alter: (method, result) =>
        method === 'eth_getBlockByNumber' && (result as { number: string }).number !== '0x0'
          ? { ...(result as object), hash: `0x${'ab'.repeat(32)}` }
          : result,
    };
    const other = await startTestChain({ chainId: 1337 });
    try {
      await through([honest, honest, forger], async (_, urls) => {
        const found = await inspectEndpoints([...urls, 'http://127.0.0.1:1', other.url], 31337);
        expect(found.map(({ fault }) => fault)).toEqual([
          ...[undefined, undefined, 'gives another block 2 than the others'],
          ...['does not answer', 'serves chain 1337, not 31337'],
        ]);
      });
    } finally {
      await other.stop();
    }
  });
});
