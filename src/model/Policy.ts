/**
 * @module The versioned file of what an operator tolerates, `policy.json`, version 1. Every entry has a default, and the
 * hash of the whole says which rules a report was made by.
 */
import { stringToHex } from 'viem/utils';
import { PolicyError } from '../errors.ts';
import { Decimal } from './Decimal.ts';
import { Hex } from './Hex.ts';
import { Json, type JsonObject, type JsonValue } from './Json.ts';
import { SchemaVersion } from './SchemaVersion.ts';

export type ReconcilePolicy = {
  /** By how many units what was paid may differ from what was owed. */
  readonly tolerance: bigint;
  /** Seconds after the end of the value date (UTC) until which a payment is in time. */
  readonly lateSeconds: number;
  /** The drift of a window, in units of one asset, up to which it is tolerated. */
  readonly driftMax: bigint;
  /** A kind of break is systemic when it is in this many of so many consecutive windows. */
  readonly systemic: { readonly windows: number; readonly of: number };
  /** The token of an asset by the asset's number in the stream. */
  readonly tokens: Readonly<Record<string, Hex>>;
};

export type Policy = { readonly version: 1; readonly reconcile: ReconcilePolicy };

/** A century; a longer tolerance is a slip of the pen. */
const lateSecondsMax = 100 * 366 * 86_400;
const windowsMax = 1000;

export const Policy = {
  standard: {
    version: 1,
    reconcile: { tolerance: 0n, lateSeconds: 0, driftMax: 0n, systemic: { windows: 2, of: 3 }, tokens: {} },
  } satisfies Policy as Policy,

  /** @throws PolicyError, SchemaVersionError, JsonError, InputPrecisionError */
  parse: (text: string, source: string): Policy => {
    const json = Json.parse(text, source);
    if (!Json.isObject(json)) throw new PolicyError(`${source} is not an object`, { at: source });
    SchemaVersion.check(json, { versions: [1], at: source });
    const at = (name: string) => `${source} ${name}`;
    const { reconcile = {} } = requireKnown(json, ['version', 'reconcile'], source);
    const entries = requireObject(reconcile, at('reconcile'));
    const known = Object.keys(Policy.standard.reconcile);
    const { tolerance, lateSeconds, driftMax, systemic, tokens } = requireKnown(entries, known, at('reconcile'));
    const usual = Policy.standard.reconcile;
    return {
      version: 1,
      reconcile: {
        tolerance: tolerance === undefined ? usual.tolerance : units(tolerance, at('reconcile.tolerance')),
        lateSeconds:
          lateSeconds === undefined
            ? usual.lateSeconds
            : whole(lateSeconds, { min: 0, max: lateSecondsMax, at: at('reconcile.lateSeconds') }),
        driftMax: driftMax === undefined ? usual.driftMax : units(driftMax, at('reconcile.driftMax')),
        systemic: systemic === undefined ? usual.systemic : parseSystemic(systemic, at('reconcile.systemic')),
        tokens: tokens === undefined ? usual.tokens : parseTokens(tokens, at('reconcile.tokens')),
      },
    };
  },

  /** keccak256 of the canonical text, defaults included. */
  hash: (policy: Policy): Hex => Hex.keccak256(stringToHex(Json.canonical(policy))),
} as const;

function parseSystemic(value: JsonValue, at: string): ReconcilePolicy['systemic'] {
  const { windows, of } = requireKnown(requireObject(value, at), ['windows', 'of'], at);
  const span = whole(of, { min: 1, max: windowsMax, at: `${at}.of` });
  return { windows: whole(windows, { min: 1, max: span, at: `${at}.windows` }), of: span };
}

function parseTokens(value: JsonValue, at: string): ReconcilePolicy['tokens'] {
  const tokens = Object.entries(requireObject(value, at));
  for (const [asset, token] of tokens) {
    if (!/^(0|[1-9][0-9]{0,9})$/.test(asset) || Number(asset) >= 2 ** 32) {
      throw new PolicyError(`${at} has a name that is not the number of an asset`, { at });
    }
    if (!Hex.is(token, 20)) throw new PolicyError(`${at}.${asset} is not a lower-case address`, { at });
  }
  if (new Set(tokens.map(([, token]) => token)).size < tokens.length) {
    throw new PolicyError(`${at} gives one token two numbers`, { at });
  }
  return Object.fromEntries(tokens) as ReconcilePolicy['tokens'];
}

function units(value: JsonValue, at: string): bigint {
  const parsed = Decimal.parse(value);
  if (parsed === undefined) throw new PolicyError(`${at} is not a decimal string`, { at });
  return parsed;
}

function whole(
  value: JsonValue | undefined,
  { min, max, at }: { readonly min: number; readonly max: number; readonly at: string },
): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new PolicyError(`${at} is not a whole number from ${min} to ${max}`, { at });
}

function requireObject(value: JsonValue, at: string): JsonObject {
  if (!Json.isObject(value)) throw new PolicyError(`${at} is not an object`, { at });
  return value;
}

function requireKnown(object: JsonObject, names: readonly string[], at: string): JsonObject {
  const unknown = Object.keys(object).find((name) => !names.includes(name));
  if (unknown === undefined) return object;
  throw new PolicyError(`${at} has the unknown entry ${JSON.stringify(unknown)}`, {
    at,
    remedy: `known: ${names.join(', ')}`,
  });
}
