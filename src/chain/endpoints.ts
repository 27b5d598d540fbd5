/**
 * @module Several RPC endpoints of one chain as one. Questions go to one that answers, transactions to all, and what
 * decides — a receipt, a nonce, the latest block — is what most of those say that answer. One that is caught lying is
 * quarantined: it is not asked again by this process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BaseError,
  createPublicClient,
  custom,
  HttpRequestError,
  http,
  type PublicClient,
  TimeoutError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
  type Transport,
} from 'viem';
import { ChainUnavailableError } from '../errors.ts';
import type { Hex } from '../model/Hex.ts';

export type Endpoint = {
  /** Of its address, which as a whole may hold a provider's key. */
  readonly host: string;
  readonly client: PublicClient;
  /** Why it is not asked any more. */
  quarantined: string | undefined;
  /** Answers in a row that most others did not give. */
  strikes: number;
  /** Until when others are asked first, by this process' clock. */
  awayUntilMs: number;
  /** Whether it has shown that it serves the chain that is meant. */
  isChecked: boolean;
};

export type Endpoints = {
  readonly all: readonly Endpoint[];
  /** Looks at one before it is used the first time. @throws ChainUnavailableError when it serves another chain */
  readonly check: (endpoint: Endpoint) => Promise<void>;
};

/** How the account stands in the latest block, as most endpoints see it. */
export type Survey = { readonly head: number; readonly headHash: Hex; readonly used: number };

/** A receipt, or that there is none, or that the endpoints are not of one mind. */
export type Answer = { readonly receipt: TransactionReceipt | undefined; readonly isUnsure: boolean };

/** How long one that did not answer is asked last. */
const awayMs = 10_000;
const strikesMax = 5;
/** Three more rounds, 150, 300 and 600 ms apart, see a restart of a node through. */
const roundPausesMs = [150, 300, 600];

export function createEndpoint(url: string, timeoutMs: number): Endpoint {
  // The rounds over all endpoints are the retries.
  const transport = http(url, { timeout: timeoutMs, retryCount: 0 });
  const client = createPublicClient({ transport, cacheTime: 0 });
  return {
    ...{ host: new URL(url).host, client, quarantined: undefined },
    ...{ strikes: 0, awayUntilMs: 0, isChecked: false },
  };
}

/** Passes each question to the first endpoint that answers. */
export function anyOf({ all, check }: Endpoints): Transport {
  const request = async (question: Parameters<PublicClient['request']>[0]): Promise<unknown> => {
    for (let round = 0; ; round++) {
      let failure: unknown;
      for (const endpoint of inOrder(all)) {
        try {
          if (!endpoint.isChecked) await check(endpoint);
          return await endpoint.client.request(question);
        } catch (error) {
          if (!isAway(error) && endpoint.quarantined === undefined) throw error;
          failure = error;
          endpoint.awayUntilMs = Date.now() + awayMs;
        }
      }
      const pauseMs = roundPausesMs[round];
      if (pauseMs === undefined || failure === undefined) throw failure ?? nobodyLeft();
      await sleep(pauseMs);
    }
  };
  return custom({ request: request as never }, { retryCount: 0 });
}

/** Those that are asked, the ones that answered lately first. */
function inOrder(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const now = Date.now();
  const usable = endpoints.filter(({ quarantined }) => quarantined === undefined);
  return [
    ...usable.filter(({ awayUntilMs }) => awayUntilMs <= now),
    ...usable.filter(({ awayUntilMs }) => awayUntilMs > now),
  ];
}

/** Sends a signed transaction to all; one that takes it is enough. What the first said, when none does. */
export async function sendToAll(endpoints: Endpoints, raw: Hex): Promise<void> {
  const outcomes = await askAll(endpoints, ({ client }) => client.sendRawTransaction({ serializedTransaction: raw }));
  if (outcomes.some(({ status }) => status === 'fulfilled')) return;
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  // A refusal says more than silence.
  throw failures.find((error) => !isAway(error)) ?? failures[0] ?? nobodyLeft();
}

/** Where the account and the chain stand: what at least half of those that answer have reached. */
export async function survey(endpoints: Endpoints, address: Hex): Promise<Survey> {
  const outcomes = await askAll(endpoints, async ({ client }) => {
    const { number, hash } = await client.getBlock({ blockTag: 'latest' });
    const used = await client.getTransactionCount({ address, blockHash: hash });
    return { head: Number(number), headHash: hash, used };
  });
  const views = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (views.length === 0) throw firstFailure(outcomes);
  const middle = <T>(order: (view: Survey) => number, pick: (view: Survey) => T): T =>
    pick([...views].sort((a, b) => order(b) - order(a))[Math.floor(views.length / 2)] as Survey);
  const { head, headHash } = middle(
    (view) => view.head,
    (view) => view,
  );
  const used = middle(
    (view) => view.used,
    (view) => view.used,
  );
  return { head, headHash, used };
}

/** The receipt of a transaction, when most of the endpoints that answer give the same one. */
export async function findReceipt(endpoints: Endpoints, hash: Hex): Promise<Answer> {
  const outcomes = await askAll(endpoints, async ({ client }) => {
    try {
      return await client.getTransactionReceipt({ hash });
    } catch (error) {
      if (error instanceof TransactionReceiptNotFoundError) return undefined;
      throw error;
    }
  });
  const answers = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [{ endpoint: outcome.endpoint, receipt: outcome.value }] : [],
  );
  if (answers.length === 0) throw firstFailure(outcomes);
  const groups = [...Map.groupBy(answers, ({ receipt }) => fingerprint(receipt)).values()];
  const most = groups.find((group) => group.length * 2 > answers.length);
  const agreed = most?.[0];
  if (!most || !agreed) return { receipt: undefined, isUnsure: true };
  for (const { endpoint } of most) endpoint.strikes = 0;
  for (const { endpoint, receipt } of answers.filter((answer) => !most.includes(answer))) {
    strike(endpoint, { hash, said: receipt, agreed: agreed.receipt });
  }
  return { receipt: agreed.receipt, isUnsure: false };
}

type Contradiction = {
  readonly hash: Hex;
  readonly said: TransactionReceipt | undefined;
  readonly agreed: TransactionReceipt | undefined;
};

/** Knowing nothing yet is no lie; another receipt from the same block is one; from another block, when it stays so. */
function strike(endpoint: Endpoint, { hash, said, agreed }: Contradiction): void {
  if (said === undefined) return;
  endpoint.strikes += said.blockHash === agreed?.blockHash ? strikesMax : 1;
  if (endpoint.strikes < strikesMax) return;
  endpoint.quarantined = `it gave another receipt of ${hash} than the others`;
}

function fingerprint(receipt: TransactionReceipt | undefined): string {
  if (!receipt) return 'none';
  const { blockHash, status, gasUsed, effectiveGasPrice, contractAddress, logs } = receipt;
  const events = logs.map(({ address, topics, data }) => [address, ...topics, data].join());
  return [blockHash, status, gasUsed, effectiveGasPrice, contractAddress, ...events].join().toLowerCase();
}

type Asked<T> = PromiseSettledResult<T> & { readonly endpoint: Endpoint };

/** Asks all that can be relied upon; when none of them answers, again after a pause. */
async function askAll<T>(
  endpoints: Endpoints,
  question: (endpoint: Endpoint) => Promise<T>,
): Promise<readonly Asked<T>[]> {
  for (let round = 0; ; round++) {
    const asked = await presentOf(endpoints);
    const results = await Promise.allSettled(asked.map(question));
    const outcomes = results.map((result, i) => ({ ...result, endpoint: asked[i] as Endpoint }));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected' && isAway(outcome.reason)) outcome.endpoint.awayUntilMs = Date.now() + awayMs;
    }
    const pauseMs = roundPausesMs[round];
    const isSilent = outcomes.every((outcome) => outcome.status === 'rejected' && isAway(outcome.reason));
    if (!isSilent || asked.length === 0 || pauseMs === undefined) return outcomes;
    await sleep(pauseMs);
  }
}

/** Those that answered lately, or all when none did; one that was away is looked at again after a while. */
async function presentOf({ all, check }: Endpoints): Promise<readonly Endpoint[]> {
  const now = Date.now();
  const returning = all.filter(({ isChecked, awayUntilMs }) => !isChecked && awayUntilMs <= now);
  for (const endpoint of returning) {
    await check(endpoint).catch(() => {
      endpoint.awayUntilMs = Date.now() + awayMs;
    });
  }
  const usable = all.filter(({ quarantined, isChecked }) => quarantined === undefined && isChecked);
  const present = usable.filter(({ awayUntilMs }) => awayUntilMs <= now);
  return present.length > 0 ? present : usable;
}

function firstFailure(outcomes: readonly PromiseSettledResult<unknown>[]): unknown {
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  return failed?.reason ?? nobodyLeft();
}

function nobodyLeft(): ChainUnavailableError {
  return new ChainUnavailableError('none of the RPC endpoints can be relied upon', {
    remedy: 'see `tally doctor`, and name others in tally.config.ts',
  });
}

/** Whether the endpoint gave no answer, rather than one that we do not like. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  return error.walk((inner) => inner instanceof HttpRequestError || inner instanceof TimeoutError) !== null;
}
