/**
 * @module Strict JSON (RFC 8259) for everything a person or another program hands in. Stricter than `JSON.parse`: no
 * duplicate keys, no byte-order mark, bounded nesting, and no number that a double cannot hold exactly. Integers beyond
 * 2^53 travel as decimal strings. Objects have no prototype, so a key such as `__proto__` is an ordinary key.
 */
import { parse, type ValueNode } from '@humanwhocodes/momoa';
import { InputPrecisionError, JsonError } from '../errors.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

/** Deeper than any file of ours; a guard for the parser's stack. */
export const jsonDepthMax = 64;

export const Json = {
  /**
   * Parses strict JSON text.
   * @param source what to call the text in an error, such as a file name or `line 7`
   * @throws JsonError, InputPrecisionError
   */
  parse: (text: string, source = 'input'): JsonValue => {
    checkText(text, source);
    return toValue(readTree(text, source), '', source);
  },

  /**
   * The same for a line of a long file: an object in the very form that `stringify` writes is read several times faster.
   * @throws JsonError, InputPrecisionError
   */
  parseLine: (text: string, source: string): JsonValue => readWritten(text) ?? Json.parse(text, source),

  isObject: (value: unknown): value is JsonObject =>
    typeof value === 'object' && value !== null && !Array.isArray(value),

  /** Text with bigints as decimal strings; keys in the order given. */
  stringify: (value: unknown, indent?: number): string =>
    JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item), indent),

  /**
   * Canonical text: keys sorted by UTF-16 units, no white space (RFC 8785), bigints as decimal strings.
   * @example Json.canonical({ b: 1n, a: [2n] }) // '{"a":["2"],"b":"1"}'
   */
  canonical: (value: unknown): string => {
    if (typeof value === 'bigint') return `"${value}"`;
    if (Array.isArray(value)) return `[${value.map(Json.canonical).join(',')}]`;
    if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value).filter(([, member]) => member !== undefined);
      members.sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${Json.canonical(member)}`).join(',')}}`;
    }
    return JSON.stringify(value);
  },
} as const;

/**
 * What the engine's own parser makes of a text, if writing it again gives that text: then no key was doubled and no
 * number rounded. Only flat objects of texts, exact integers and lists of texts; anything else is for the strict parser.
 */
function readWritten(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!Json.isObject(value) || !Object.values(value).every(isPlain)) return undefined;
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    // Malformed, or nested deeper than the stack: the strict parser says what is wrong.
    return undefined;
  }
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'string' || Number.isSafeInteger(value)) return true;
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function checkText(text: string, source: string): void {
  if (text.startsWith('\uFEFF')) {
    throw new JsonError(`${source} starts with a byte-order mark`, { remedy: 'save it as UTF-8 without BOM' });
  }
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === 0x5c) i++;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > jsonDepthMax) throw new JsonError(`${source} nests deeper than ${jsonDepthMax} levels`);
    } else if (unit === 0x5d || unit === 0x7d) depth--;
  }
}

function readTree(text: string, source: string): ValueNode {
  try {
    return parse(text, { mode: 'json' }).body;
  } catch (error) {
    // The parser's own text may quote the input, which may be private: keep its place only.
    const place = error as { line?: number; column?: number };
    const at = place.line === undefined ? source : `${source}:${place.line}:${place.column}`;
    throw new JsonError(`${source} is not valid JSON`, { at });
  }
}

function toValue(node: ValueNode, path: string, source: string): JsonValue {
  switch (node.type) {
    case 'Null':
      return null;
    case 'Boolean':
    case 'String':
      return node.value;
    case 'Number':
      if (!Number.isSafeInteger(node.value) || !Number.isInteger(node.value)) throw precision(path, source);
      return node.value;
    case 'Array':
      return node.elements.map((element, i) => toValue(element.value, `${path}[${i}]`, source));
    case 'Object': {
      const object: Record<string, JsonValue> = Object.create(null);
      for (const { name, value } of node.members) {
        const key = name.type === 'String' ? name.value : name.name;
        const at = path ? `${path}.${key}` : key;
        if (Object.hasOwn(object, key)) throw new JsonError(`${source} has the key "${key}" twice`, { at });
        object[key] = toValue(value, at, source);
      }
      return object;
    }
    default:
      throw new JsonError(`${source} has a value that JSON does not know`, { at: path });
  }
}

function precision(path: string, source: string): InputPrecisionError {
  return new InputPrecisionError(`${path || source} is not an integer that a JSON number carries exactly`, {
    at: path || source,
    remedy: 'write it as a decimal string, such as "18446744073709551615"',
  });
}
