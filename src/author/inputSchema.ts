import type { Circuit } from '../model/Circuit.ts';
import type { Signal } from '../model/Computation.ts';

/** JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown };

export const draft = 'https://json-schema.org/draft/2020-12/schema';

/**
 * The JSON Schema of a computation's input file at one size. It knows types, shapes and signs; a range beyond 2^53 is
 * checked by the program alone.
 */
export function inputSchema({ name, size, signals }: Pick<Circuit, 'name' | 'size' | 'signals'>): JsonSchema {
  return {
    $schema: draft,
    title: `Input of ${name} (${size})`,
    type: 'object',
    properties: Object.fromEntries(signals.map((signal) => [signal.name, signalSchema(signal)])),
    // The context is filled in for the deployed ledger.
    required: signals.filter(({ name, result }) => !result && name !== 'context').map(({ name }) => name),
    additionalProperties: false,
  };
}

function signalSchema(signal: Signal): JsonSchema {
  const { min, max, unit, result, dimensions } = signal;
  const says = [
    `${min} to ${max}${unit ? ` ${unit}` : ''}`,
    ...(result ? ['a result: worked out by the reference when it is left out'] : []),
  ];
  const array = dimensions
    .toReversed()
    .reduce<JsonSchema>(
      (items, length) => ({ type: 'array', items, minItems: length, maxItems: length }),
      scalarSchema(signal),
    );
  return { description: says.join('; '), ...array };
}

function scalarSchema({ min, max, hex }: Signal): JsonSchema {
  const decimal = min < 0n ? '^(0|-?[1-9][0-9]*)$' : '^(0|[1-9][0-9]*)$';
  const safe = (value: bigint) => value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return {
    anyOf: [
      {
        type: 'integer',
        minimum: safe(min) ? Number(min) : Number.MIN_SAFE_INTEGER,
        maximum: safe(max) ? Number(max) : Number.MAX_SAFE_INTEGER,
      },
      { type: 'string', pattern: hex ? `${decimal}|^0x[0-9a-f]+$` : decimal },
    ],
  };
}
