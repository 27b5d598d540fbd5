/**
 * @module A connection to a chain: checked once at the start, with a limit on how long each question takes and on how
 * often it is asked again.
 */
import { createPublicClient, type HttpTransport, http, type PublicClient } from 'viem';
import { ChainUnavailableError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import { chainFailure } from './failure.ts';

export type ConnectOptions = {
  readonly rpcUrl: string;
  /** When given, a chain with another id is refused. */
  readonly chainId?: number | undefined;
  /** How long one question may take. */
  readonly timeoutMs?: number | undefined;
};

export type Chain = {
  readonly rpcUrl: string;
  readonly chainId: number;
  /** Hash of block 0: tells two chains with one id apart. */
  readonly genesis: Hex;
  readonly client: PublicClient<HttpTransport>;
  /** How often to look for something that is about to happen. */
  readonly pollingMs: number;
};

const defaultTimeoutMs = 10_000;
/** Three more tries, 150, 300 and 600 ms apart, see a restart of the node through. */
const retryCount = 3;
/** Local chains answer in a millisecond; a provider's quota is not for looking at an empty mempool. */
const localPollingMs = 20;
const publicPollingMs = 1_500;
/** The id of anvil's and Hardhat's chains, and the one that Ganache and geth's dev mode use. */
const localChainIds = [31337, 1337];

/**
 * Connects to a chain by HTTP.
 * @throws ChainUnavailableError when nobody answers, or another chain than the one asked for
 */
export async function connect({ rpcUrl, chainId, timeoutMs = defaultTimeoutMs }: ConnectOptions): Promise<Chain> {
  const url = URL.canParse(rpcUrl) ? new URL(rpcUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new ChainUnavailableError('the address of the chain is not an http or https URL');
  }
  const client = createPublicClient({ transport: http(rpcUrl, { timeout: timeoutMs, retryCount }), cacheTime: 0 });
  const { id, genesis } = await ask(url.host, client);
  if (chainId !== undefined && id !== chainId) {
    throw new ChainUnavailableError(`the chain has id ${id}, not ${chainId}`, {
      at: url.host,
      remedy: 'check the RPC address and the chain id in tally.config.ts',
    });
  }
  return { rpcUrl, chainId: id, genesis, client, pollingMs: isLocal(id) ? localPollingMs : publicPollingMs };
}

/** Whether a chain id belongs to chains of one machine, where nothing has value. */
export function isLocal(chainId: number): boolean {
  return localChainIds.includes(chainId);
}

async function ask(host: string, client: PublicClient): Promise<{ id: number; genesis: Hex }> {
  try {
    const [id, block] = await Promise.all([client.getChainId(), client.getBlock({ blockNumber: 0n })]);
    return { id, genesis: block.hash };
  } catch (cause) {
    throw chainFailure(cause, { what: 'connecting', at: host });
  }
}
