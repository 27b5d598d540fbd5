/** @module An anvil and an outbox for a test, with transfers that leave a trace of how often they were made. */
import { toFunctionSelector } from 'viem/utils';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { localAccount } from '../../../src/chain/account.ts';
import { type Outbox, type OutboxOptions, openOutbox } from '../../../src/chain/outbox.ts';
import type { Intent } from '../../../src/chain/transaction.ts';
import type { Hex } from '../../../src/model/Hex.ts';
import type { Store } from '../../../src/store/store.ts';
import { startTestChain, type TestChain, testClient } from '../../support/chain.ts';
import { type OutboxStore, outboxStates, startOutboxStore, tenant } from '../../support/outbox.ts';

export const account = localAccount();

export type OutboxWorld = {
  readonly address: Hex;
  chain: TestChain;
  client: ReturnType<typeof testClient>;
  store: Store & { readonly urls: { readonly app: string } };
  database: OutboxStore;
  readonly open: (options?: Partial<OutboxOptions>) => Promise<Outbox>;
  readonly balance: (i: number) => Promise<bigint>;
  readonly nonce: () => Promise<number>;
  readonly pending: () => Promise<number>;
  readonly states: () => Promise<readonly string[]>;
};

/** A server for the file; a chain and an empty database for each test. */
export function useOutboxWorld(): OutboxWorld {
  const { address } = account;
  const world = {
    address,
    open: (options: Partial<OutboxOptions> = {}) =>
      openOutbox({ chain: world.chain.chain, account, store: world.store, tenant, ...options }),
    balance: (i: number) => world.client.getBalance({ address: recipient(i) }),
    nonce: () => world.client.getTransactionCount({ address }),
    pending: () => world.client.getTransactionCount({ address, blockTag: 'pending' }),
    states: () => outboxStates(world.store),
  } as OutboxWorld;
  beforeAll(async () => {
    world.database = await startOutboxStore();
  }, 60_000);
  afterAll(() => world.database.stop());
  beforeEach(async () => {
    world.store = await world.database.createStore();
    world.chain = await startTestChain();
    world.client = testClient(world.chain.url);
  });
  afterEach(() => world.chain.stop());
  return world;
}

/** A transfer of 1 wei to an address that nobody has: its balance counts how often the transfer was made. */
export const recipient = (i: number): Hex => `0x${(0xabc000 + i).toString(16).padStart(40, '0')}`;
export const transfer = (i: number): Intent => ({ what: `transfer ${i}`, to: recipient(i), data: '0x', value: 1n });
export const range = (count: number, from = 1): readonly number[] => Array.from({ length: count }, (_, i) => i + from);

/**
 * Init code of a contract that can be called once. The code that it returns: if slot 0 is set, revert with 68 bytes,
 * an error's selector and two zero words; else set slot 0.
 */
export const onceOnly = (error: string): Hex => {
  const selector = toFunctionSelector(error).slice(2).padEnd(64, '0');
  return `0x60328060095f395ff35f54600a5760015f55005b7f${selector}5f5260445ffd`;
};
export const alreadyRecorded = 'AlreadyRecorded(bytes32,uint64)';
