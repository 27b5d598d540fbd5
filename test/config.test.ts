import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineConfig, loadConfig, threadsMax } from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';

let root: string;
let files = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tally-config-'));
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await mkdir(join(root, 'below', 'it'), { recursive: true });
});
afterAll(() => rm(root, { recursive: true }));

/** Each under a name of its own, because a module is imported once. */
async function load(text: string) {
  const name = `config-${++files}.ts`;
  await writeFile(join(root, name), `export default ${text};\n`);
  return loadConfig(root, name);
}

test('default: everything has one, from any folder of a package', async () => {
  const config = await loadConfig(join(root, 'below', 'it'));
  expect(config).toMatchObject({
    root,
    circuitsDir: join(root, 'circuits'),
    chain: { rpcUrls: [], chainId: undefined, operatorKeyFile: undefined, feeCapGwei: undefined },
    developmentChains: [],
    prover: { deadlineMs: 600_000 },
  });
  expect(config.prover.threads).toBeGreaterThan(0);
});

test('behavior: what the file says counts; paths are relative to it', async () => {
  const limits = { finality: 5, feeCapGwei: 80, bumpAfterSec: 30, spendPerDayGwei: 10_000_000 };
  const chain = { chainId: 11155111, operatorKeyFile: '/keys/operator', ...limits };
  const rpcUrl = 'https://rpc.example/key';
  const file = defineConfig({
    circuits: 'proofs/circuits',
    chain: { ...chain, rpcUrl },
    developmentChains: [11155111],
    prover: { threads: 3, deadlineMs: 5_000 },
  });
  expect(await load(JSON.stringify(file))).toMatchObject({
    circuitsDir: join(root, 'proofs', 'circuits'),
    chain: { ...chain, rpcUrls: [rpcUrl] },
    developmentChains: [11155111],
    prover: { threads: 3, deadlineMs: 5_000 },
  });
});

test.each([
  ['null', 'does not export'],
  ['{ circuits: 5 }', 'circuits must be a text'],
  ['{ data: "" }', 'data must be a text'],
  ['{ chain: 1 }', 'chain must be an object'],
  ['{ chain: { rpcUrl: "SECRET", chainId: 1 } }', 'rpcUrl must be an http URL'],
  ['{ chain: { rpcUrl: "ws://SECRET", chainId: 1 } }', 'rpcUrl must be an http URL'],
  ['{ chain: { rpcUrl: [], chainId: 1 } }', 'rpcUrl must be an http URL, or a list of them'],
  ['{ chain: { rpcUrl: ["http://a", "ws://SECRET"], chainId: 1 } }', 'rpcUrl must be an http URL'],
  ['{ chain: { feeCapGwei: 0 } }', 'feeCapGwei must be a positive integer'],
  ['{ chain: { chainId: "1" } }', 'chainId must be a positive integer'],
  ['{ developmentChains: 31337 }', 'developmentChains must be a list'],
  ['{ prover: { threads: 1.5 } }', 'threads must be a positive integer'],
  [`{ prover: { threads: ${threadsMax + 1} } }`, 'prover.threads is more than'],
  ['{ prover: { constructor: 1 } }', 'unknown entry "constructor"'],
])('error: %s', async (text, says) => {
  const error = await load(text).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).message).toContain(says);
  expect((error as ConfigError).message).not.toContain('SECRET');
});

test('behavior: several endpoints of one chain', async () => {
  const rpcUrl = ['https://a.example', 'https://b.example'];
  expect((await load(JSON.stringify({ chain: { rpcUrl, chainId: 1 } }))).chain.rpcUrls).toEqual(rpcUrl);
});
