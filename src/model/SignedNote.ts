/**
 * @module Text with Ed25519 signatures, and the keys that verify them: c2sp.org/signed-note. Signature type 0x01 signs
 * the text itself, 0x04 is a witness's timestamped cosignature (`Checkpoint.ts`). Beware: until `verify` has returned,
 * the text of a note is nobody's word.
 */
import { createPrivateKey, createPublicKey, sign as ed25519Sign, verify as ed25519Verify, hash } from 'node:crypto';
import { CheckpointFormatError, CheckpointSignatureError } from '../errors.ts';
import { Base64 } from './Base64.ts';

export type SignedNote = {
  /** Ends with a line end; the signatures are over exactly this. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
};

export type NoteSignature = {
  readonly name: string;
  /** 4 bytes that tell the signer's keys and algorithms apart. */
  readonly keyId: number;
  readonly bytes: Uint8Array;
};

/** Who signs, how, and the public key. Its text form is a "vkey": `<name>+<key id>+<base64 of type and key>`. */
export type NoteKey = { readonly name: string; readonly type: SignatureType; readonly publicKey: Uint8Array };

/** 1: Ed25519 over the text · 4: a timestamped Ed25519 cosignature. */
export type SignatureType = 1 | 4;

/** A key with its other half; only `SignedNote.sign` looks into it. */
export type NoteSigner = { readonly key: NoteKey; readonly seed: Uint8Array };

/** The least that the specification lets a verifier accept. */
const signaturesMax = 16;
/** Room for 16 post-quantum signatures, of nearly 5 kB each. */
const noteCharsMax = 131_072;
const publicKeyBytes = 32;
const seedBytes = 32;
const keyIdBytes = 4;

export const SignedNote = {
  /** @throws CheckpointFormatError */
  parse: (note: string, at = 'the note'): SignedNote => {
    if (note.length > noteCharsMax) throw bad(`${at} is too long`, at);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a note must not have any but line ends.
    if (/[\0-\x09\x0b-\x1f]/.test(note)) throw bad(`${at} has control characters`, at);
    if (!note.isWellFormed()) throw bad(`${at} is not Unicode text`, at);
    const split = note.lastIndexOf('\n\n');
    if (split < 0 || !note.endsWith('\n')) throw bad(`${at} has no signatures below an empty line`, at);
    const lines = note.slice(split + 2, -1).split('\n');
    if (lines.length > signaturesMax) throw bad(`${at} has more than ${signaturesMax} signatures`, at);
    return { text: note.slice(0, split + 1), signatures: lines.map((line) => parseSignature(line, at)) };
  },

  format: ({ text, signatures }: SignedNote): string => `${text}\n${signatures.map(signatureLine).join('')}`,

  /** Signs a text, which must end with a line end. Ed25519 is deterministic: the same text, the same note. */
  sign: (text: string, { key, seed }: NoteSigner): NoteSignature => ({
    name: key.name,
    keyId: NoteKey.id(key),
    bytes: ed25519Sign(null, Buffer.from(text), privateKey(seed)),
  }),

  /**
   * Checks that a known key signed the note. Signatures of other keys are passed over; a bad one of this key counts
   * even beside a good one.
   * @throws CheckpointSignatureError
   */
  verify: ({ text, signatures }: SignedNote, key: NoteKey): void => {
    const own = SignedNote.signaturesBy(signatures, key);
    if (own.length === 0) throw new CheckpointSignatureError(`not signed by ${NoteKey.format(key)}`, { at: key.name });
    for (const { bytes } of own) {
      if (!isSignature(text, bytes, key)) {
        throw new CheckpointSignatureError(`the signature by ${key.name} does not hold`, { at: key.name });
      }
    }
  },

  /** Those that claim to be by a key. */
  signaturesBy: (signatures: readonly NoteSignature[], key: NoteKey): readonly NoteSignature[] => {
    const id = NoteKey.id(key);
    return signatures.filter(({ name, keyId }) => name === key.name && keyId === id);
  },
} as const;

export const NoteKey = {
  /** The first 4 bytes of SHA-256(name ‖ line end ‖ type ‖ public key), most significant first. */
  id: ({ name, type, publicKey }: NoteKey): number => {
    const bytes = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), publicKey]);
    return hash('sha256', bytes, 'buffer').readUInt32BE(0);
  },

  format: (key: NoteKey): string => {
    const id = NoteKey.id(key).toString(16).padStart(8, '0');
    return `${key.name}+${id}+${Base64.encode(Buffer.concat([Uint8Array.of(key.type), key.publicKey]))}`;
  },

  /** Parses a vkey; its id must follow from the rest. @throws CheckpointFormatError */
  parse: (text: string, at = 'the note key'): NoteKey => {
    const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
    const bytes = base64 === undefined ? undefined : Base64.decode(base64);
    const type = bytes?.[0];
    if (!name || !isKeyName(name) || bytes?.length !== 1 + publicKeyBytes || (type !== 1 && type !== 4)) {
      throw bad(`${at} is not a note key: <name>+<id>+<base64 of an Ed25519 key>`, at);
    }
    const key: NoteKey = { name, type, publicKey: bytes.subarray(1) };
    if (NoteKey.id(key) !== Number.parseInt(id as string, 16)) throw bad(`${at} has an id that is not its own`, at);
    return key;
  },

  /** The signer that 32 secret bytes make. @throws CheckpointFormatError when the name is not one for a key */
  fromSeed: (name: string, seed: Uint8Array): NoteSigner => {
    if (!isKeyName(name) || seed.length !== seedBytes) throw bad('not a name and a seed for a note key', name);
    const { x } = createPublicKey(privateKey(seed)).export({ format: 'jwk' });
    return { key: { name, type: 1, publicKey: Buffer.from(x as string, 'base64url') }, seed };
  },
} as const;

/** Whether an Ed25519 signature (RFC 8032) over a text holds. */
export function isSignature(text: string, signature: Uint8Array, { publicKey }: NoteKey): boolean {
  const x = Buffer.from(publicKey).toString('base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return ed25519Verify(null, Buffer.from(text), key, signature);
  } catch {
    // Not a point of the curve: nobody can have signed with it.
    return false;
  }
}

/** Names of keys, and of logs, which are the names of their keys. */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\s+\u0085]/u.test(name) && name.isWellFormed() && !hasControls(name);
}

function parseSignature(line: string, at: string): NoteSignature {
  const [, name, base64] = /^— (\S+) (\S+)$/.exec(line) ?? [];
  const bytes = base64 === undefined ? undefined : Base64.decode(base64);
  if (!name || !isKeyName(name) || !bytes || bytes.length <= keyIdBytes) {
    throw bad(`${at} has a line that is not a signature`, at);
  }
  return { name, keyId: Buffer.from(bytes).readUInt32BE(0), bytes: bytes.subarray(keyIdBytes) };
}

function signatureLine({ name, keyId, bytes }: NoteSignature): string {
  const id = Buffer.alloc(keyIdBytes);
  id.writeUInt32BE(keyId);
  return `— ${name} ${Base64.encode(Buffer.concat([id, bytes]))}\n`;
}

/** PKCS #8 of an Ed25519 key (RFC 8410): a fixed head, then the seed. */
function privateKey(seed: Uint8Array) {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  return createPrivateKey({ key: Buffer.concat([head, seed]), format: 'der', type: 'pkcs8' });
}

function hasControls(text: string): boolean {
  return [...text].some((character) => character < ' ');
}

function bad(what: string, at: string): CheckpointFormatError {
  return new CheckpointFormatError(what, { at });
}
