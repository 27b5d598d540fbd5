/** @module Lays out a `.zkey` in shared memory, so that threads write their points straight into the file's bytes. */
import { q, r } from '../../src/model/Field.ts';
import { elementBytes, viewOf, writeU256 } from '../artifacts/binary.ts';
import { type LinearCombination, R1cs } from '../artifacts/r1cs.ts';
import { coefficientBytes, toCoefficientForm } from '../artifacts/zkey.ts';
import { pointBytes } from './fixedBase.ts';

export type ZkeyImage = {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** 64 bytes of the contributions section. */
  readonly circuitHash: Uint8Array;
  /** Where the points belong, one view per kind; the verifying points one by one. */
  readonly points: {
    readonly alpha1: Uint8Array;
    readonly beta1: Uint8Array;
    readonly beta2: Uint8Array;
    readonly gamma2: Uint8Array;
    readonly delta1: Uint8Array;
    readonly delta2: Uint8Array;
    readonly ic: Uint8Array;
    readonly a: Uint8Array;
    readonly b1: Uint8Array;
    readonly b2: Uint8Array;
    readonly c: Uint8Array;
    readonly h: Uint8Array;
  };
};

const { g1, g2 } = pointBytes;
const fileHeaderBytes = 12;
const sectionHeaderBytes = 12;
const primesBytes = 2 * (4 + elementBytes);
const headerBytes = primesBytes + 12 + 3 * g1 + 3 * g2;
const contributionsBytes = 64 + 4;

/**
 * Writes everything but the points: primes, counts, the coefficients of A and B, and a contributions section that is
 * empty but for `circuitHash` (64 bytes). The sections lie in ascending order where no other is asked for.
 */
export function createZkeyImage(
  r1cs: R1cs,
  domainSize: number,
  circuitHash: Uint8Array,
  order: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
): ZkeyImage {
  const publicCount = R1cs.publicCount(r1cs);
  const lengths: Readonly<Record<number, number>> = {
    1: 4,
    2: headerBytes,
    3: (publicCount + 1) * g1,
    4: 4 + countCoefficients(r1cs) * coefficientBytes,
    5: r1cs.wires * g1,
    6: r1cs.wires * g1,
    7: r1cs.wires * g2,
    8: (r1cs.wires - publicCount - 1) * g1,
    9: domainSize * g1,
    10: contributionsBytes,
  };
  const { bytes, section } = createContainer(order.map((id) => ({ id, length: lengths[id] as number })));
  viewOf(section(1)).setUint32(0, 1, true);
  writeCounts(section(2), [r1cs.wires, publicCount, domainSize]);
  writeCoefficients(section(4), r1cs);
  section(10).set(circuitHash);
  const points = { ic: section(3), a: section(5), b1: section(6), b2: section(7), c: section(8), h: section(9) };
  return { bytes, circuitHash: section(10).subarray(0, 64), points: { ...headerPoints(section(2)), ...points } };
}

/** A file in shared memory with magic, version and the sections of a table. */
function createContainer(table: readonly { readonly id: number; readonly length: number }[]) {
  const total = table.reduce((sum, { length }) => sum + sectionHeaderBytes + length, fileHeaderBytes);
  const bytes = new Uint8Array(new SharedArrayBuffer(total));
  const view = viewOf(bytes);
  bytes.set(new TextEncoder().encode('zkey'));
  view.setUint32(4, 1, true);
  view.setUint32(8, table.length, true);
  const sections = new Map<number, Uint8Array>();
  let at = fileHeaderBytes;
  for (const { id, length } of table) {
    view.setUint32(at, id, true);
    view.setBigUint64(at + 4, BigInt(length), true);
    at += sectionHeaderBytes;
    sections.set(id, bytes.subarray(at, at + length));
    at += length;
  }
  return { bytes, section: (id: number): Uint8Array => sections.get(id) as Uint8Array };
}

function writeCounts(header: Uint8Array, counts: readonly number[]): void {
  const view = viewOf(header);
  for (const [i, prime] of [q, r].entries()) {
    view.setUint32(i * (4 + elementBytes), elementBytes, true);
    writeU256(view, i * (4 + elementBytes) + 4, prime);
  }
  for (const [i, count] of counts.entries()) view.setUint32(primesBytes + 4 * i, count, true);
}

/** The verifying points follow the counts: alpha and beta in G1, beta and gamma in G2, delta in both. */
function headerPoints(header: Uint8Array) {
  let at = primesBytes + 12;
  const next = (length: number): Uint8Array => {
    at += length;
    return header.subarray(at - length, at);
  };
  return {
    alpha1: next(g1),
    beta1: next(g1),
    beta2: next(g2),
    gamma2: next(g2),
    delta1: next(g1),
    delta2: next(g2),
  };
}

function countCoefficients(r1cs: R1cs): number {
  let count = R1cs.publicCount(r1cs) + 1;
  for (const { a, b } of r1cs.constraints()) count += a.length + b.length;
  return count;
}

/** The terms of A and B row by row, times 2^512 mod r; then the rows of the constant and the public signals. */
function writeCoefficients(section: Uint8Array, r1cs: R1cs): void {
  const view = viewOf(section);
  let at = 4;
  const write = (matrix: number, row: number, terms: LinearCombination): void => {
    for (const [wire, coefficient] of terms) {
      view.setUint32(at, matrix, true);
      view.setUint32(at + 4, row, true);
      view.setUint32(at + 8, wire, true);
      writeU256(view, at + 12, toCoefficientForm(coefficient));
      at += coefficientBytes;
    }
  };
  let row = 0;
  for (const { a, b } of r1cs.constraints()) {
    write(0, row, a);
    write(1, row, b);
    row++;
  }
  for (let wire = 0; wire <= R1cs.publicCount(r1cs); wire++, row++) write(0, row, [[wire, 1n]]);
  view.setUint32(0, (at - 4) / coefficientBytes, true);
}
