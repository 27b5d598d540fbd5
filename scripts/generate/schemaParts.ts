/** @module What JSON Schemas of this project are made of. */

export type Schema = { readonly [keyword: string]: unknown };

export const text: Schema = { type: 'string' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const decimal: Schema = { type: 'string', pattern: '^(0|[1-9][0-9]*)$' };
export const hash: Schema = { type: 'string', pattern: '^0x[0-9a-f]{64}$' };
export const address: Schema = { type: 'string', pattern: '^0x[0-9a-f]{40}$' };
export const sha256: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' };

/** All members are required but those that are named, and there are no others. */
export function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, properties, additionalProperties: false };
}

/** An array of any length, or of one. */
export function list(items: Schema, length?: number): Schema {
  return { type: 'array', items, ...(length === undefined ? {} : { minItems: length, maxItems: length }) };
}
