/** @module The contributions that a `.zkey` carries in section 10: who changed delta, and with which transcript. */
import { type Cursor, elementBytes } from './binary.ts';

export type Contribution = {
  /** 0: by a person · 1: by a beacon. */
  readonly type: number;
  readonly name: string | undefined;
  /** Hash of all contributions before this one, 64 bytes. */
  readonly transcript: Uint8Array;
  /** delta in G1 after it, then the proof of knowledge, as stored; their pairings are the ceremony's to check. */
  readonly deltaAfter: Uint8Array;
  readonly proof: Uint8Array;
  readonly beacon: Beacon | undefined;
};

export type Beacon = { readonly hash: Uint8Array; readonly iterationsExponent: number };

export type Contributions = {
  /** BLAKE2b-512 over the points before the first contribution. */
  readonly circuitHash: Uint8Array;
  readonly count: number;
  readonly list: readonly Contribution[];
};

const g1Bytes = 2 * elementBytes;
const g2Bytes = 4 * elementBytes;
const hashBytes = 64;
/** deltaAfter, s and sx in G1, spx in G2, the transcript, type and length of the parameters. */
const contributionBytesMin = 3 * g1Bytes + g2Bytes + hashBytes + 8;

/** Reads section 10 to its end. @throws ArtifactTruncatedError, ArtifactFormatError */
export function readContributions(cursor: Cursor): Contributions {
  const circuitHash = cursor.take(hashBytes);
  const count = cursor.u32();
  if (count * contributionBytesMin > cursor.remaining) {
    throw cursor.malformed(`claims ${count} contributions in ${cursor.remaining} bytes`);
  }
  const list = Array.from({ length: count }, () => readContribution(cursor));
  cursor.end();
  return { circuitHash, count, list };
}

function readContribution(cursor: Cursor): Contribution {
  const deltaAfter = cursor.take(g1Bytes);
  const proof = cursor.take(2 * g1Bytes + g2Bytes);
  const transcript = cursor.take(hashBytes);
  const type = cursor.u32();
  if (type > 1) throw cursor.malformed(`has a contribution of the unknown type ${type}`);
  const { name, hash, iterationsExponent } = readParameters(cursor);
  const isBeacon = hash !== undefined && iterationsExponent !== undefined;
  if (isBeacon !== (type === 1)) throw cursor.malformed('has a contribution whose type and parameters disagree');
  return { type, name, transcript, deltaAfter, proof, beacon: isBeacon ? { hash, iterationsExponent } : undefined };
}

type Parameters = { name?: string; hash?: Uint8Array; iterationsExponent?: number };

/** Tagged values in ascending order of their tags: 1 name, 2 exponent of the iterations, 3 hash of the beacon. */
export function readParameters(cursor: Cursor): Parameters {
  const length = cursor.u32();
  const end = cursor.position + length;
  if (length > cursor.remaining) throw cursor.malformed(`claims ${length} bytes of parameters`);
  const parameters: Parameters = {};
  let last = 0;
  while (cursor.position < end) {
    const tag = cursor.u8();
    if (tag <= last || tag > 3) throw cursor.malformed('has unknown or unordered parameters in a contribution');
    last = tag;
    if (tag === 1) parameters.name = text(cursor.take(cursor.u8()));
    else if (tag === 2) parameters.iterationsExponent = cursor.u8();
    else parameters.hash = cursor.take(cursor.u8());
  }
  if (cursor.position !== end) throw cursor.malformed('has parameters that run past their length');
  return parameters;
}

/** TextDecoder takes no shared memory, hence the copy. */
function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.slice());
}
