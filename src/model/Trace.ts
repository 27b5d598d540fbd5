/**
 * @module The way of a job as spans of time, in the words of OpenTelemetry. Whoever knows a statement knows its trace: the
 * trace's id is the first 16 bytes of the statement's, and its root span's the 8 after them. So processes that never talk
 * to one another tell parts of one story. Spans hold ids, times and codes, and nothing of an input.
 */
import type { Hex } from './Hex.ts';

export type Attribute = string | number | boolean;

export type Span = {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** The span that this one is part of; absent for the root. */
  readonly parentId?: string | undefined;
  readonly name: string;
  /** Milliseconds UTC since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The code of the error that it ended with. */
  readonly error?: string | undefined;
};

/** What all spans of a process have in common. */
export type TraceSource = { readonly service: string };

const statusError = 2;
const kindInternal = 1;

export const Trace = {
  /** The trace of a statement. */
  id: (statementId: Hex): string => statementId.slice(2, 34),

  /** The root span of a statement's trace. */
  rootId: (statementId: Hex): string => statementId.slice(34, 50),

  /** The body of an OTLP/HTTP request in JSON (opentelemetry-proto, `ExportTraceServiceRequest`). */
  toOtlp: (spans: readonly Span[], { service }: TraceSource): object => ({
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': service }) },
        scopeSpans: [{ scope: { name: 'tallystick' }, spans: spans.map(toOtlpSpan) }],
      },
    ],
  }),
} as const;

function toOtlpSpan({ traceId, spanId, parentId, name, startMs, endMs, attributes: given, error }: Span): object {
  return {
    ...{ traceId, spanId, ...(parentId === undefined ? {} : { parentSpanId: parentId }) },
    ...{
      name,
      kind: kindInternal,
      startTimeUnixNano: nanos(startMs),
      endTimeUnixNano: nanos(Math.max(startMs, endMs)),
    },
    attributes: attributes(error === undefined ? given : { ...given, 'error.type': error }),
    ...(error === undefined ? {} : { status: { code: statusError, message: error } }),
  };
}

function attributes(given: Readonly<Record<string, Attribute>>): readonly object[] {
  return Object.entries(given).map(([key, value]) => ({ key, value: toOtlpValue(value) }));
}

function toOtlpValue(value: Attribute): object {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  // 64-bit integers are strings in the JSON form.
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}
