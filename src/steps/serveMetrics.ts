import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gauge, Registry } from 'prom-client';
import { connect } from '../chain/client.ts';
import { findRunning } from '../chain/services.ts';
import { TallyError, UsageError } from '../errors.ts';
import { type QueueGauges, readGauges } from '../jobs/gauges.ts';
import { isHalted } from './halt.ts';
import { openStore } from './openStore.ts';
import type { Toolbox } from './toolbox.ts';

export type ServeOptions = {
  readonly port: number;
  /** Whom to listen to; this machine only by default, because the numbers are for the operator. */
  readonly host?: string | undefined;
  /** Told once the port is open. */
  readonly onListening?: ((port: number) => void) | undefined;
};

const quantiles = [0.5, 0.9, 0.99] as const;
const scrapeTimeoutMs = 5_000;

/**
 * Serves Prometheus metrics of jobs, workers, outbox and chain on one port until the signal aborts: `/metrics`, and
 * `/healthz`, which says whether the database answers.
 * @throws UsageError when the port is taken, and what `openStore` throws
 */
export async function serveMetrics(
  toolbox: Toolbox,
  { port, host = '127.0.0.1', onListening }: ServeOptions,
): Promise<void> {
  const { store } = await openStore(toolbox);
  const { registry, update } = createMetrics(toolbox);
  const server = createServer((request, response) => {
    const answer = async () => {
      const gauges = await store.acrossTenants(readGauges);
      if (request.url === '/healthz') return send(response, 200, 'ok\n');
      update(gauges, await chainHead(toolbox));
      return send(response, 200, await registry.metrics(), registry.contentType);
    };
    if (request.method !== 'GET' || !['/metrics', '/healthz'].includes(request.url ?? '')) {
      send(response, 404, 'there are /metrics and /healthz here\n');
      return;
    }
    answer().catch((error) => send(response, 503, `${error instanceof TallyError ? error.code : 'internal'}\n`));
  });
  try {
    await listen(server, port, host);
    const bound = (server.address() as AddressInfo).port;
    toolbox.onProgress({ label: `metrics on http://${host}:${bound}/metrics` });
    onListening?.(bound);
    await aborted(toolbox.signal);
  } finally {
    server.closeAllConnections();
    server.close();
    await store.close();
  }
}

type Metrics = {
  readonly registry: Registry;
  readonly update: (gauges: QueueGauges, head: bigint | undefined) => void;
};

function createMetrics({ config }: Toolbox): Metrics {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const jobs = gauge('tally_jobs', 'Jobs by state', 'state');
  const attempts = gauge(
    'tally_attempts',
    'Attempts by state since the database began; failed and lost ones are retries',
    'state',
  );
  const outbox = gauge('tally_outbox', 'Transactions in the outbox by state', 'state');
  const workers = gauge('tally_workers', 'Workers that hold a job and have said so within 10 s');
  const oldest = gauge('tally_oldest_pending_seconds', 'Age of the oldest pending job');
  const wall = gauge('tally_attempt_wall_seconds', 'Wall time of the latest 1,000 attempts that were done', 'quantile');
  const halted = gauge('tally_halted', '1 while verifiers disagree and nothing is proven or sent');
  const head = gauge('tally_chain_head', 'Number of the latest block; absent when the chain does not answer');
  return {
    registry,
    update: (gauges, block) => {
      for (const [metric, values] of [
        [jobs, gauges.jobs],
        [attempts, gauges.attempts],
        [outbox, gauges.outbox],
      ] as const) {
        metric.reset();
        for (const [state, count] of Object.entries(values)) metric.set({ state }, count);
      }
      halted.set(isHalted(config) ? 1 : 0);
      workers.set(gauges.workers);
      oldest.set(gauges.oldestPendingSec);
      wall.reset();
      for (const quantile of gauges.wallMs.length > 0 ? quantiles : []) {
        const at = Math.min(gauges.wallMs.length - 1, Math.floor(quantile * gauges.wallMs.length));
        wall.set({ quantile: String(quantile) }, (gauges.wallMs[at] as number) / 1000);
      }
      head.remove();
      if (block !== undefined) head.set(Number(block));
    },
  };
}

/** Of the configured chain, or of the local one when it runs; looking does not start it. */
async function chainHead({ config }: Toolbox): Promise<bigint | undefined> {
  const local = config.chain.rpcUrls.length === 0 ? await findRunning(config.dataDir) : undefined;
  const rpcUrl = local ? [local.url] : config.chain.rpcUrls;
  if (rpcUrl.length === 0) return undefined;
  try {
    const { client } = await connect({ rpcUrl, chainId: config.chain.chainId, timeoutMs: scrapeTimeoutMs });
    return await client.getBlockNumber();
  } catch (error) {
    // A chain that does not answer is a fact to be shown, not a failure of this server.
    if (error instanceof TallyError || error instanceof Error) return undefined;
    throw error;
  }
}

function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new UsageError(`port ${port} of ${host} cannot be opened`, { remedy: 'choose another with --port', cause }),
      );
    });
    server.listen(port, host, () => resolve());
  });
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
