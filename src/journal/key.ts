/**
 * @module The key that signs a journal's heads: one line of text in a file that only its owner can read, in the form of
 * Go's note package: `PRIVATE+KEY+<name>+<key id>+<base64 of type and seed>`. Its name is the journal's origin.
 */
import { hash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputFileError, JournalKeyError } from '../errors.ts';
import { Base64 } from '../model/Base64.ts';
import { isKeyName, NoteKey, type NoteSigner } from '../model/SignedNote.ts';
import { secretFile } from '../secretFile.ts';

const seedBytes = 32;
/** What the origins of those who have no name of their own begin with. */
const localOrigin = 'tallystick.local';

export type KeyOptions = {
  /** The folder of secrets. */
  readonly folder: string;
  readonly tenant: string;
  /** The journal's name when a key is made: a schema-less URL of one's own. */
  readonly origin?: string | undefined;
};

/**
 * The key of a tenant's journal, drawn from the operating system when there is none yet. Without a name of one's own the
 * journal is called after its key, so that no two have one name.
 * @throws JournalKeyError when the file is damaged, readable by others, or the name is not one for a key
 */
export async function openJournalKey({ folder, tenant, origin }: KeyOptions): Promise<NoteSigner> {
  if (origin !== undefined && !isKeyName(origin)) {
    throw new JournalKeyError(`${JSON.stringify(origin)} is not a name for a journal`, {
      remedy: 'use a name such as example.com/journal, without spaces and plus signs',
    });
  }
  const path = keyPath(folder, tenant);
  const make = () => {
    const seed = randomBytes(seedBytes);
    return format(NoteKey.fromSeed(origin ?? ownName(seed, tenant), seed));
  };
  const signer = parse(await readSecret(path, make), path);
  if (origin === undefined || origin === signer.key.name) return signer;
  throw new JournalKeyError(`the key is that of ${signer.key.name}, not of ${origin}`, { at: path });
}

/** Whether a tenant's journal has a key here. */
export function hasJournalKey({ folder, tenant }: KeyOptions): boolean {
  return existsSync(keyPath(folder, tenant));
}

async function readSecret(path: string, make: () => string): Promise<string> {
  try {
    return Buffer.from(await secretFile(path, make)).toString('utf8');
  } catch (cause) {
    if (!(cause instanceof InputFileError)) throw cause;
    throw new JournalKeyError(cause.shortMessage, { at: path, remedy: cause.remedy, cause });
  }
}

function parse(text: string, path: string): NoteSigner {
  const [, name, id, base64] = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+(\S+)\n$/.exec(text) ?? [];
  const bytes = base64 === undefined ? undefined : Base64.decode(base64);
  if (!name || !isKeyName(name) || bytes?.length !== 1 + seedBytes || bytes[0] !== 1) throw damaged(path);
  const signer = NoteKey.fromSeed(name, bytes.subarray(1));
  if (NoteKey.id(signer.key) !== Number.parseInt(id as string, 16)) throw damaged(path);
  return signer;
}

function format({ key, seed }: NoteSigner): string {
  const id = NoteKey.id(key).toString(16).padStart(8, '0');
  return `PRIVATE+KEY+${key.name}+${id}+${Base64.encode(Buffer.concat([Uint8Array.of(key.type), seed]))}\n`;
}

function ownName(seed: Uint8Array, tenant: string): string {
  const { publicKey } = NoteKey.fromSeed(localOrigin, seed).key;
  return `${localOrigin}/${hash('sha256', publicKey, 'hex').slice(0, 16)}/${tenant}`;
}

function keyPath(folder: string, tenant: string): string {
  return join(folder, `journal-${tenant}.key`);
}

function damaged(path: string): JournalKeyError {
  return new JournalKeyError('the journal’s key is damaged', {
    at: path,
    remedy: 'restore the file from a copy: only this key can go on signing this journal',
  });
}
