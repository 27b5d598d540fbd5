/** @module Writes a `.zkey` anew with another delta and one contribution more. See zkey.ts for the layout. */
import { Container, elementBytes } from '../../artifacts/binary.ts';
import type { Contribution } from '../../artifacts/contributions.ts';
import { pointBytes } from '../fixedBase.ts';

export type KeyChange = {
  /** Points as the file holds them. */
  readonly delta1: Uint8Array;
  readonly delta2: Uint8Array;
  readonly c: Uint8Array;
  readonly h: Uint8Array;
  readonly contribution: Contribution;
};

const { g1, g2 } = pointBytes;
/** Two primes with their lengths, three counts; then alpha and beta in G1, beta and gamma in G2. */
const deltaAt = 2 * (4 + elementBytes) + 12 + 2 * g1 + 2 * g2;
const hashBytes = 64;

/** The new file; everything that the change does not name is copied. */
export function rewriteKey(
  { bytes, source }: { readonly bytes: Uint8Array; readonly source: string },
  { delta1, delta2, c, h, contribution }: KeyChange,
): Uint8Array {
  const { sections } = Container.parse(bytes, source, { magic: 'zkey', version: 1 });
  const parts: Uint8Array[] = [bytes.subarray(0, 12)];
  for (const { id, bytes: old } of sections.values()) {
    const content = changed(id, old);
    const head = Buffer.alloc(12);
    head.writeUInt32LE(id, 0);
    head.writeBigUInt64LE(BigInt(content.length), 4);
    parts.push(head, content);
  }
  return new Uint8Array(Buffer.concat(parts));

  function changed(id: number, old: Uint8Array): Uint8Array {
    if (id === 2) return Buffer.concat([old.subarray(0, deltaAt), delta1, delta2]);
    if (id === 8) return c;
    if (id === 9) return h;
    if (id === 10) return appendContribution(old, contribution);
    return old;
  }
}

function appendContribution(section: Uint8Array, contribution: Contribution): Uint8Array {
  const count = Buffer.from(section.subarray(hashBytes, hashBytes + 4)).readUInt32LE(0);
  const { deltaAfter, proof, transcript, type } = contribution;
  const parameters = encodeParameters(contribution);
  return Buffer.concat([
    section.subarray(0, hashBytes),
    word(count + 1),
    section.subarray(hashBytes + 4),
    ...[deltaAfter, proof, transcript, word(type), word(parameters.length), parameters],
  ]);
}

/** Tag, length and value: 1 the name, 2 the beacon's exponent, which has no length, 3 its hash. */
function encodeParameters({ name, beacon }: Contribution): Uint8Array {
  const parts: Uint8Array[] = [];
  if (name !== undefined) {
    const text = new TextEncoder().encode(name);
    parts.push(Uint8Array.of(1, text.length), text);
  }
  if (beacon) parts.push(Uint8Array.of(2, beacon.iterationsExponent, 3, beacon.hash.length), beacon.hash);
  return Buffer.concat(parts);
}

function word(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}
