import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/chain/client.ts';
import { ChainUnavailableError } from '../../src/errors.ts';
import { startTestChain, type TestChain } from '../support/chain.ts';

let local: TestChain;
beforeAll(async () => {
  local = await startTestChain();
});
afterAll(() => local.stop());

const fail = async (options: Parameters<typeof connect>[0]) => {
  const error = await connect(options).catch((e) => e);
  expect(error).toBeInstanceOf(ChainUnavailableError);
  expect(error.exitCode).toBe(5);
  return error as ChainUnavailableError;
};

describe('connect', () => {
  test('default: tells the chain by its id and its first block', async () => {
    const chain = await connect({ rpcUrl: local.url, chainId: 31337 });
    expect(chain).toMatchObject({ chainId: 31337, rpcUrl: local.url });
    expect(chain.genesis).toBe((await chain.client.getBlock({ blockNumber: 0n })).hash);
  });

  test('R25 error: another chain id than expected', async () => {
    expect((await fail({ rpcUrl: local.url, chainId: 1 })).message).toContain('has id 31337, not 1');
  });

  test('error: nobody there, within the tries that are allowed', async () => {
    const start = Date.now();
    const error = await fail({ rpcUrl: 'http://127.0.0.1:1' });
    expect(error.retryable).toBe(true);
    expect(Date.now() - start).toBeLessThan(10_000);
  });

  test.each(['', 'nonsense', 'ftp://127.0.0.1', 'file:///etc/passwd'])('error: %j is no address', async (rpcUrl) => {
    expect((await fail({ rpcUrl })).message).toContain('not an http or https URL');
  });

  test('R25 error: a server that says nothing, HTML, or nonsense; the key in its address is not told', async () => {
    const answers = [undefined, '<html>busy</html>', '{}', '{"jsonrpc":"2.0","id":1,"result":"nonsense"}', '[]'];
    for (const answer of answers) {
      const server = createServer((_, response) => {
        if (answer !== undefined) response.end(answer);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const error = await fail({ rpcUrl: `http://127.0.0.1:${port}/v2/secret-of-a-provider`, timeoutMs: 200 });
      expect(error.message).not.toContain('secret-of-a-provider');
      expect(JSON.stringify(error)).not.toContain('secret-of-a-provider');
      server.closeAllConnections();
      server.close();
    }
  });
});
