/**
 * @module Keys on disk: one folder per key, named by its id, with `circuit.zkey`, `verification_key.json` and
 * `key.json`, which says what they are and pins the content of the proving key. A folder appears complete or not at
 * all, and is never changed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ArtifactFormatError, ArtifactMismatchError, InputPrecisionError, JsonError } from '../../src/errors.ts';
import { makeFolder, readTextBounded, renameDurably, writeFileAtomic } from '../../src/files.ts';
import { Hex } from '../../src/model/Hex.ts';
import { Json, type JsonObject, type JsonValue } from '../../src/model/Json.ts';
import type { Keys } from '../../src/model/Keys.ts';
import { VerifyingKey } from '../../src/model/VerifyingKey.ts';
import { Zkey } from '../artifacts/zkey.ts';
import { readPinned } from '../pinned.ts';
import { exportVerifyingKey } from './export.ts';

/** What `key.json` says. */
type KeyRecord = {
  readonly version: 1;
  /** Name and size of the circuit. */
  readonly circuit: string;
  readonly programId: Hex;
  readonly keyId: Hex;
  readonly class: VerifyingKey['keyClass'];
  readonly r1csSha256: string;
  readonly zkeySha256: string;
  readonly zkeyBytes: number;
  /** SHA-256 of a development key's seed, to tell seeds apart; null for a ceremony key. */
  readonly seedSha256: string | null;
  readonly createdBy: string;
};

/** What `openKeys` can compare with the circuit at hand. */
export type ExpectedCircuit = { readonly programId: Hex; readonly r1cs: { readonly sha256: string } };

const names = { zkey: 'circuit.zkey', verifyingKey: 'verification_key.json', record: 'key.json' } as const;
const jsonBytesMax = 2 ** 20;

/**
 * Opens a key folder: the proving key is the pinned one, well formed and safe, and all three files speak of one key.
 * @param circuit when given, the key must be of this program and constraint system
 * @throws ArtifactHashError, ArtifactFormatError, ArtifactMismatchError, UnsafeKeyError, InputFileError
 */
export async function openKeys(dir: string, circuit?: ExpectedCircuit): Promise<Keys> {
  const record = parseRecord(await readJson(join(dir, names.record)), dir);
  if (circuit) checkCircuit(record, circuit, dir);
  const { programId, keyId, zkeySha256, zkeyBytes } = record;
  const provingKey = { path: join(dir, names.zkey), sha256: zkeySha256, bytes: zkeyBytes };
  const zkey = Zkey.parse(await readPinned(provingKey), provingKey.path);
  const verifyingKey = exportVerifyingKey(zkey, record.class);
  const published = VerifyingKey.parse(await readJson(join(dir, names.verifyingKey)));
  const ids = [VerifyingKey.id(verifyingKey), VerifyingKey.id(published)];
  if (ids.some((id) => id !== record.keyId) || published.keyClass !== record.class) {
    throw new ArtifactMismatchError(`the files of ${dir} are not of one key`, {
      at: dir,
      remedy: 'make the keys again',
    });
  }
  return { programId, keyId, verifyingKey, provingKey };
}

/** Where a key belongs below a folder of keys. */
export function keyFolderPath(keysDir: string, circuit: string, keyId: Hex): string {
  return join(keysDir, `${circuit}-${keyId.slice(2, 18)}`);
}

export type KeyFiles = Omit<KeyRecord, 'version' | 'zkeySha256' | 'zkeyBytes' | 'keyId' | 'class'> & {
  readonly zkey: Uint8Array;
  readonly verifyingKey: VerifyingKey;
};

/** Writes a key folder, unless it is there: the first writer wins and all see the same bytes. Returns its path. */
export async function writeKeyFolder(keysDir: string, { zkey, verifyingKey, ...facts }: KeyFiles): Promise<string> {
  const keyId = VerifyingKey.id(verifyingKey);
  const record: KeyRecord = {
    version: 1,
    keyId,
    class: verifyingKey.keyClass,
    ...facts,
    zkeySha256: sha256(zkey),
    zkeyBytes: zkey.length,
  };
  const dir = keyFolderPath(keysDir, facts.circuit, keyId);
  const temporary = join(dirname(dir), `.${basename(dir)}.${randomBytes(6).toString('hex')}.tmp`);
  await makeFolder(temporary);
  try {
    await writeFileAtomic(join(temporary, names.zkey), zkey);
    await writeFileAtomic(join(temporary, names.verifyingKey), jsonText(VerifyingKey.toJson(verifyingKey)));
    await writeFileAtomic(join(temporary, names.record), jsonText(record));
    await renameDurably(temporary, dir);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  return dir;
}

/** Whether there are keys of a circuit, under whatever id. */
export async function hasKeysOf(keysDir: string, circuit: string): Promise<boolean> {
  const found = await readdir(keysDir).catch(() => []);
  return found.some((name) => name.startsWith(`${circuit}-`));
}

/** Whether there is something at the place of a key. */
export async function hasKeyFolder(dir: string): Promise<boolean> {
  return stat(dir).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Moves a damaged folder out of the way and says where to; its name no longer looks like a key's. */
export async function quarantineKeyFolder(dir: string): Promise<string> {
  const aside = `${dir}.damaged-${randomBytes(4).toString('hex')}`;
  await rename(dir, aside);
  return aside;
}

function checkCircuit(record: KeyRecord, circuit: ExpectedCircuit, dir: string): void {
  if (record.programId === circuit.programId && record.r1csSha256 === circuit.r1cs.sha256) return;
  throw new ArtifactMismatchError(`the keys in ${dir} were made for another circuit`, {
    at: dir,
    details: [`key: program ${record.programId}`, `circuit: program ${circuit.programId}`],
    remedy: 'make keys for this circuit',
  });
}

/** Our own JSON files are artifacts: damage in them is a bad artifact, not a bad input. */
async function readJson(path: string): Promise<JsonObject> {
  let value: JsonValue;
  try {
    value = Json.parse(await readTextBounded(path, jsonBytesMax), path);
  } catch (cause) {
    if (!(cause instanceof JsonError || cause instanceof InputPrecisionError)) throw cause;
    throw new ArtifactFormatError(`${path} is damaged`, { at: path, cause });
  }
  if (!Json.isObject(value)) throw new ArtifactFormatError(`${path} is not a JSON object`, { at: path });
  return value;
}

function parseRecord(json: JsonObject, dir: string): KeyRecord {
  const isText = (value: unknown): boolean => typeof value === 'string';
  const isSha256 = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
  const isSound =
    json.version === 1 &&
    isText(json.circuit) &&
    Hex.is(json.programId, 32) &&
    Hex.is(json.keyId, 32) &&
    (json.class === 'development' || json.class === 'ceremony') &&
    isSha256(json.r1csSha256) &&
    isSha256(json.zkeySha256) &&
    typeof json.zkeyBytes === 'number' &&
    (json.seedSha256 === null || isSha256(json.seedSha256)) &&
    isText(json.createdBy);
  if (isSound) return json as unknown as KeyRecord;
  const at = join(dir, names.record);
  throw new ArtifactFormatError(`${at} does not describe a key of version 1`, { at });
}

function jsonText(value: unknown): string {
  return `${Json.stringify(value, 2)}\n`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
