/** @module The part of JSON Schema (draft 2020-12) that our own schemas use; a keyword beyond it is an error. */

type Schema = { readonly [keyword: string]: unknown };

const known = new Set([
  ...['$schema', '$id', 'title', 'description', 'type', 'const', 'enum', 'pattern', 'minimum', 'maximum', 'anyOf'],
  ...['required', 'properties', 'additionalProperties', 'items', 'minItems', 'maxItems'],
]);

/** The paths at which a value is not what the schema says; empty when it is. */
export function schemaFaults(value: unknown, schema: Schema): string[] {
  const { $defs = {}, ...whole } = schema;
  return faultsOf(value, expand(whole, $defs as Definitions) as Schema, '$');
}

type Definitions = Readonly<Record<string, Schema>>;

/** Puts definitions in the place of references to them. */
function expand(node: unknown, definitions: Definitions): unknown {
  if (Array.isArray(node)) return node.map((item) => expand(item, definitions));
  if (typeof node !== 'object' || node === null) return node;
  const { $ref, ...rest } = node as Schema;
  const own = Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, expand(member, definitions)]));
  if ($ref === undefined) return own;
  const definition = definitions[String($ref).replace('#/$defs/', '')];
  if (!definition) throw new Error(`the schema has no ${$ref}`);
  return { ...(expand(definition, definitions) as Schema), ...own };
}

function faultsOf(value: unknown, schema: Schema, at: string): string[] {
  const unknown = Object.keys(schema).find((keyword) => !known.has(keyword));
  if (unknown !== undefined) throw new Error(`the schema uses "${unknown}" at ${at}`);
  if (schema.anyOf) {
    const faults = (schema.anyOf as Schema[]).map((option) => faultsOf(value, option, at));
    return faults.some(({ length }) => length === 0) ? [] : (faults[0] as string[]);
  }
  if ('const' in schema && value !== schema.const) return [at];
  if (schema.enum && !(schema.enum as unknown[]).includes(value)) return [at];
  if (schema.type !== undefined && ![schema.type].flat().includes(typeOf(value, schema.type))) return [at];
  if (typeof value === 'string' && schema.pattern && !new RegExp(schema.pattern as string).test(value)) return [at];
  if (typeof value === 'number' && value < ((schema.minimum as number | undefined) ?? -Infinity)) return [at];
  if (typeof value === 'number' && value > ((schema.maximum as number | undefined) ?? Infinity)) return [at];
  if (Array.isArray(value)) return arrayFaults(value, schema, at);
  return typeof value === 'object' && value !== null ? objectFaults(value, schema, at) : [];
}

function arrayFaults(value: readonly unknown[], schema: Schema, at: string): string[] {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, items } = schema as Record<string, never>;
  if (value.length < minItems || value.length > maxItems) return [at];
  return items ? value.flatMap((item, i) => faultsOf(item, items, `${at}[${i}]`)) : [];
}

function objectFaults(value: object, schema: Schema, at: string): string[] {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const missing = ((schema.required ?? []) as string[]).filter((name) => !Object.hasOwn(value, name));
  const members = Object.entries(value).flatMap(([name, member]) => {
    const inner = properties[name] ?? schema.additionalProperties ?? {};
    if (inner === false) return [`${at}.${name}`];
    return faultsOf(member, inner as Schema, `${at}.${name}`);
  });
  return [...missing.map((name) => `${at}.${name}`), ...members];
}

function typeOf(value: unknown, wanted: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) && [wanted].flat().includes('integer') ? 'integer' : typeof value;
}
