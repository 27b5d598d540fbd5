/**
 * @module The outbox on disk: one line of JSON for each step of a transaction's way, only ever appended to, each line
 * on the disk before the next step is taken. A line that was cut off by a crash was never acted upon and is dropped; a
 * damaged line before the last means that someone else wrote here, and nothing is sent any more.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OutboxFileError, OutboxWriteError, type RevertReason } from '../errors.ts';
import { Hex } from '../model/Hex.ts';
import { Json, type JsonObject, type JsonValue } from '../model/Json.ts';
import { createSlots } from './slots.ts';

/** The first line: whose transactions these are, and on which chain. */
export type OutboxHeader = { readonly chainId: number; readonly genesis: Hex; readonly address: Hex };

/** A transaction as it was signed. `raw` has everything, its data included. */
export type Signed = {
  readonly intentId: Hex;
  /** What it does, in words. */
  readonly what: string;
  /** Null for the creation of a contract. */
  readonly to: Hex | null;
  /** In wei. */
  readonly value: bigint;
  readonly nonce: number;
  /** The most it may cost, in wei, its value included. */
  readonly costMax: bigint;
  readonly raw: Hex;
  readonly hash: Hex;
};

/** What the chain made of it. */
export type Inclusion = {
  readonly block: number;
  readonly gasUsed: bigint;
  /** Wei per gas. */
  readonly effectiveGasPrice: bigint;
  /** The contract that it created. */
  readonly contract?: Hex | undefined;
};

export type OutboxRow =
  | ({ readonly state: 'signed' } & Signed)
  /** `replaced`: another transaction took its nonce, so it can never be included. */
  | { readonly state: 'sent' | 'replaced'; readonly intentId: Hex; readonly hash: Hex }
  | ({ readonly state: 'included'; readonly intentId: Hex; readonly hash: Hex } & Inclusion)
  | ({
      readonly state: 'failed';
      readonly intentId: Hex;
      readonly hash: Hex;
      readonly reason: RevertReason;
    } & Inclusion);

export type OutboxFile = {
  /** What was there when the file was opened. */
  readonly rows: readonly OutboxRow[];
  /** Resolves when the row is on the disk. @throws OutboxWriteError */
  readonly append: (row: OutboxRow) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Two million transactions; a longer outbox is archived by hand. */
const fileBytesMax = 2 ** 31;

/**
 * Opens the outbox of an account, or begins it.
 * @throws OutboxFileError when it is damaged or of another account or chain; OutboxWriteError
 */
export async function openOutboxFile(path: string, header: OutboxHeader): Promise<OutboxFile> {
  const handle = await openForAppend(path);
  try {
    const lines = await readLines(handle, path);
    if (lines.length === 0) await begin(handle, path, header);
    else checkHeader(parseLine(lines[0] as string, path, 1), header, path);
    const rows = lines.slice(1).map((line, i) => toRow(parseLine(line, path, i + 2), path, i + 2));
    return { rows, ...writer(handle, path) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function writer(handle: FileHandle, path: string): Pick<OutboxFile, 'append' | 'close'> {
  const inTurn = createSlots(1);
  let broken = false;
  const append = async (row: OutboxRow) => {
    if (broken) throw new OutboxWriteError('the outbox could not be written and was given up', { at: path });
    const { size } = await handle.stat();
    try {
      await handle.appendFile(line({ ...row, atMs: Date.now() }));
      await handle.sync();
    } catch (cause) {
      broken = true;
      // What is not surely on the disk counts as not written. Half a line would be dropped at the next opening anyway.
      await handle.truncate(size).catch(() => undefined);
      throw unwritable(path, cause);
    }
  };
  return { append: (row) => inTurn(() => append(row)), close: () => handle.close() };
}

async function openForAppend(path: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await open(path, 'a+', 0o600);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

async function begin(handle: FileHandle, path: string, header: OutboxHeader): Promise<void> {
  try {
    await handle.appendFile(line({ outbox: 1, ...header }));
    await handle.sync();
    if (process.platform === 'win32') return;
    // The file's name is on the disk only when its folder is.
    const folder = await open(dirname(path));
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** The complete lines; whatever follows the last line end is cut off. */
async function readLines(handle: FileHandle, path: string): Promise<string[]> {
  const { size } = await handle.stat();
  if (size > fileBytesMax) throw new OutboxFileError('the outbox is too large to read', { at: path });
  const bytes = Buffer.alloc(size);
  for (let filled = 0; filled < size; ) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) throw new OutboxFileError('the outbox shrank while it was read', { at: path });
    filled += bytesRead;
  }
  const complete = bytes.lastIndexOf(0x0a) + 1;
  if (complete < size) {
    await handle.truncate(complete);
    await handle.sync();
  }
  return bytes.subarray(0, complete).toString('utf8').split('\n').slice(0, -1);
}

function checkHeader(json: JsonObject, header: OutboxHeader, path: string): void {
  const { chainId, genesis, address } = header;
  const same = json.outbox === 1 && json.address === address && json.chainId === chainId && json.genesis === genesis;
  if (same) return;
  throw new OutboxFileError('the outbox belongs to another account, or to another chain with the same id', {
    at: path,
    details: [`expected account ${address} on chain ${chainId} with genesis ${genesis}`],
    remedy: 'move the file away if that chain is gone',
  });
}

function parseLine(text: string, path: string, number: number): JsonObject {
  try {
    const json = Json.parse(text, `${path}:${number}`);
    if (Json.isObject(json)) return json;
  } catch (cause) {
    throw damaged(path, number, cause);
  }
  throw damaged(path, number);
}

function toRow(json: JsonObject, path: string, number: number): OutboxRow {
  const { state, intentId, hash } = json;
  if (!Hex.is(intentId, 32) || !Hex.is(hash, 32)) throw damaged(path, number);
  const known = { intentId, hash };
  try {
    if (state === 'signed') return { state, ...known, ...toSigned(json) };
    if (state === 'sent' || state === 'replaced') return { state, ...known };
    if (state === 'included') return { state, ...known, ...toInclusion(json) };
    if (state === 'failed') return { state, ...known, ...toInclusion(json), reason: toReason(json.reason) };
  } catch (cause) {
    throw damaged(path, number, cause);
  }
  throw damaged(path, number);
}

function toSigned(json: JsonObject): Omit<Signed, 'intentId' | 'hash'> {
  return {
    what: String(json.what),
    to: json.to === null ? null : toHex(json.to, 20),
    value: BigInt(json.value as string),
    nonce: toCount(json.nonce),
    costMax: BigInt(json.costMax as string),
    raw: toHex(json.raw),
  };
}

function toInclusion(json: JsonObject): Inclusion {
  return {
    block: toCount(json.block),
    gasUsed: BigInt(json.gasUsed as string),
    effectiveGasPrice: BigInt(json.effectiveGasPrice as string),
    contract: json.contract === undefined ? undefined : toHex(json.contract, 20),
  };
}

function toReason(json: JsonValue | undefined): RevertReason {
  if (!Json.isObject(json) || typeof json.name !== 'string' || !Array.isArray(json.args)) throw new Error('no reason');
  return { name: json.name, args: json.args };
}

function toHex(json: JsonValue | undefined, bytes?: number): Hex {
  if (!Hex.is(json, bytes)) throw new Error('not a byte string');
  return json;
}

function toCount(json: JsonValue | undefined): number {
  if (typeof json !== 'number' || json < 0) throw new Error('not a count');
  return json;
}

function line(value: object): string {
  return `${Json.stringify(value)}\n`;
}

/** Wraps what the system says when it does not let us write. */
export function unwritable(path: string, cause: unknown): OutboxWriteError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  return new OutboxWriteError(`the outbox cannot be written: ${reason}`, {
    at: path,
    cause,
    remedy: 'see to the disk and the rights of the folder, then run the command again',
  });
}

function damaged(path: string, number: number, cause?: unknown): OutboxFileError {
  return new OutboxFileError('the outbox is damaged', {
    at: `${path}:${number}`,
    cause,
    remedy: 'restore the file from a copy: transactions that it lists may be on the chain already',
  });
}
