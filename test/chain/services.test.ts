import { spawn } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anvilBinary } from '../../src/chain/anvil.ts';
import { connect } from '../../src/chain/client.ts';
import { ensureLocalChain, findRunning, stopLocalChain } from '../../src/chain/services.ts';
import { setTime } from '../../src/chain/setTime.ts';
import { ChainUnavailableError, ConfigError } from '../../src/errors.ts';
import { isAlive } from '../../src/lock.ts';
import { startTestChain, temporaryFolder, testClient } from '../support/chain.ts';

const genesisTimeSec = 725_846_400;
const services = fileURLToPath(new URL('../../src/chain/services.ts', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await stopLocalChain(folder);
  await rm(folder, { recursive: true, force: true });
});

const ensure = () => ensureLocalChain({ folder, genesisTimeSec });
const someone = '0x00000000000000000000000000000000000abc00';
const pay = async (url: string) => {
  const client = testClient(url);
  const [from] = await client.getAddresses();
  const before = await client.getBlockNumber();
  await client.sendTransaction({ account: from ?? null, to: someone, value: 1n, chain: null });
  await expect.poll(() => client.getBlockNumber()).toBeGreaterThan(before);
};

describe('ensureLocalChain', () => {
  test('starts a chain in 1993 and records who it is', async () => {
    const chain = await ensure();
    expect(chain).toMatchObject({ chainId: 31337, how: 'started' });
    expect(isAlive(chain.pid)).toBe(true);
    const block = await testClient(chain.url).getBlock({ blockNumber: 0n });
    expect(block).toMatchObject({ timestamp: BigInt(genesisTimeSec), hash: chain.genesis });
    const record = JSON.parse(await readFile(join(folder, 'services.json'), 'utf8'));
    expect(record.chain).toMatchObject({ pid: chain.pid, url: chain.url, genesis: chain.genesis });
    expect((await stat(join(folder, 'services.json'))).mode & 0o777).toBe(0o600);
  });

  test('behavior: the next command adopts it', async () => {
    const first = await ensure();
    expect(await ensure()).toEqual({ ...first, how: 'adopted' });
    expect(await findRunning(folder)).toEqual({ ...first, how: 'adopted' });
  });

  test('behavior: two commands at once end with one chain', async () => {
    const program = `import { ensureLocalChain } from ${JSON.stringify(services)};
      const chain = await ensureLocalChain({ folder: ${JSON.stringify(folder)}, genesisTimeSec: ${genesisTimeSec} });
      process.stdout.write(String(chain.pid));`;
    const run = () =>
      new Promise<string>((resolve) => {
        const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program]);
        let output = '';
        child.stdout.on('data', (chunk) => {
          output += chunk;
        });
        child.on('close', () => resolve(output));
      });
    const pids = await Promise.all([run(), run(), ensure().then(({ pid }) => String(pid))]);
    expect(pids[0]).toMatch(/^\d+$/);
    expect(new Set(pids).size).toBe(1);
  });

  test('behavior: a stopped chain keeps its blocks, and its clock does not go back', async () => {
    const first = await ensure();
    await setTime(await connect({ rpcUrl: first.url }), genesisTimeSec + 86_400 * 30);
    await pay(first.url);
    const { timestamp, number } = await testClient(first.url).getBlock();
    expect(await stopLocalChain(folder)).toBe(true);
    expect(isAlive(first.pid)).toBe(false);

    // The chain that exists goes before what is asked for.
    const second = await ensureLocalChain({ folder, genesisTimeSec: 0 });
    expect(second).toMatchObject({ how: 'started', genesis: first.genesis });
    const client = testClient(second.url);
    expect(await client.getBlockNumber()).toBe(number);
    expect(await client.getBalance({ address: someone })).toBe(1n);
    await pay(second.url);
    expect((await client.getBlock()).timestamp).toBeGreaterThan(timestamp);
  });

  test('behavior: a chain whose process ended is started again, and says so', async () => {
    const first = await ensure();
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => isAlive(first.pid)).toBe(false);
    const second = await ensure();
    expect(second.how).toBe('replaced');
    expect(second.note).toContain(`process ${first.pid}`);
    expect(second.pid).not.toBe(first.pid);
  });

  test('behavior: a process number that was used again is left alone', async () => {
    const first = await ensure();
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => isAlive(first.pid)).toBe(false);
    const stranger = spawn('sleep', ['60']);
    const path = join(folder, 'services.json');
    const record = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...record, chain: { ...record.chain, pid: stranger.pid } }));
    expect((await ensure()).how).toBe('replaced');
    expect(isAlive(stranger.pid as number)).toBe(true);
    stranger.kill();
  });

  test('behavior: another chain that took the port is not adopted', async () => {
    const first = await ensure();
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => isAlive(first.pid)).toBe(false);
    const other = await startTestChain({ genesisTimeSec });
    const path = join(folder, 'services.json');
    const record = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...record, chain: { ...record.chain, pid: other.pid, url: other.url } }));
    const second = await ensure();
    expect(second.how).toBe('replaced');
    expect(second.pid).not.toBe(other.pid);
    expect(isAlive(other.pid)).toBe(true);
    await other.stop();
  });

  test('behavior: a start that was cut short is taken up', async () => {
    const first = await ensure();
    const path = join(folder, 'services.json');
    const { pid } = first;
    await writeFile(path, JSON.stringify({ version: 1, chain: { genesisTimeSec, pid } }));
    expect(await ensure()).toEqual({ ...first, how: 'adopted' });
  });

  test('error: a damaged state names the file', async () => {
    const first = await ensure();
    await stopLocalChain(folder);
    expect(isAlive(first.pid)).toBe(false);
    await writeFile(join(folder, 'chain', 'state.json'), '{"broken":');
    const error = await ensure().catch((e) => e);
    expect(error).toBeInstanceOf(ChainUnavailableError);
    expect(error.remedy).toContain('state.json');
  });
});

describe('stopLocalChain', () => {
  test('says when there is nothing to stop', async () => {
    expect(await stopLocalChain(folder)).toBe(false);
    await ensure();
    expect(await stopLocalChain(folder)).toBe(true);
    expect(await stopLocalChain(folder)).toBe(false);
    expect(await findRunning(folder)).toBeUndefined();
  });
});

describe('anvilBinary', () => {
  test('is there for this platform', async () => {
    expect((await stat(anvilBinary())).isFile()).toBe(true);
  });

  test('error: a platform without a binary, and one whose package is missing', () => {
    expect(() => anvilBinary('aix', 'ppc64')).toThrow(ChainUnavailableError);
    const other = process.platform === 'win32' ? (['linux', 'arm64'] as const) : (['win32', 'x64'] as const);
    expect(() => anvilBinary(...other)).toThrow(/is not installed/);
  });
});

describe('setTime', () => {
  test('moves the clock forward, never back', async () => {
    const chain = await connect({ rpcUrl: (await ensure()).url });
    expect(await setTime(chain, genesisTimeSec + 5_000)).toBe(genesisTimeSec + 5_000);
    expect((await chain.client.getBlock()).timestamp).toBe(BigInt(genesisTimeSec + 5_000));
    expect(await setTime(chain, genesisTimeSec)).toBeGreaterThanOrEqual(genesisTimeSec + 5_000);
  });

  test('error: only a local chain has a clock to move', async () => {
    const other = await startTestChain({ chainId: 11155111 });
    await expect(setTime(other.chain, genesisTimeSec)).rejects.toThrow(ConfigError);
    await other.stop();
  });
});
