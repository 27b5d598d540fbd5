/**
 * @module The head of an append-only log: which log, how many entries, and the root of their Merkle tree, as
 * c2sp.org/tlog-checkpoint writes it, signed as a note; and the cosignatures of witnesses (c2sp.org/tlog-cosignature,
 * the Ed25519 kind). The anchor on chain is the SHA-256 of the unsigned text, which cosignatures do not change.
 */
import { hash } from 'node:crypto';
import { CheckpointFormatError, CheckpointSignatureError } from '../errors.ts';
import { Base64 } from './Base64.ts';
import { Decimal } from './Decimal.ts';
import type { Hex } from './Hex.ts';
import type { Hash } from './MerkleLog.ts';
import { isKeyName, isSignature, type NoteKey, type NoteSigner, SignedNote } from './SignedNote.ts';

export type Checkpoint = {
  /** The log's name, and the name of its key. */
  readonly origin: string;
  /** How many entries. */
  readonly size: number;
  readonly root: Hash;
};

/** A checkpoint and the note that it came in. */
export type SignedCheckpoint = { readonly checkpoint: Checkpoint; readonly note: SignedNote };

/** A witness's word that this was the largest consistent tree it knew. */
export type Cosignature = { readonly witness: string; readonly timeSec: number };

const rootBytes = 32;
const timestampBytes = 8;
const ed25519Bytes = 64;

export const Checkpoint = {
  /** The text that is signed: three lines. */
  text: ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${Base64.encode(root)}\n`,

  /** What is anchored on chain: SHA-256 of the text. */
  hash: (checkpoint: Checkpoint): Hex => `0x${hash('sha256', Checkpoint.text(checkpoint), 'hex')}`,

  /**
   * Parses the text of a checkpoint. Extension lines, which the specification advises against, are refused.
   * @throws CheckpointFormatError
   */
  parseText: (text: string, at = 'the checkpoint'): Checkpoint => {
    const [origin = '', decimal = '', base64 = '', ...rest] = text.split('\n');
    if (rest.length !== 1 || rest[0] !== '') throw bad(`${at} does not have exactly three lines`, at);
    if (!isKeyName(origin)) throw bad(`${at} has an origin that is not a name`, at);
    const size = Decimal.parse(decimal);
    if (size === undefined || size > BigInt(Number.MAX_SAFE_INTEGER)) throw bad(`${at} has no proper size`, at);
    const root = Base64.decode(base64);
    if (root?.length !== rootBytes) throw bad(`${at} has no root of ${rootBytes} bytes`, at);
    return { origin, size: Number(size), root };
  },

  /** Signs a checkpoint of the signer's own log, as note text. */
  sign: (checkpoint: Checkpoint, signer: NoteSigner): string => {
    if (signer.key.name !== checkpoint.origin) {
      throw new CheckpointSignatureError(`the key of ${signer.key.name} does not sign for ${checkpoint.origin}`);
    }
    const text = Checkpoint.text(checkpoint);
    return SignedNote.format({ text, signatures: [SignedNote.sign(text, signer)] });
  },

  /**
   * Parses a signed checkpoint and checks that the log's key signed it.
   * @throws CheckpointFormatError, CheckpointSignatureError
   */
  open: (text: string, key: NoteKey, at = 'the checkpoint'): SignedCheckpoint => {
    const note = SignedNote.parse(text, at);
    const checkpoint = Checkpoint.parseText(note.text, at);
    if (key.type !== 1 || key.name !== checkpoint.origin) {
      throw new CheckpointSignatureError(`${at} is of ${checkpoint.origin}, which is not whose key is given`, { at });
    }
    SignedNote.verify(note, key);
    return { checkpoint, note };
  },

  /**
   * The cosignature of a witness, verified; nothing when the witness did not cosign.
   * @throws CheckpointSignatureError when it does not hold, CheckpointFormatError when it is malformed
   */
  cosignature: ({ text, signatures }: SignedNote, witness: NoteKey): Cosignature | undefined => {
    if (witness.type !== 4) throw bad(`${witness.name} has no key for cosignatures`, witness.name);
    const [own] = SignedNote.signaturesBy(signatures, witness);
    if (!own) return undefined;
    if (own.bytes.length !== timestampBytes + ed25519Bytes) {
      throw bad(`the cosignature of ${witness.name} has not the length of one`, witness.name);
    }
    const timeSec = Buffer.from(own.bytes).readBigUInt64BE(0);
    if (timeSec > BigInt(Number.MAX_SAFE_INTEGER)) throw bad('the cosignature is of no time', witness.name);
    if (!isSignature(cosigned(text, timeSec), own.bytes.subarray(timestampBytes), witness)) {
      throw new CheckpointSignatureError(`the cosignature of ${witness.name} does not hold`, { at: witness.name });
    }
    return { witness: witness.name, timeSec: Number(timeSec) };
  },

  /** Whether two heads of one log cannot both be true: one size, two roots. */
  isFork: (a: Checkpoint, b: Checkpoint): boolean =>
    a.origin === b.origin && a.size === b.size && Buffer.compare(a.root, b.root) !== 0,
} as const;

/** What a witness signs. */
function cosigned(text: string, timeSec: bigint): string {
  return `cosignature/v1\ntime ${timeSec}\n${text}`;
}

function bad(what: string, at: string): CheckpointFormatError {
  return new CheckpointFormatError(what, { at });
}
