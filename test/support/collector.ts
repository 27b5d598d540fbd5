/** @module A trace collector as OpenTelemetry's would be: an HTTP server that takes spans in JSON, and keeps what it took. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type CollectedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code: number; readonly message: string };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
};

export type Collector = {
  readonly url: string;
  readonly requests: readonly { readonly path: string; readonly headers: object; readonly body: string }[];
  readonly spans: () => readonly CollectedSpan[];
  readonly stop: () => Promise<void>;
};

/** @param status what it answers to every request */
export async function startCollector(status = 200): Promise<Collector> {
  const requests: { path: string; headers: object; body: string }[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ path: `${request.url}`, headers: request.headers, body: await text(request) });
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    spans: () =>
      requests.flatMap(({ body }) =>
        JSON.parse(body).resourceSpans.flatMap((resource: { scopeSpans: { spans: CollectedSpan[] }[] }) =>
          resource.scopeSpans.flatMap(({ spans }) => spans),
        ),
      ),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
