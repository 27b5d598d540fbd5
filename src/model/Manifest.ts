/**
 * @module `manifest.json`, version 1: where a ceremony's key comes from, hash by hash, from the sources of a circuit to the
 * entry in the registry. Whoever has the sources, the phase 1 and the key can make the same manifest and compare. Its
 * form is in `schemas/manifest.schema.json`. All of it is public.
 */
import { ArtifactFormatError } from '../errors.ts';
import type { Parameters, ProgramKind } from './Computation.ts';
import { Hex } from './Hex.ts';
import { Json, type JsonObject, type JsonValue } from './Json.ts';
import { VerifyingKey } from './VerifyingKey.ts';

/** SHA-256 of a file's content, lower-case hex without prefix, and its length. */
type FileHash = { readonly sha256: string; readonly bytes: number };

export type Manifest = {
  readonly computation: {
    readonly name: string;
    readonly version: number;
    readonly size: string;
    readonly template: string;
    readonly parameters: Parameters;
  };
  /** The circom sources; `sha256` is over the canonical JSON of `files`. */
  readonly source: { readonly sha256: string; readonly files: readonly { name: string; sha256: string }[] };
  /** Compiler and flags. */
  readonly compiler: string;
  readonly r1cs: FileHash;
  readonly wasm: FileHash;
  /** BLAKE2b-512 of the file, and its name where it is one of the published ones. */
  readonly phase1: { readonly name: string | null; readonly power: number; readonly blake2b: string };
  readonly ceremony: {
    readonly circuitHash: string;
    readonly contributions: readonly {
      readonly name: string | null;
      readonly hash: string;
      readonly beacon: { readonly hash: string; readonly iterationsExponent: number } | null;
    }[];
  };
  /** `url` says where a key that is too large for a repository can be had. */
  readonly provingKey: FileHash & { readonly blake2b: string; readonly url: string | null };
  readonly verifyingKey: VerifyingKey;
  readonly registry: {
    readonly programId: Hex;
    readonly keyId: Hex;
    readonly keyClass: 'ceremony';
    readonly kind: ProgramKind;
    readonly signalCount: number;
  };
};

export const Manifest = {
  /** The form in the file. */
  toJson: ({ verifyingKey, ...manifest }: Manifest) => ({
    version: 1,
    ...manifest,
    verifyingKey: VerifyingKey.toJson(verifyingKey),
  }),

  /**
   * Parses one, and checks that its ids are those of its verifying key.
   * @throws ArtifactFormatError, ProofProtocolError
   */
  parse: (json: JsonValue, at: string): Manifest => {
    if (!Json.isObject(json) || json.version !== 1) {
      throw new ArtifactFormatError(`${at} is not a manifest of version 1`, { at });
    }
    const { version: _, ...rest } = json;
    const wrong = misshapen(rest, form);
    if (wrong !== undefined) throw new ArtifactFormatError(`${at} has a malformed ${wrong}`, { at: `${at}: ${wrong}` });
    const verifyingKey = VerifyingKey.parse(json.verifyingKey as JsonValue);
    const manifest = { ...rest, verifyingKey } as unknown as Manifest;
    const { keyId, keyClass, signalCount } = manifest.registry;
    const isOne =
      VerifyingKey.id(verifyingKey) === keyId &&
      (json.verifyingKey as JsonObject).keyId === keyId &&
      verifyingKey.keyClass === keyClass &&
      VerifyingKey.publicCount(verifyingKey) === signalCount;
    if (!isOne) throw new ArtifactFormatError(`${at} registers another key than it shows`, { at });
    return manifest;
  },

  /** Where two manifests differ, as paths such as `provingKey.sha256`. Where the key can be had is nobody's claim. */
  differences: (a: Manifest, b: Manifest): readonly string[] => {
    const comparable = (manifest: Manifest) => {
      const { url: _, ...provingKey } = manifest.provingKey;
      return Manifest.toJson({ ...manifest, provingKey: provingKey as Manifest['provingKey'] });
    };
    return differences(comparable(a), comparable(b), '');
  },
} as const;

/** A test of a value, members that must all be there and no others, or an array of such. */
type Form = ((value: unknown) => boolean) | { readonly [member: string]: Form } | readonly [Form];

const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isDigits = (length: number) => (value: unknown) =>
  typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const sha256 = isDigits(64);
const blake2b = isDigits(128);

const form: Form = {
  computation: {
    name: isText,
    version: isCount,
    size: isText,
    template: isText,
    parameters: (value) => Json.isObject(value) && Object.values(value).every(Number.isSafeInteger),
  },
  source: { sha256, files: [{ name: isText, sha256 }] },
  compiler: isText,
  r1cs: { sha256, bytes: isCount },
  wasm: { sha256, bytes: isCount },
  phase1: { name: isTextOrNull, power: isCount, blake2b },
  ceremony: { circuitHash: blake2b, contributions: [{ name: isTextOrNull, hash: blake2b, beacon: isBeaconOrNull }] },
  provingKey: { sha256, bytes: isCount, blake2b, url: isTextOrNull },
  verifyingKey: Json.isObject,
  registry: {
    programId: (value) => Hex.is(value, 32),
    keyId: (value) => Hex.is(value, 32),
    keyClass: (value) => value === 'ceremony',
    kind: (value) => ['generic', 'netting', 'disclosure', 'append', 'reconciliation'].includes(value as string),
    signalCount: isCount,
  },
};

function isBeaconOrNull(value: unknown): boolean {
  if (value === null) return true;
  const beacon = { hash: (hash: unknown) => typeof hash === 'string' && /^([0-9a-f]{2})+$/.test(hash) };
  return misshapen(value as JsonValue, { ...beacon, iterationsExponent: isCount }) === undefined;
}

/** The path of the first part that has not its form; undefined when all have. */
function misshapen(value: JsonValue | undefined, expected: Form, path = ''): string | undefined {
  if (typeof expected === 'function') return expected(value) ? undefined : path || 'manifest';
  if (Array.isArray(expected)) {
    if (!Array.isArray(value)) return path;
    return first(value.map((item, i) => misshapen(item, expected[0] as Form, `${path}[${i}]`)));
  }
  if (!Json.isObject(value)) return path || 'manifest';
  const members = expected as { readonly [member: string]: Form };
  const names = [...new Set([...Object.keys(members), ...Object.keys(value)])];
  return first(
    names.map((name) => {
      const inner = path === '' ? name : `${path}.${name}`;
      const form = Object.hasOwn(members, name) ? members[name] : undefined;
      if (!form || !Object.hasOwn(value, name)) return inner;
      return misshapen((value as JsonObject)[name], form, inner);
    }),
  );
}

function first(results: readonly (string | undefined)[]): string | undefined {
  return results.find((result) => result !== undefined);
}

function differences(a: unknown, b: unknown, path: string): string[] {
  if (Json.canonical(a) === Json.canonical(b)) return [];
  const isTree = [a, b].every((value) => typeof value === 'object' && value !== null);
  if (!isTree) return [path];
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names.flatMap((name) => differences(left[name] ?? null, right[name] ?? null, path ? `${path}.${name}` : name));
}
