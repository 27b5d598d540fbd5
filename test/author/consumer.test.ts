/** Consumers as authors get them, compiled and asked on a real chain whose ledger has the statement. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import solc from 'solc';
import { type Abi, createPublicClient, createWalletClient, http } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import disclosure from '../../circuits/disclosure/computation.ts';
import netting from '../../circuits/netting/computation.ts';
import square from '../../circuits/square/computation.ts';
import { renderConsumer } from '../../src/author/renderConsumer.ts';
import { localChainId } from '../../src/chain/anvil.ts';
import { readDeployment } from '../../src/chain/deployment.ts';
import { compile } from '../../src/compiler/compile.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { Statement } from '../../src/model/Statement.ts';
import { recordInputs } from '../../src/pipeline.ts';
import { down } from '../../src/steps/down.ts';
import { openChain } from '../../src/steps/openChain.ts';
import { writeConsumer } from '../../src/steps/writeConsumer.ts';
import signed from '../support/computations/signed/computation.ts';
import { cacheDir, circuitsDir, testCircuitsDir } from '../support/fixtures.ts';
import { repository } from '../support/packed.ts';

const require = createRequire(import.meta.url);

type Contract = { readonly abi: Abi; readonly evm: { readonly bytecode: { readonly object: string } } };

/** With every complaint of the compiler as an error. */
function compileSolidity(text: string): Readonly<Record<string, Contract>> {
  const input = {
    language: 'Solidity',
    sources: { 'Consumer.sol': { content: text } },
    settings: { evmVersion: 'cancun', outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
  };
  const readImport = (path: string) => ({
    contents: readFileSync(
      path.startsWith('tallystick/') ? path.replace('tallystick/', repository) : require.resolve(path),
      'utf8',
    ),
  });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  expect(output.errors?.map((error: { formattedMessage: string }) => error.formattedMessage)).toBeUndefined();
  return output.contracts['Consumer.sol'];
}

describe('default', () => {
  test.each([
    ['square', square, circuitsDir, 'default'],
    ['disclosure', disclosure, circuitsDir, 'tiny'],
    ['netting', netting, circuitsDir, 'tiny'],
    ['signed', signed, testCircuitsDir, 'default'],
  ])('the consumer of %s compiles without a warning', async (_, computation, folder, size) => {
    const circuit = await compile(computation, { size, circuitsDir: folder, cacheDir });
    const contracts = compileSolidity(renderConsumer(circuit));
    expect(Object.keys(contracts)).toEqual([`${circuit.template}Consumer`]);
  });
});

describe('behavior: on a chain', () => {
  let data: string;
  let config: Config;
  let contract: ReturnType<typeof consumerAt>;
  let signals: readonly bigint[];

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'tally-consumer-'));
    config = { ...(await loadConfig(data)), circuitsDir: testCircuitsDir, dataDir: join(data, '.tally') };
    const toolbox = { config, onProgress: () => {}, signal: new AbortController().signal };
    const session = await openChain(toolbox);
    try {
      const inputs = [{ id: '1', input: { secret: -7 } }];
      const [row] = await recordInputs(toolbox, session, { name: 'signed', inputs, stream: 0, window: 0 });
      const deployment = await readDeployment(session.deploymentFile);
      const ledger = deployment?.contracts.computeLedger.address as `0x${string}`;
      const circuit = await compile(signed, { circuitsDir: testCircuitsDir, cacheDir });
      const purpose = { chainId: localChainId, contract: ledger, stream: 0, window: 0 };
      const { programId } = circuit;
      const context = Statement.context({ ...purpose, programId, beneficiary: session.outbox.address });
      const r = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
      signals = [context, r - 14n, r - 7n, 7n, 49n, 49n, 49n, 49n];
      expect(Statement.id({ programId, signals })).toBe(row?.statementId);
      const { SignedConsumer } = compileSolidity(renderConsumer(circuit));
      contract = consumerAt(session.chain.rpcUrl, SignedConsumer as Contract, ledger);
      await contract.deploy();
    } finally {
      await session.close();
    }
  }, 120_000);

  afterAll(async () => {
    await down({ config, onProgress: () => {}, signal: new AbortController().signal });
    await rm(data, { recursive: true, force: true, maxRetries: 5 });
  });

  test('reads signed numbers, arrays and a reserved name from a recorded statement', async () => {
    expect(await contract.read(signals)).toEqual({
      change: -14n,
      steps: [-7n, 7n],
      mapping_: [49n, 49n, 49n, 49n],
    });
  });

  test('reverts for any other signals', async () => {
    for (const i of signals.keys()) {
      await expect(contract.read(signals.with(i, (signals[i] as bigint) + 1n)), `signal ${i}`).rejects.toThrow();
    }
    await expect(contract.read(signals.slice(0, -1))).rejects.toThrow();
    await expect(contract.read([...signals, 0n])).rejects.toThrow();
  });

  test('takes a statement in once', async () => {
    await contract.take(signals);
    await expect(contract.take(signals)).rejects.toThrow('AlreadyTaken');
  });
});

describe('error', () => {
  test('an author’s file is never overwritten', async () => {
    const root = await mkdtemp(join(tmpdir(), 'tally-consumer-'));
    try {
      const config = { ...(await loadConfig(root)), circuitsDir: testCircuitsDir, dataDir: cacheDir };
      const toolbox = { config, onProgress: () => {}, signal: new AbortController().signal };
      const { path } = await writeConsumer(toolbox, { name: 'signed' });
      expect(path).toBe(join(root, 'contracts', 'SignedConsumer.sol'));
      const before = readFileSync(path, 'utf8');
      await expect(writeConsumer(toolbox, { name: 'signed' })).rejects.toMatchObject({
        name: 'UsageError',
        exitCode: 2,
      });
      expect(readFileSync(path, 'utf8')).toBe(before);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

function consumerAt(rpcUrl: string, { abi, evm }: Contract, ledger: `0x${string}`) {
  const chain = createPublicClient({ transport: http(rpcUrl), pollingInterval: 50 });
  const wallet = createWalletClient({ transport: http(rpcUrl) });
  let address: `0x${string}` | undefined;
  // Not the operator's account, whose nonces the outbox counts.
  const account = async () => (await wallet.getAddresses())[1] as `0x${string}`;
  const at = () => ({ address: address as `0x${string}`, abi });
  return {
    deploy: async () => {
      const bytecode = `0x${evm.bytecode.object}` as const;
      const hash = await wallet.deployContract({
        account: await account(),
        chain: null,
        abi,
        bytecode,
        args: [ledger, 0n],
      });
      address = (await chain.waitForTransactionReceipt({ hash })).contractAddress ?? undefined;
    },
    read: (signals: readonly bigint[]) => chain.readContract({ ...at(), functionName: 'read', args: [signals] }),
    take: async (signals: readonly bigint[]) => {
      const { request } = await chain.simulateContract({
        ...{ ...at(), functionName: 'take', args: [signals], account: await account() },
      });
      await chain.waitForTransactionReceipt({ hash: await wallet.writeContract({ ...request, chain: null }) });
    },
  };
}
