/**
 * @module Real chains for tests: an anvil of its own for each, on a free port, gone when the test is over. `startRelay`
 * stands between a program and its chain and can stop the world at any question.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestClient, http, publicActions, walletActions } from 'viem';
import { startAnvil } from '../../src/chain/anvil.ts';
import { type Chain, connect } from '../../src/chain/client.ts';

export type TestChain = {
  readonly url: string;
  readonly pid: number;
  readonly chain: Chain;
  /** A folder that is removed with the chain. */
  readonly folder: string;
  readonly stop: () => Promise<void>;
};

/** Starts a chain that keeps nothing. */
export async function startTestChain(
  options: { readonly genesisTimeSec?: number; readonly chainId?: number } = {},
): Promise<TestChain> {
  const folder = await temporaryFolder();
  const { url, pid } = await startAnvil({ ...options, logPath: join(folder, 'anvil.log') });
  const kill = () => end(pid);
  process.once('exit', kill);
  const stop = async () => {
    kill();
    process.off('exit', kill);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { url, pid, chain: await connect({ rpcUrl: url }), folder, stop };
}

/** A client that may do what only a test may: turn the chain's clock, hold back its blocks, be anyone. */
export function testClient(url: string) {
  return createTestClient({ mode: 'anvil', transport: http(url), cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions);
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tally-chain-'));
}

export type RelayHooks = {
  /** Called before a question is passed on; with `false` it is lost on the way. */
  readonly asked?: (method: string) => Promise<boolean>;
  /** Called when the chain has answered; with `false` the answer is lost on the way. */
  readonly answered?: (method: string) => Promise<boolean>;
  /** Changes an answer on its way back. */
  readonly alter?: (method: string, result: unknown) => unknown;
};

/** Passes every question on to a chain, and tells of it. */
export async function startRelay(chainUrl: string, { asked, answered, alter }: RelayHooks) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method } = JSON.parse(body) as { method: string };
    if ((await asked?.(method)) === false) return response.destroy();
    const answer = await fetch(chainUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const reply = (await answer.json()) as { result?: unknown };
    if ((await answered?.(method)) === false) return response.destroy();
    if (alter && 'result' in reply) reply.result = alter(method, reply.result);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
