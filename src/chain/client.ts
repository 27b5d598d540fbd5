/**
 * @module A connection to a chain by one endpoint or several: each checked at the start, with a limit on how long each
 * question takes and on how often it is asked again.
 */
import { createPublicClient, type PublicClient } from 'viem';
import { ChainUnavailableError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';
import { anyOf, createEndpoint, type Endpoint, type Endpoints, isAway } from './endpoints.ts';
import { chainFailure } from './failure.ts';

export type ConnectOptions = {
  /** One address, or several of the same chain. */
  readonly rpcUrl: string | readonly string[];
  /** When given, a chain with another id is refused. */
  readonly chainId?: number | undefined;
  /** How long one question may take. */
  readonly timeoutMs?: number | undefined;
};

export type Chain = {
  /** The first of its endpoints. */
  readonly rpcUrl: string;
  readonly chainId: number;
  /** Hash of block 0: tells two chains with one id apart. */
  readonly genesis: Hex;
  /** Asks whichever endpoint answers. */
  readonly client: PublicClient;
  /** For what must not hang on one of them. */
  readonly endpoints: Endpoints;
  /** How often to look for something that is about to happen. */
  readonly pollingMs: number;
};

const defaultTimeoutMs = 10_000;
/** Local chains answer in a millisecond; a provider's quota is not for looking at an empty mempool. */
const localPollingMs = 20;
const publicPollingMs = 1_500;
/** The id of anvil's and Hardhat's chains, and the one that Ganache and geth's dev mode use. */
const localChainIds = [31337, 1337];

/**
 * Connects to a chain by HTTP, and makes sure that each endpoint serves it; those that do not answer are looked at again
 * later, as long as one does.
 * @throws ChainUnavailableError when nobody answers, or another chain than the one asked for
 */
export async function connect({ rpcUrl, chainId, timeoutMs = defaultTimeoutMs }: ConnectOptions): Promise<Chain> {
  const urls = typeof rpcUrl === 'string' ? [rpcUrl] : rpcUrl;
  const all = urls.map((url) => createEndpoint(requireHttp(url), timeoutMs));
  let known: Identity | undefined;
  const check = async (endpoint: Endpoint) => {
    const found = await identify(endpoint);
    const expected = known ?? { id: chainId ?? found.id, genesis: found.genesis };
    if (found.id !== expected.id || found.genesis !== expected.genesis) {
      endpoint.quarantined = 'it serves another chain';
      throw otherChain(endpoint, found, expected);
    }
    known = expected;
    endpoint.isChecked = true;
  };
  const endpoints = { all, check };
  const client = createPublicClient({ transport: anyOf(endpoints), cacheTime: 0 });
  for (const endpoint of all) {
    await check(endpoint).catch((error) => {
      if (!isAway(error)) throw chainFailure(error, { what: 'connecting', at: endpoint.host });
    });
  }
  // A last word with patience, when none of them has answered at once.
  if (!known) await client.getChainId().catch((cause) => fail(cause, all));
  const { id, genesis } = known as unknown as Identity;
  const pollingMs = isLocal(id) ? localPollingMs : publicPollingMs;
  return { rpcUrl: urls[0] as string, chainId: id, genesis, client, endpoints, pollingMs };
}

type Identity = { readonly id: number; readonly genesis: Hex };

/** Whether a chain id belongs to chains of one machine, where nothing has value. */
export function isLocal(chainId: number): boolean {
  return localChainIds.includes(chainId);
}

function requireHttp(rpcUrl: string): string {
  const url = URL.canParse(rpcUrl) ? new URL(rpcUrl) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return rpcUrl;
  throw new ChainUnavailableError('the address of the chain is not an http or https URL');
}

async function identify({ client }: Endpoint): Promise<Identity> {
  const [id, block] = await Promise.all([client.getChainId(), client.getBlock({ blockNumber: 0n })]);
  return { id, genesis: block.hash };
}

function otherChain({ host }: Endpoint, found: Identity, expected: Identity): ChainUnavailableError {
  const isOtherId = found.id !== expected.id;
  const what = isOtherId ? `the chain has id ${found.id}, not ${expected.id}` : 'the chain begins with another block 0';
  return new ChainUnavailableError(what, {
    at: host,
    remedy: 'check the RPC address and the chain id in tally.config.ts',
  });
}

function fail(cause: unknown, all: readonly Endpoint[]): never {
  throw chainFailure(cause, { what: 'connecting', at: all.map(({ host }) => host).join(', ') });
}
