/**
 * @module Proving keys and witnesses that no circuit stands behind: random or adversarial points and coefficients in
 * snarkjs' format. They prove nothing, but every prover must compute the same from them.
 */
import { Field, q, r } from '../../src/model/Field.ts';

export type SyntheticShape = {
  readonly domainBits: number;
  readonly wires: number;
  readonly publicCount: number;
  /** Coefficients per matrix. */
  readonly coefficients: number;
};

/** Rows of a section: 64 bytes per point of G1, 128 per point of G2, as `.zkey` files hold them. */
export type Points = { readonly g1: (index: number) => Uint8Array; readonly g2: (index: number) => Uint8Array };

/** A whole `.zkey`; `points` are asked for one after the other. */
export function syntheticKey(shape: SyntheticShape, points: Points, random: () => number): Uint8Array {
  const { wires, publicCount } = shape;
  const domainSize = 2 ** shape.domainBits;
  let next = 0;
  const g1 = (count: number) =>
    concat(
      Array.from({ length: count }, () => points.g1(next++)),
      64,
    );
  const g2 = (count: number) =>
    concat(
      Array.from({ length: count }, () => points.g2(next++)),
      128,
    );
  const header = concat([
    u32(32),
    Field.toBytesLE(q),
    u32(32),
    Field.toBytesLE(r),
    u32(wires),
    u32(publicCount),
    u32(domainSize),
    g1(2),
    g2(2),
    g1(1),
    g2(1),
  ]);
  const sections = [
    u32(1),
    header,
    g1(publicCount + 1),
    coefficientSection(shape, domainSize, random),
    g1(wires),
    g1(wires),
    g2(wires),
    g1(wires - publicCount - 1),
    g1(domainSize),
    concat([new Uint8Array(64), u32(0)]),
  ];
  const tagged = sections.flatMap((section, i) => [u32(i + 1), u64(section.length), section]);
  return concat([new TextEncoder().encode('zkey'), u32(1), u32(sections.length), ...tagged]);
}

/** A witness that begins with 1 and goes on as `next` says. */
export function syntheticWitness(wires: number, next: () => bigint): Uint8Array {
  return concat(Array.from({ length: wires }, (_, i) => Field.toBytesLE(i === 0 ? 1n : next())));
}

/** A scalar as real witnesses hold them: many zeros and ones, some small numbers, the rest anything. */
export function realisticScalar(random: () => number): bigint {
  const kind = random();
  if (kind < 0.3) return 0n;
  if (kind < 0.5) return 1n;
  if (kind < 0.53) return r - 1n;
  const word = () => BigInt(Math.floor(random() * 2 ** 32));
  if (kind < 0.6) return word();
  let value = 0n;
  for (let i = 0; i < 8; i++) value = (value << 32n) | word();
  return Field.from(value);
}

/** A reproducible source of numbers in [0, 1): Marsaglia's xorshift with 32 bits of state. */
export function numbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function coefficientSection(shape: SyntheticShape, domainSize: number, random: () => number): Uint8Array {
  const radixSquared = (1n << 512n) % r;
  const entries = new Uint8Array(4 + 2 * shape.coefficients * 44);
  const view = new DataView(entries.buffer);
  view.setUint32(0, 2 * shape.coefficients, true);
  for (let i = 0; i < 2 * shape.coefficients; i++) {
    const at = 4 + i * 44;
    view.setUint32(at, i % 2, true);
    view.setUint32(at + 4, Math.floor(random() * domainSize), true);
    view.setUint32(at + 8, Math.floor(random() * shape.wires), true);
    const kind = random();
    const value = kind < 0.4 ? 1n : kind < 0.7 ? r - 1n : BigInt(Math.floor(random() * 2 ** 32)) ** 7n % r;
    entries.set(Field.toBytesLE((value * radixSquared) % r), at + 12);
  }
  return entries;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

function concat(parts: readonly Uint8Array[], size?: number): Uint8Array {
  const total = size === undefined ? parts.reduce((sum, part) => sum + part.length, 0) : size * parts.length;
  const out = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
