import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localAccount } from '../../src/chain/account.ts';
import { connect } from '../../src/chain/client.ts';
import { deploy } from '../../src/chain/deploy.ts';
import { contractNames, deploymentPath, openDeployment, readDeployment } from '../../src/chain/deployment.ts';
import { openOutbox } from '../../src/chain/outbox.ts';
import { DeploymentError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { startTestChain, type TestChain, temporaryFolder, testClient } from '../support/chain.ts';
import { type OutboxStore, startOutboxStore, tenant } from '../support/outbox.ts';

let local: TestChain;
let folder: string;
let path: string;

let database: OutboxStore;
let store: Store;

beforeAll(async () => {
  local = await startTestChain();
  database = await startOutboxStore();
}, 60_000);
afterAll(async () => {
  await database.stop();
  await local.stop();
});
beforeEach(async () => {
  store = await database.createStore();
  folder = await temporaryFolder();
  path = join(folder, 'deployments', '31337.json');
  return () => rm(folder, { recursive: true, force: true });
});

async function withOutbox<T>(
  action: (outbox: Awaited<ReturnType<typeof openOutbox>>) => Promise<T>,
  chain = local.chain,
) {
  const outbox = await openOutbox({ chain, account: localAccount(), store, tenant });
  try {
    return await action(outbox);
  } finally {
    await outbox.close();
  }
}
const count = () => local.chain.client.getTransactionCount({ address: localAccount().address });

describe('deploy', () => {
  test('brings all contracts, their roles and the route of Groth16 seals onto the chain', async () => {
    const { deployment, adopted, sent } = await withOutbox((outbox) => deploy(outbox, { path }));
    expect(adopted).toBe(false);
    expect(sent).toHaveLength(contractNames.length + 2);
    expect(sent.every(({ gasUsed }) => gasUsed > 21_000n)).toBe(true);
    expect(await openDeployment(local.chain, path)).toEqual(deployment);
    expect(new Set(contractNames.map((name) => deployment.contracts[name].address)).size).toBe(contractNames.length);
  });

  test('behavior: done again it only looks', async () => {
    const first = await withOutbox((outbox) => deploy(outbox, { path }));
    const before = await count();
    const again = await withOutbox((outbox) => deploy(outbox, { path }));
    expect(again).toEqual({ deployment: first.deployment, adopted: true, sent: [] });
    expect(await count()).toBe(before);
  });

  test('behavior: without its file it is found again by the outbox', async () => {
    const first = await withOutbox((outbox) => deploy(outbox, { path }));
    await rm(path);
    const before = await count();
    const again = await withOutbox((outbox) => deploy(outbox, { path }));
    expect(again.deployment).toEqual(first.deployment);
    expect(again.sent.every(({ earlier }) => earlier)).toBe(true);
    expect(await count()).toBe(before);
  });

  test('behavior: a deployment that was cut short goes on where it stopped', async () => {
    const balance = 10n ** 19n;
    const { address } = localAccount();
    const client = testClient(local.url);
    // Enough for some of the contracts, not for all.
    const gasPrice = await client.getGasPrice();
    await client.setBalance({ address, value: gasPrice * 9_000_000n });
    const before = await count();
    await expect(withOutbox((outbox) => deploy(outbox, { path }))).rejects.toMatchObject({ code: 'balance' });
    const between = await count();
    expect(between).toBeGreaterThan(before);
    await client.setBalance({ address, value: balance * 1000n });
    const { sent } = await withOutbox((outbox) => deploy(outbox, { path }));
    // The intent that could not be paid was kept; opened again, the outbox may send it before it is asked to.
    const earlier = sent.filter((each) => each.earlier).length - (between - before);
    expect(earlier === 0 || earlier === 1).toBe(true);
    expect((await count()) - before).toBe(contractNames.length + 2);
  });

  test('behavior: on a local chain a stale file is forgotten', async () => {
    const first = await withOutbox((outbox) => deploy(outbox, { path }));
    const { address } = first.deployment.contracts.computeLedger;
    await testClient(local.url).setCode({ address, bytecode: '0x00' });
    store = await database.createStore();
    const again = await withOutbox((outbox) => deploy(outbox, { path }));
    expect(again.adopted).toBe(false);
    expect(again.deployment.contracts.computeLedger.address).not.toBe(address);
  });

  test('error: on a public chain a stale file stops everything', async () => {
    const sepolia = await startTestChain({ chainId: 11155111 });
    try {
      const { deployment } = await withOutbox((outbox) => deploy(outbox, { path }), sepolia.chain);
      const { address } = deployment.contracts.computeLedger;
      await testClient(sepolia.url).setCode({ address, bytecode: '0x00' });
      const error = await withOutbox((outbox) => deploy(outbox, { path }), sepolia.chain).catch((e) => e);
      expect(error).toBeInstanceOf(DeploymentError);
      expect(error.message).toContain('computeLedger');
    } finally {
      await sepolia.stop();
    }
  });
});

describe('openDeployment', () => {
  test('error: no file', async () => {
    await expect(openDeployment(local.chain, path)).rejects.toThrow(DeploymentError);
  });

  test('error: code that is not what was deployed, for each contract', async () => {
    const { deployment } = await withOutbox((outbox) => deploy(outbox, { path }));
    const text = await readFile(path, 'utf8');
    for (const name of contractNames) {
      const changed = text.replace(deployment.contracts[name].codeHash, `0x${'00'.repeat(32)}`);
      await writeFile(path, changed);
      const error = await openDeployment(local.chain, path).catch((e) => e);
      expect(error).toBeInstanceOf(DeploymentError);
      expect(error.message).toContain(name);
    }
  });

  test('error: another chain, by id and by genesis', async () => {
    await withOutbox((outbox) => deploy(outbox, { path }));
    const other = await startTestChain({ genesisTimeSec: 725_846_400 });
    const sepolia = await startTestChain({ chainId: 11155111 });
    try {
      for (const { url } of [other, sepolia]) {
        const error = await openDeployment(await connect({ rpcUrl: url }), path).catch((e) => e);
        expect(error).toBeInstanceOf(DeploymentError);
        expect(error.message).toContain('another chain');
      }
    } finally {
      await other.stop();
      await sepolia.stop();
    }
  });

  test.each([
    ['a version of the future', (json: object) => ({ ...json, version: 2 })],
    ['no contracts', (json: object) => ({ ...json, contracts: {} })],
    ['a short address', (json: object) => JSON.parse(JSON.stringify(json).replace(/"0x.{40}"/, '"0x12"'))],
  ])('error: a file with %s', async (_, change) => {
    await withOutbox((outbox) => deploy(outbox, { path }));
    await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))));
    await expect(readDeployment(path)).rejects.toThrow(DeploymentError);
  });
});

describe('deploymentPath', () => {
  test('a local chain is not the repository’s business', () => {
    const where = { root: '/repo', dataDir: '/repo/.tally' };
    expect(deploymentPath({ ...where, chainId: 31337 })).toBe('/repo/.tally/deployments/31337.json');
    expect(deploymentPath({ ...where, chainId: 11155111 })).toBe('/repo/verifier-contracts/deployments/11155111.json');
  });
});
