import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toFunctionSelector } from 'viem/utils';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localAccount } from '../../src/chain/account.ts';
import { connect } from '../../src/chain/client.ts';
import { openOutbox } from '../../src/chain/outbox.ts';
import type { Intent } from '../../src/chain/transaction.ts';
import {
  BalanceError,
  ContractForbiddenError,
  ContractRevertError,
  DeadlineError,
  OutboxFileError,
  OutboxLockedError,
} from '../../src/errors.ts';
import type { Hex } from '../../src/model/Hex.ts';
import { startRelay, startTestChain, type TestChain, temporaryFolder, testClient } from '../support/chain.ts';

const account = localAccount();
const child = fileURLToPath(new URL('../support/outboxChild.ts', import.meta.url));

let test1: TestChain;
let folder: string;
let client: ReturnType<typeof testClient>;

beforeEach(async () => {
  test1 = await startTestChain();
  folder = join(await temporaryFolder(), 'outbox');
  client = testClient(test1.url);
});
afterEach(async () => {
  await test1.stop();
  await rm(join(folder, '..'), { recursive: true, force: true });
});

const open = (options: { waitMs?: number; inFlightMax?: number } = {}) =>
  openOutbox({ chain: test1.chain, account, folder, ...options });
/** A transfer of 1 wei to an address that nobody has: its balance counts how often the transfer was made. */
const recipient = (i: number): Hex => `0x${(0xabc000 + i).toString(16).padStart(40, '0')}`;
const transfer = (i: number): Intent => ({ what: `transfer ${i}`, to: recipient(i), data: '0x', value: 1n });
const balance = (i: number) => client.getBalance({ address: recipient(i) });
const nonce = () => client.getTransactionCount({ address: account.address });
const path = async () => {
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.ndjson'));
  return join(folder, name as string);
};
const rows = async () =>
  (await readFile(await path(), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const states = async () => (await rows()).slice(1).map(({ state }) => state);

/**
 * Init code of a contract that can be called once. The code that it returns: if slot 0 is set, revert with 68 bytes,
 * an error's selector and two zero words; else set slot 0.
 */
const onceOnly = (error: string): Hex => {
  const selector = toFunctionSelector(error).slice(2).padEnd(64, '0');
  return `0x60328060095f395ff35f54600a5760015f55005b7f${selector}5f5260445ffd`;
};
const alreadyRecorded = 'AlreadyRecorded(bytes32,uint64)';

describe('default', () => {
  test('sends an intent and tells what it cost', async () => {
    const outbox = await open();
    const sent = await outbox.send(transfer(1));
    expect(sent).toMatchObject({ nonce: 0, block: 1, gasUsed: 21_000n, earlier: false, contract: undefined });
    expect(sent.effectiveGasPrice).toBeGreaterThan(0n);
    expect(await balance(1)).toBe(1n);
    expect(await states()).toEqual(['signed', 'sent', 'included']);
    await outbox.close();
  });

  test('the signed transaction is in the file as it is on the chain', async () => {
    const outbox = await open();
    const { hash } = await outbox.send(transfer(1));
    const [header, signed] = await rows();
    expect(header).toMatchObject({ chainId: 31337, address: account.address.toLowerCase() });
    expect(signed).toMatchObject({ state: 'signed', nonce: 0, hash, to: recipient(1), value: '1' });
    const raw = await client.request({ method: 'eth_getRawTransactionByHash' as never, params: [hash] as never });
    expect(raw).toBe(signed.raw);
    await outbox.close();
  });
});

describe('behavior: many at once', () => {
  test('transactions travel together and in order, each once', async () => {
    await client.setAutomine(false);
    const outbox = await open({ inFlightMax: 8 });
    const all = Promise.all(Array.from({ length: 20 }, (_, i) => outbox.send(transfer(i))));
    // With blocks held back, eight have left before any is included, and not one more.
    await expect.poll(pendingCount).toBe(8);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await pendingCount()).toBe(8);
    await client.setAutomine(true);
    await client.mine({ blocks: 1 });
    expect((await all).map((sent) => sent.nonce)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await nonce()).toBe(20);
    for (let i = 0; i < 20; i++) expect(await balance(i)).toBe(1n);
    await outbox.close();
  });

  const pendingCount = () => client.getTransactionCount({ address: account.address, blockTag: 'pending' });

  test('an intent that depends on one under way waits for it', async () => {
    const outbox = await open();
    const { contract } = await outbox.send({ what: 'create', to: null, data: onceOnly(alreadyRecorded) });
    await client.setAutomine(false);
    const first = outbox.send({ what: 'first call', to: contract as Hex, data: '0x01' });
    const second = outbox.send({ what: 'second call', to: contract as Hex, data: '0x02' }).catch((error) => error);
    await expect.poll(pendingCount).toBe(2);
    await client.setAutomine(true);
    await client.mine({ blocks: 1 });
    expect((await first).nonce).toBe(1);
    // The second was tried out behind the first, and used no nonce.
    expect(await second).toBeInstanceOf(ContractRevertError);
    expect(await nonce()).toBe(2);
    await outbox.close();
  });
});

describe('behavior: once', () => {
  test('the same intent sent again, at once or later or by the next process, is one transaction', async () => {
    const outbox = await open();
    const [a, b] = await Promise.all([outbox.send(transfer(1)), outbox.send(transfer(1))]);
    const c = await outbox.send(transfer(1));
    await outbox.close();
    const next = await open();
    const d = await next.send(transfer(1));
    await next.close();
    expect(new Set([a.hash, b.hash, c.hash, d.hash]).size).toBe(1);
    expect([a.earlier, c.earlier, d.earlier]).toEqual([false, true, true]);
    expect(d.gasUsed).toBe(21_000n);
    expect(await balance(1)).toBe(1n);
    expect(await nonce()).toBe(1);
  });

  test('an id of its own makes two intents of equal content two', async () => {
    const outbox = await open();
    await outbox.send({ ...transfer(1), id: `0x${'01'.repeat(32)}` });
    await outbox.send({ ...transfer(1), id: `0x${'02'.repeat(32)}` });
    expect(await balance(1)).toBe(2n);
    await outbox.close();
  });
});

describe('S1 a crash at any arrow', () => {
  /** Runs the child against a relay that kills it at the given question, then again without; returns both outputs. */
  async function crash(
    at: { asked?: string; answered?: string; count?: number; lost?: boolean; arrived?: number },
    intents: readonly Intent[],
  ) {
    let victim: ChildProcess | undefined;
    let left = at.count ?? 1;
    const killAt = (wanted: string | undefined) => async (method: string) => {
      if (method !== wanted || --left !== 0) return true;
      const gone = new Promise((resolve) => victim?.once('exit', resolve));
      victim?.kill('SIGKILL');
      await gone;
      return !at.lost;
    };
    const relay = await startRelay(test1.url, { asked: killAt(at.asked), answered: killAt(at.answered) });
    try {
      const first = await run(relay.url, intents, (spawned) => {
        victim = spawned;
      });
      expect(first.signal).toBe('SIGKILL');
      const before = await states().catch(() => []);
      await expect.poll(nonce).toBe(at.arrived ?? 0);
      const second = await run(relay.url, intents);
      return { before, after: JSON.parse(second.output) };
    } finally {
      await relay.close();
    }
  }

  async function run(rpcUrl: string, intents: readonly Intent[], spawned?: (child: ChildProcess) => void) {
    const order = { rpcUrl, folder, inFlightMax: 4, intents: intents.map(({ what, to }) => ({ what, to })) };
    const victim = spawn(process.execPath, [child, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
    spawned?.(victim);
    let output = '';
    victim.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const signal = await new Promise<string | null>((resolve) => victim.on('close', (_, how) => resolve(how)));
    return { output, signal };
  }

  const expectOnce = async (count: number) => {
    for (let i = 1; i <= count; i++) expect(await balance(i)).toBe(1n);
    expect(await nonce()).toBe(count);
  };

  test('S1 before signing: nothing was stored, and the intent goes out once', async () => {
    const { before, after } = await crash({ asked: 'eth_estimateGas' }, [transfer(1)]);
    expect(before).toEqual([]);
    expect(after).toMatchObject({ recovered: [], sent: [{ nonce: 0, earlier: false }] });
    await expectOnce(1);
  });

  test.each([
    ['the question was lost', { lost: true, arrived: 0 }],
    ['the question arrived later', { arrived: 1 }],
  ])('S1 between signing and sending, %s: the stored transaction goes out once', async (_, how) => {
    const { before, after } = await crash({ asked: 'eth_sendRawTransaction', ...how }, [transfer(1)]);
    expect(before).toEqual(['signed']);
    expect(after).toMatchObject({ recovered: [{ state: 'included' }], sent: [{ nonce: 0, earlier: true }] });
    await expectOnce(1);
  });

  test('S1 between sending and noting it: the same transaction is recognised', async () => {
    const { before, after } = await crash({ answered: 'eth_sendRawTransaction', arrived: 1 }, [transfer(1)]);
    expect(before).toEqual(['signed']);
    expect(after).toMatchObject({ recovered: [{ state: 'included' }], sent: [{ nonce: 0, earlier: true }] });
    await expectOnce(1);
  });

  test('S1 between sending and learning of the receipt', async () => {
    const { before, after } = await crash({ asked: 'eth_getTransactionReceipt', arrived: 1 }, [transfer(1)]);
    expect(before).toEqual(['signed', 'sent']);
    expect(after).toMatchObject({ recovered: [{ state: 'included' }], sent: [{ nonce: 0, earlier: true }] });
    await expectOnce(1);
  });

  test('S1 in the middle of many: each goes out once and no nonce is left out', async () => {
    const intents = [1, 2, 3, 4, 5, 6].map(transfer);
    const { after } = await crash({ asked: 'eth_sendRawTransaction', count: 3, lost: true, arrived: 2 }, intents);
    expect(after.sent.map((sent: { nonce: number }) => sent.nonce).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    await expectOnce(6);
  });
});

describe('behavior: a chain that goes back', () => {
  test('S6 what was in lost blocks is sent again', async () => {
    const snapshot = await client.snapshot();
    const outbox = await open();
    const before = await Promise.all([1, 2, 3].map((i) => outbox.send(transfer(i))));
    await outbox.close();
    await client.revert({ id: snapshot });
    expect(await balance(1)).toBe(0n);
    const next = await open();
    expect(next.recovered.map(({ state }) => state)).toEqual(['included', 'included', 'included']);
    const after = await Promise.all([1, 2, 3].map((i) => next.send(transfer(i))));
    expect(after.map(({ hash }) => hash)).toEqual(before.map(({ hash }) => hash));
    for (const i of [1, 2, 3]) expect(await balance(i)).toBe(1n);
    await next.close();
  });

  test('S2 a gap before our transactions is filled', async () => {
    const snapshot = await client.snapshot();
    await client.sendTransaction({ account: account.address, to: recipient(9), value: 1n, chain: null });
    const outbox = await open();
    expect((await outbox.send(transfer(1))).nonce).toBe(1);
    await outbox.close();
    await client.revert({ id: snapshot });
    const next = await open();
    expect(next.recovered.map(({ what }) => what)).toEqual(['fill nonce 0', 'transfer 1']);
    expect(await balance(1)).toBe(1n);
    expect(await nonce()).toBe(2);
    await next.close();
  });

  test('a nonce that somebody else took is noticed, and the intent is signed anew', async () => {
    await client.setAutomine(false);
    const outbox = await open({ waitMs: 100 });
    await expect(outbox.send(transfer(1))).rejects.toThrow(DeadlineError);
    await outbox.close();
    await client.request({ method: 'anvil_dropAllTransactions' as never });
    await client.setAutomine(true);
    await client.sendTransaction({ account: account.address, to: recipient(9), value: 1n, chain: null });
    await expect.poll(() => balance(9)).toBe(1n);
    const next = await open();
    expect(next.recovered.map(({ state }) => state)).toEqual(['replaced']);
    expect((await next.send(transfer(1))).nonce).toBe(1);
    expect(await balance(1)).toBe(1n);
    await next.close();
  });
});

describe('error: contracts that refuse', () => {
  test('a refusal in the trial uses no nonce and is decoded', async () => {
    const outbox = await open();
    const { contract } = await outbox.send({ what: 'create', to: null, data: onceOnly(alreadyRecorded) });
    await outbox.send({ what: 'first call', to: contract as Hex, data: '0x01' });
    const error = await outbox.send({ what: 'second call', to: contract as Hex, data: '0x02' }).catch((e) => e);
    expect(error).toBeInstanceOf(ContractRevertError);
    expect(error.reason).toEqual({ name: 'AlreadyRecorded', args: [`0x${'00'.repeat(32)}`, '0'] });
    expect(await nonce()).toBe(2);
    expect((await outbox.send(transfer(1))).nonce).toBe(2);
    await outbox.close();
  });

  test('S7 a revert after a good trial is decoded, kept, and not sent again unless asked', async () => {
    const outbox = await open();
    const { contract } = await outbox.send({ what: 'create', to: null, data: onceOnly(alreadyRecorded) });
    const call: Intent = { what: 'call', to: contract as Hex, data: '0x01' };
    await client.setAutomine(false);
    const failing = outbox.send(call).catch((error) => error);
    await expect.poll(() => client.getTransactionCount({ address: account.address, blockTag: 'pending' })).toBe(2);
    // Somebody else is quicker, because they pay more.
    const rival = localAccount(1).address;
    const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 11n };
    await client.sendTransaction({ account: rival, to: contract as Hex, chain: null, gas: 100_000n, ...fees });
    await client.mine({ blocks: 1 });
    await client.setAutomine(true);
    const error = await failing;
    expect(error).toBeInstanceOf(ContractRevertError);
    expect(error.reason.name).toBe('AlreadyRecorded');
    expect((await states()).at(-1)).toBe('failed');
    await outbox.close();

    const next = await open();
    const again = await next.send(call).catch((e) => e);
    expect(again.reason).toEqual(error.reason);
    expect(again.at).toBe(error.at);
    // Asked to try again, it is tried out first, and refused without a transaction.
    await expect(next.retry(call)).rejects.toThrow(ContractRevertError);
    expect(await nonce()).toBe(2);
    await next.close();
  });

  test.each([
    ['FrozenProgram(bytes32)', ContractForbiddenError, { name: 'FrozenProgram', args: [`0x${'00'.repeat(32)}`] }, 7],
    ['NobodyKnows()', ContractRevertError, { name: toFunctionSelector('NobodyKnows()'), args: [] }, 3],
  ])('%s has its class and its name', async (error, Refusal, reason, exitCode) => {
    const outbox = await open();
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
    await client.setBalance({ address, value: 1000n });
    const outbox = await open();
    const error = await outbox.send(transfer(1)).catch((e) => e);
    expect(error).toBeInstanceOf(BalanceError);
    expect(error.details.join()).toMatch(/needed at most: 0\.0000\d+/);
    expect(await states()).toEqual([]);
    await client.setBalance({ address, value: 10n ** 18n });
    expect((await outbox.send(transfer(1))).nonce).toBe(0);
    await outbox.close();
  });

  test('S4 a second process with the same key is refused while the first lives', async () => {
    const outbox = await open();
    await expect(open()).rejects.toThrow(OutboxLockedError);
    await outbox.close();
    await (await open()).close();
  });
});

describe('error: the file', () => {
  test.skipIf(process.platform === 'win32').each([1, 2, 3])(
    'L58 a file that cannot grow over %i KiB: what is not stored is not sent, and all goes on later',
    async (kibibytes) => {
      const intents = [1, 2, 3].map(transfer).map(({ what, to }) => ({ what, to }));
      const order = { rpcUrl: test1.url, folder, inFlightMax: 4, intents };
      const limited = `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$0" "$@"`;
      const first = await output('bash', ['-c', limited, process.execPath, child, JSON.stringify(order)]);
      expect(first).toEqual({ error: 'outbox_write' });
      const stored = (await states()).filter((state) => state === 'signed').length;
      expect(await nonce()).toBeLessThanOrEqual(stored);
      const second = await output(process.execPath, [child, JSON.stringify(order)]);
      expect(second.sent).toHaveLength(3);
      for (const i of [1, 2, 3]) expect(await balance(i)).toBe(1n);
      expect(await nonce()).toBe(3);
    },
  );

  const output = (command: string, args: string[]) =>
    new Promise<{ error?: string; sent?: unknown[] }>((resolve) => {
      const spawned = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let text = '';
      spawned.stdout.on('data', (data) => {
        text += data;
      });
      spawned.on('close', () => resolve(JSON.parse(text)));
    });

  test('L59 a folder that cannot be made', async () => {
    await writeFile(folder, '');
    await expect(open()).rejects.toMatchObject({ exitCode: 5 });
  });

  test('a torn last line is dropped: its transaction had not left', async () => {
    const outbox = await open();
    await outbox.send(transfer(1));
    await outbox.close();
    await appendFile(await path(), '{"state":"signed","intentId":"0x12');
    const next = await open();
    expect(next.recovered).toEqual([]);
    expect((await next.send(transfer(2))).nonce).toBe(1);
    await next.close();
    expect(await states()).toEqual(['signed', 'sent', 'included', 'signed', 'sent', 'included']);
  });

  test('every prefix of the file can be opened', async () => {
    const outbox = await open();
    await outbox.send(transfer(1));
    await outbox.close();
    const whole = await readFile(await path());
    for (let length = 0; length < whole.length; length += 97) {
      await writeFile(await path(), whole.subarray(0, length));
      const next = await open();
      await next.close();
    }
    expect(await nonce()).toBe(1);
  });

  test('a damaged line stops everything, with its number', async () => {
    const outbox = await open();
    await outbox.send(transfer(1));
    await outbox.close();
    const lines = (await readFile(await path(), 'utf8')).split('\n');
    lines[1] = (lines[1] as string).replace('"nonce":0', '"nonce":"0"');
    await writeFile(await path(), lines.join('\n'));
    const error = await open().catch((e) => e);
    expect(error).toBeInstanceOf(OutboxFileError);
    expect(error.at).toMatch(/:2$/);
    expect(error.exitCode).toBe(6);
  });

  test('an outbox of another chain with the same id is refused', async () => {
    await (await open()).close();
    const other = await startTestChain({ genesisTimeSec: 725_846_400 });
    try {
      const chain = await connect({ rpcUrl: other.url });
      await expect(openOutbox({ chain, account, folder })).rejects.toThrow(OutboxFileError);
    } finally {
      await other.stop();
    }
  });
});
