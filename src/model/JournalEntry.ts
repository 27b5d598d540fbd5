/**
 * @module A row of the journal: what happened, as canonical bytes (RFC 8785 JSON, version 1). Entries hold commitments
 * and public facts only — ids, hashes, numbers of the chain — so that the whole journal can be shown to anybody. An entry
 * names its log and its own index, so that none can be moved, doubled or put into another log unseen.
 */
import { JournalEntryError } from '../errors.ts';
import { Decimal } from './Decimal.ts';
import { Field } from './Field.ts';
import { Hex } from './Hex.ts';
import { Json, type JsonObject, type JsonValue } from './Json.ts';

/** What a field of an event is. Amounts, names and inputs are not among these, on purpose. */
type FieldTypes = {
  /** 32 bytes: an id, a hash, a commitment. */
  readonly hash: Hex;
  readonly address: Hex;
  readonly count: number;
  /** An element of the field, such as a root or a commitment to positions; a decimal string in the file. */
  readonly element: bigint;
  readonly keyClass: 'development' | 'ceremony';
};

const onLedger = { chainId: 'count', ledger: 'address' } as const;
const ofWindow = { ...onLedger, stream: 'count', window: 'count' } as const;
const inBlock = { transaction: 'hash', block: 'count', blockHash: 'hash' } as const;

/** Every kind of event with its fields. A kind, once written, is never changed: a new one is added beside it. */
const kinds = {
  /** A job was taken in; its id is an HMAC under the tenant's key. */
  'job.accepted': { jobId: 'hash', programId: 'hash' },
  'job.proven': { jobId: 'hash', programId: 'hash', keyId: 'hash', statementId: 'hash' },
  'submission.signed': { chainId: 'count', intentId: 'hash', transaction: 'hash' },
  'submission.sent': { chainId: 'count', transaction: 'hash' },
  'submission.included': { chainId: 'count', ...inBlock },
  /** A block that held the transaction is no longer part of the chain. */
  'submission.reorged': { chainId: 'count', ...inBlock },
  'key.registered': {
    ...{ chainId: 'count', registry: 'address', programId: 'hash', keyId: 'hash', keyClass: 'keyClass' },
  },
  /** A row of the ledger: its number, the ledger's head with it, and with which key on which chain. */
  'statement.recorded': {
    ...{ ...onLedger, genesis: 'hash', programId: 'hash', statementId: 'hash', keyId: 'hash', keyClass: 'keyClass' },
    ...{ record: 'count', head: 'hash', ...inBlock, logIndex: 'count' },
  },
  'window.opened': { ...ofWindow, dateFrom: 'count', dateTo: 'count', commitDeadline: 'count' },
  'window.advanced': { ...ofWindow, statementId: 'hash', firstIndex: 'count', root: 'element', positions: 'element' },
  'window.closed': { ...ofWindow, next: 'count', root: 'element', positions: 'element' },
  'window.disclosed': { ...ofWindow, statementId: 'hash' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, keyof FieldTypes>>>>;

type Kinds = typeof kinds;
export type EventKind = keyof Kinds;

/** What happened, told apart by `kind`. */
export type JournalEvent = {
  readonly [K in EventKind]: { readonly kind: K } & {
    readonly [F in keyof Kinds[K]]: Kinds[K][F] extends keyof FieldTypes ? FieldTypes[Kinds[K][F]] : never;
  };
}[EventKind];

export type JournalEntry = {
  /** The log that the entry is in. */
  readonly origin: string;
  readonly index: number;
  /** When it was appended: milliseconds UTC since 1970. The index and not the time is the order. */
  readonly timeMs: number;
  readonly event: JournalEvent;
};

/** Far above what any event needs; c2sp.org/tlog-tiles could carry 16 times as much. */
const entryBytesMax = 4_096;
const version = 1;

export const JournalEntry = {
  /** The bytes that are hashed and stored. @throws JournalEntryError when a field is not what its kind says */
  toBytes: ({ origin, index, timeMs, event }: JournalEntry): Uint8Array => {
    const { kind, ...fields } = event;
    checkFields(kind, fields, `${kind}`);
    const bytes = Buffer.from(Json.canonical({ v: version, origin, index, timeMs, kind, fields }));
    if (bytes.length > entryBytesMax) throw new JournalEntryError(`an entry is longer than ${entryBytesMax} bytes`);
    return bytes;
  },

  /**
   * Parses the bytes of an entry, which must be exactly what `toBytes` writes.
   * @throws JournalEntryError
   */
  parse: (bytes: Uint8Array, at = 'the entry'): JournalEntry => {
    const json = readJson(bytes, at);
    const { v, origin, index, timeMs, kind, fields } = json;
    if (v !== version) throw bad(`${at} is not of version ${version}`, at);
    if (typeof origin !== 'string' || !isCount(index) || !isCount(timeMs) || !Json.isObject(fields)) {
      throw bad(`${at} lacks origin, index, time or fields`, at);
    }
    if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) throw bad(`${at} is of an unknown kind`, at);
    const event = { kind, ...readFields(kind as EventKind, fields, at) } as JournalEvent;
    const entry: JournalEntry = { origin, index, timeMs, event };
    if (Buffer.compare(JournalEntry.toBytes(entry), bytes) !== 0) throw bad(`${at} is not canonical`, at);
    return entry;
  },

  /** What an event is about, as a name to look it up by: `statement/0x…`, `job/0x…`, `transaction/0x…` and so on. */
  subject: (event: JournalEvent): string => {
    switch (event.kind) {
      case 'job.accepted':
        return `job/${event.jobId}`;
      case 'job.proven':
      case 'statement.recorded':
      case 'window.advanced':
      case 'window.disclosed':
        return JournalEntry.statementSubject(event.statementId);
      case 'submission.signed':
      case 'submission.sent':
      case 'submission.included':
      case 'submission.reorged':
        return `transaction/${event.transaction}`;
      case 'key.registered':
        return `key/${event.keyId}`;
      case 'window.opened':
      case 'window.closed':
        return `window/${event.chainId}/${event.ledger}/${event.stream}/${event.window}`;
    }
  },

  isSameEvent: (a: JournalEvent, b: JournalEvent): boolean => Json.canonical(a) === Json.canonical(b),

  statementSubject: (statementId: Hex): string => `statement/${statementId}`,
} as const;

function readJson(bytes: Uint8Array, at: string): JsonObject {
  if (bytes.length > entryBytesMax) throw bad(`${at} is longer than ${entryBytesMax} bytes`, at);
  try {
    const json = Json.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), at);
    if (Json.isObject(json)) return json;
  } catch (cause) {
    throw new JournalEntryError(`${at} is not canonical JSON`, { at, cause });
  }
  throw bad(`${at} is not an object`, at);
}

function readFields(kind: EventKind, json: JsonObject, at: string): Record<string, JsonValue | bigint> {
  const types: Readonly<Record<string, keyof FieldTypes>> = kinds[kind];
  const entries = Object.entries(json).map(([name, value]) => {
    if (types[name] !== 'element') return [name, value] as const;
    const element = Decimal.parse(value);
    if (element === undefined) throw bad(`${at}: ${name} is not a number`, at);
    return [name, element] as const;
  });
  const fields = Object.fromEntries(entries);
  checkFields(kind, fields, at);
  return fields;
}

function checkFields(kind: EventKind, fields: Readonly<Record<string, unknown>>, at: string): void {
  const types: Readonly<Record<string, keyof FieldTypes>> = kinds[kind];
  for (const [name, type] of Object.entries(types)) {
    if (!checks[type](fields[name])) throw bad(`${at}: ${name} of ${kind} is missing or not of type ${type}`, at);
  }
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(types, name));
  if (unknown !== undefined) throw bad(`${at}: ${kind} has no field "${unknown}"`, at);
}

const checks: Readonly<Record<keyof FieldTypes, (value: unknown) => boolean>> = {
  hash: (value) => Hex.is(value, 32),
  address: (value) => Hex.is(value, 20),
  count: isCount,
  element: Field.is,
  keyClass: (value) => value === 'development' || value === 'ceremony',
};

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function bad(what: string, at: string): JournalEntryError {
  return new JournalEntryError(what, { at });
}
