/** @module What an operator should know of RPC endpoints: who is silent, who serves another chain, who tells of other blocks. */
import { createEndpoint, type Endpoint } from './endpoints.ts';

export type Inspected = {
  /** Of its address, which as a whole may hold a provider's key. */
  readonly host: string;
  readonly fault: string | undefined;
  readonly head: number | undefined;
};

/** A block so far behind the lowest head is no longer in dispute. */
const settledBlocks = 3;
const timeoutMs = 3_000;

/** Asks each endpoint by itself for its chain, its latest block, and one that all of them should have alike. */
export async function inspectEndpoints(urls: readonly string[], chainId: number): Promise<readonly Inspected[]> {
  const endpoints = urls.map((url) => createEndpoint(url, timeoutMs));
  const found = await Promise.all(endpoints.map((endpoint) => inspect(endpoint, chainId)));
  const heads = found.flatMap(({ head, fault }) => (head !== undefined && fault === undefined ? [head] : []));
  if (heads.length < 2) return found;
  const number = BigInt(Math.max(0, Math.min(...heads) - settledBlocks));
  const hashes = await Promise.all(
    endpoints.map(({ client }) =>
      client.getBlock({ blockNumber: number }).then(
        ({ hash }) => hash,
        () => undefined,
      ),
    ),
  );
  const groups = [...Map.groupBy(hashes.filter(Boolean), (hash) => hash).entries()];
  const agreed = groups.find(([, group]) => group.length * 2 > heads.length)?.[0];
  return found.map((each, i) => {
    const differs = each.fault === undefined && agreed !== undefined && hashes[i] !== agreed;
    return differs ? { ...each, fault: `gives another block ${number} than the others` } : each;
  });
}

async function inspect({ host, client }: Endpoint, chainId: number): Promise<Inspected> {
  try {
    const [id, number] = await Promise.all([client.getChainId(), client.getBlockNumber()]);
    return { host, head: Number(number), fault: id === chainId ? undefined : `serves chain ${id}, not ${chainId}` };
  } catch {
    return { host, head: undefined, fault: 'does not answer' };
  }
}
