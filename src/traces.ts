/**
 * @module Sends spans to an OpenTelemetry collector, when OTEL_EXPORTER_OTLP_ENDPOINT names one, as JSON over HTTP. What
 * cannot be sent is dropped and counted: a collector that is slow or away never holds work up.
 */
import { randomBytes } from 'node:crypto';
import { ConfigError } from './errors.ts';
import type { Hex } from './model/Hex.ts';
import { type Attribute, type Span, Trace } from './model/Trace.ts';

export type SpanOptions = {
  /** Whose way it is a part of. */
  readonly statementId: Hex;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes?: Readonly<Record<string, Attribute>> | undefined;
  /** The code of the error that it ended with. */
  readonly error?: string | undefined;
  /** The span that it is part of; the statement's root span by default. `null`: it is the root itself. */
  readonly parentId?: string | null | undefined;
  /** Drawn with `spanId`, where others are to be part of it. */
  readonly spanId?: string | undefined;
};

export type Traces = {
  /** Takes a span that has ended. Returns at once. */
  readonly add: (span: SpanOptions) => void;
  /** Sends what is left. Never throws. */
  readonly close: () => Promise<void>;
};

/** Spans that wait to be sent; more are dropped. */
const waitingMax = 2_048;
const batchMax = 512;
const sendEveryMs = 2_000;
const sendTimeoutMs = 5_000;

/** The id of a span that others are to be part of. */
export function drawSpanId(): string {
  return randomBytes(8).toString('hex');
}

/**
 * The traces that the environment asks for; nothing when it names no collector. OTEL_EXPORTER_OTLP_ENDPOINT is the
 * collector's base address, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT the whole one, OTEL_EXPORTER_OTLP_HEADERS are `name=value`
 * pairs with commas between them, OTEL_SERVICE_NAME is `tallystick` by default.
 * @param onDropped told how many spans were dropped, and why
 * @throws ConfigError when the address is none
 */
export function createTraces(
  env: Readonly<Record<string, string | undefined>>,
  onDropped: (count: number, why: string) => void = () => {},
): Traces | undefined {
  const url = endpoint(env);
  if (!url) return undefined;
  const headers = { 'content-type': 'application/json', ...parseHeaders(env.OTEL_EXPORTER_OTLP_HEADERS) };
  const source = { service: env.OTEL_SERVICE_NAME || 'tallystick' };
  let waiting: Span[] = [];
  let sending = Promise.resolve();
  const post = async (spans: readonly Span[]) => {
    const signal = AbortSignal.timeout(sendTimeoutMs);
    const body = JSON.stringify(Trace.toOtlp(spans, source));
    const answer = await fetch(url, { method: 'POST', headers, body, signal }).catch((error: Error) => error.name);
    if (typeof answer === 'string') return onDropped(spans.length, answer);
    // Its content is of no use, but an unread body keeps the connection.
    await answer.arrayBuffer().catch(() => undefined);
    if (!answer.ok) onDropped(spans.length, `HTTP ${answer.status}`);
  };
  const send = () => {
    const spans = waiting;
    waiting = [];
    for (let at = 0; at < spans.length; at += batchMax) {
      sending = sending.then(() => post(spans.slice(at, at + batchMax)));
    }
    return sending;
  };
  const timer = setInterval(() => void send(), sendEveryMs);
  timer.unref();
  return {
    add: (span) => {
      if (waiting.length < waitingMax) waiting.push(toSpan(span));
      else onDropped(1, 'too many at once');
    },
    close: () => {
      clearInterval(timer);
      return send();
    },
  };
}

function toSpan({ statementId, parentId, spanId, attributes = {}, ...span }: SpanOptions): Span {
  const rootId = Trace.rootId(statementId);
  const ids = parentId === null ? { spanId: rootId } : { spanId: spanId ?? drawSpanId(), parentId: parentId ?? rootId };
  return {
    traceId: Trace.id(statementId),
    ...ids,
    ...span,
    attributes: { ...attributes, 'tally.statement': statementId },
  };
}

function endpoint(env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole, OTEL_EXPORTER_OTLP_ENDPOINT: base } = env;
  const text = whole || (base && `${base.replace(/\/$/, '')}/v1/traces`);
  if (!text) return undefined;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new ConfigError('the address of the trace collector is none', {
    at: whole ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT',
    remedy: 'name it as http://host:4318, or unset the variable',
  });
}

function parseHeaders(text = ''): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name.trim(), decodeURIComponent(value.join('=').trim())];
    }),
  );
}
