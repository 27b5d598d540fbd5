import { toFunctionSelector } from 'viem/utils';
import { describe, expect, test } from 'vitest';
import { localAccount } from '../../../src/chain/account.ts';
import type { Intent } from '../../../src/chain/transaction.ts';
import { BalanceError, ContractForbiddenError, ContractRevertError, OutboxLockedError } from '../../../src/errors.ts';
import type { Hex } from '../../../src/model/Hex.ts';
import { account, alreadyRecorded, onceOnly, transfer, useOutboxWorld } from './world.ts';

const world = useOutboxWorld();

describe('error: contracts that refuse', () => {
  test('a refusal in the trial uses no nonce and is decoded', async () => {
    const outbox = await world.open();
    const { contract } = await outbox.send({ what: 'create', to: null, data: onceOnly(alreadyRecorded) });
    await outbox.send({ what: 'first call', to: contract as Hex, data: '0x01' });
    const error = await outbox.send({ what: 'second call', to: contract as Hex, data: '0x02' }).catch((e) => e);
    expect(error).toBeInstanceOf(ContractRevertError);
    expect(error.reason).toEqual({ name: 'AlreadyRecorded', args: [`0x${'00'.repeat(32)}`, '0'] });
    expect(await world.nonce()).toBe(2);
    expect((await outbox.send(transfer(1))).nonce).toBe(2);
    await outbox.close();
  });

  test('S7 a revert after a good trial is decoded, kept, and not sent again unless asked', async () => {
    const outbox = await world.open();
    const { contract } = await outbox.send({ what: 'create', to: null, data: onceOnly(alreadyRecorded) });
    const call: Intent = { what: 'call', to: contract as Hex, data: '0x01' };
    await world.client.setAutomine(false);
    const failing = outbox.send(call).catch((error) => error);
    await expect
      .poll(() => world.client.getTransactionCount({ address: account.address, blockTag: 'pending' }))
      .toBe(2);
    // Somebody else is quicker, because they pay more.
    const rival = localAccount(1).address;
    const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 11n };
    await world.client.sendTransaction({ account: rival, to: contract as Hex, chain: null, gas: 100_000n, ...fees });
    await world.client.mine({ blocks: 1 });
    await world.client.setAutomine(true);
    const error = await failing;
    expect(error).toBeInstanceOf(ContractRevertError);
    expect(error.reason.name).toBe('AlreadyRecorded');
    expect((await world.states()).at(-1)).toBe('failed');
    await outbox.close();

    const next = await world.open();
    const again = await next.send(call).catch((e) => e);
    expect(again.reason).toEqual(error.reason);
    expect(again.at).toBe(error.at);
    // Asked to try again, it is tried out first, and refused without a transaction.
    await expect(next.retry(call)).rejects.toThrow(ContractRevertError);
    expect(await world.nonce()).toBe(2);
    await next.close();
  });

  test.each([
    ['FrozenProgram(bytes32)', ContractForbiddenError, { name: 'FrozenProgram', args: [`0x${'00'.repeat(32)}`] }, 7],
    ['NobodyKnows()', ContractRevertError, { name: toFunctionSelector('NobodyKnows()'), args: [] }, 3],
  ])('%s has its class and its name', async (error, Refusal, reason, exitCode) => {
    const outbox = await world.open();
    const { contract } = await outbox.send({ what: 'create', to: null, data: onceOnly(error) });
    await outbox.send({ what: 'first call', to: contract as Hex, data: '0x01' });
    const refusal = await outbox.send({ what: 'second call', to: contract as Hex, data: '0x02' }).catch((e) => e);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ reason, exitCode });
    await outbox.close();
  });
});

describe('error: means and rights', () => {
  test('S9 an empty account names the amount; the intent goes out once it is funded', async () => {
    const address = account.address;
    await world.client.setBalance({ address, value: 1000n });
    const outbox = await world.open();
    const error = await outbox.send(transfer(1)).catch((e) => e);
    expect(error).toBeInstanceOf(BalanceError);
    expect(error.details.join()).toMatch(/needed at most: 0\.0000\d+/);
    expect(await world.states()).toEqual(['intent']);
    await world.client.setBalance({ address, value: 10n ** 18n });
    expect((await outbox.send(transfer(1))).nonce).toBe(0);
    await outbox.close();
  });

  test('S4 a second process with the same key is refused while the first lives', async () => {
    const outbox = await world.open();
    await expect(world.open()).rejects.toThrow(OutboxLockedError);
    await outbox.close();
    await (await world.open()).close();
  });
});
