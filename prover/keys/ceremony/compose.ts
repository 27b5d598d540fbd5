/**
 * @module The key before the first contribution, computed by the kernel: every point is a sum of a few points of the
 * phase 1's Lagrange bases (see qap.ts for the equations). Byte for byte what snarkjs' `zkey new` writes, which takes
 * minutes where this takes seconds.
 */
import { createHash, type Hash } from 'node:crypto';
import { r } from '../../../src/model/Field.ts';
import { domainSizeFor } from '../../artifacts/belongs.ts';
import { viewOf, writeU256 } from '../../artifacts/binary.ts';
import { type LinearCombination, R1cs } from '../../artifacts/r1cs.ts';
import type { Terms } from '../../engines/curveKernel.ts';
import { loadCurve } from '../../snarkjsRuntime.ts';
import { type GroupName, pointBytes } from '../fixedBase.ts';
import { checkNotAborted } from '../multiples.ts';
import { createZkeyImage, type ZkeyImage } from '../zkeyWriter.ts';
import type { Arithmetic } from './arithmetic.ts';
import { lagrangeBases } from './derived.ts';
import { pointAt } from './equations.ts';
import { type Phase1, phase1Section } from './phase1.ts';

type Combine = NonNullable<Arithmetic['combine']>;

/** In this order snarkjs writes the sections of a key. */
const sectionOrder = [1, 2, 4, 3, 9, 8, 5, 6, 7, 10];

/** Computes the initial key from a phase 1 that serves the circuit. @throws CancelledError */
export async function composeInitialKey(
  r1cs: R1cs,
  phase1: Phase1,
  { combine, signal }: { readonly combine: Combine; readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const size = domainSizeFor(r1cs);
  const image = createZkeyImage(r1cs, size, new Uint8Array(64), sectionOrder);
  const bases = lagrangeBases(phase1, size);
  await writeVerifyingPoints(image, phase1);
  image.points.h.set(bases.odd1);
  const step = async (group: GroupName, points: Uint8Array, terms: Terms): Promise<Uint8Array> => {
    // A call takes seconds where the circuit is large.
    await new Promise((resolve) => setImmediate(resolve));
    checkNotAborted(signal);
    return combine(group, points, terms);
  };
  const a = columns(r1cs, ({ a: row }) => [[row, 0]], { opens: 0 });
  image.points.a.set(await step('g1', bases.tau1, a));
  const b = columns(r1cs, ({ b: row }) => [[row, 0]]);
  image.points.b1.set(await step('g1', bases.tau1, b));
  image.points.b2.set(await step('g2', bases.tau2, b));
  const mixed = columns(
    r1cs,
    (row) => [
      [row.a, 0],
      [row.b, size],
      [row.c, 2 * size],
    ],
    { opens: 0 },
  );
  const sums = await step('g1', Buffer.concat([bases.beta1, bases.alpha1, bases.tau1]), mixed);
  image.points.ic.set(sums.subarray(0, image.points.ic.length));
  image.points.c.set(sums.subarray(image.points.ic.length));
  image.circuitHash.set(await hashPoints(image, phase1, combine));
  return image.bytes.slice();
}

/** alpha and beta are the phase 1's, gamma and delta the generators. */
async function writeVerifyingPoints({ points }: ZkeyImage, phase1: Phase1): Promise<void> {
  const { G1, G2 } = await loadCurve();
  points.alpha1.set(pointAt('g1', phase1Section(phase1, 4), 0));
  points.beta1.set(pointAt('g1', phase1Section(phase1, 5), 0));
  points.beta2.set(phase1Section(phase1, 6));
  points.gamma2.set(G2.gAffine);
  points.delta1.set(G1.gAffine);
  points.delta2.set(G2.gAffine);
}

type Row = ReturnType<R1cs['constraints']> extends Iterable<infer T> ? T : never;
/** The combinations of a constraint that count, each with the number of its basis' first point. */
type Pick = (row: Row) => readonly (readonly [terms: LinearCombination, first: number])[];

/**
 * The terms of each wire over the rows of the matrices that are picked. With `opens`, the constant and the public signals
 * have a row of their own each behind the constraints, in the basis that begins with that point.
 */
function columns(r1cs: R1cs, pick: Pick, { opens }: { readonly opens?: number } = {}): Terms {
  const starts = new Uint32Array(r1cs.wires + 1);
  const each = (visit: (wire: number, point: number, coefficient: bigint) => void): void => {
    let row = 0;
    for (const constraint of r1cs.constraints()) {
      for (const [terms, first] of pick(constraint)) {
        for (const [wire, coefficient] of terms) visit(wire, first + row, coefficient);
      }
      row++;
    }
    if (opens === undefined) return;
    for (let wire = 0; wire <= R1cs.publicCount(r1cs); wire++) visit(wire, opens + row++, 1n);
  };
  each((wire) => {
    starts[wire + 1] = (starts[wire + 1] as number) + 1;
  });
  for (let wire = 0; wire < r1cs.wires; wire++)
    starts[wire + 1] = (starts[wire + 1] as number) + (starts[wire] as number);
  const count = starts[r1cs.wires] as number;
  const [numbers, scalars, places] = [new Uint32Array(count), new Uint8Array(32 * count), starts.slice()];
  const view = viewOf(scalars);
  each((wire, point, coefficient) => {
    const place = places[wire] as number;
    places[wire] = place + 1;
    numbers[place] = point;
    writeU256(view, 32 * place, coefficient);
  });
  return { starts, numbers, scalars };
}

/** BLAKE2b-512 over all points, as snarkjs takes it: it names the circuit and its phase 1 in the transcript. */
async function hashPoints({ points }: ZkeyImage, phase1: Phase1, combine: Combine): Promise<Uint8Array> {
  const { G1, G2 } = await loadCurve();
  const hash = createHash('blake2b512');
  const { alpha1, beta1, beta2, gamma2, delta1, delta2 } = points;
  hash.update(await G1.batchLEMtoU(Buffer.concat([alpha1, beta1])));
  hash.update(await G2.batchLEMtoU(Buffer.concat([beta2, gamma2])));
  hash.update(await G1.batchLEMtoU(delta1.slice())).update(await G2.batchLEMtoU(delta2.slice()));
  const row = async (group: GroupName, bytes: Uint8Array): Promise<void> => {
    hash.update(bigEndian(bytes.length / pointBytes[group]));
    hash.update(await (group === 'g1' ? G1.batchLEMtoU(bytes.slice()) : G2.batchLEMtoU(bytes.slice())));
  };
  await row('g1', points.ic);
  await hashPowers(hash, phase1, { size: points.h.length / pointBytes.g1, combine });
  await row('g1', points.c);
  await row('g1', points.a);
  await row('g1', points.b1);
  await row('g2', points.b2);
  return hash.digest();
}

/** snarkjs reads the powers in chunks of so many points. */
const chunkPoints = 2 ** 14;

/**
 * For H, tau^i·(tau^size - 1) is hashed rather than the points of the key. snarkjs reads whole chunks, so from 2^15 rows on
 * it takes one point more than there are; in a file that is just large enough, that one lies behind the section's end, and
 * what its formulas make of those bytes goes into the hash as well.
 */
async function hashPowers(
  hash: Hash,
  phase1: Phase1,
  { size, combine }: { readonly size: number; readonly combine: Combine },
): Promise<void> {
  const { G1 } = await loadCurve();
  const powers = phase1Section(phase1, 2);
  hash.update(bigEndian(size - 1));
  const count = size - 1 <= chunkPoints ? size - 1 : Math.ceil((size - 1) / chunkPoints) * chunkPoints;
  const inside = Math.min(count, powers.length / pointBytes.g1 - size);
  hash.update(
    await G1.batchLEMtoU(combine('g1', powers.subarray(0, (inside + size) * pointBytes.g1), differences(inside, size))),
  );
  for (let i = inside; i < count; i++) {
    const at = powers.byteOffset - phase1.bytes.byteOffset;
    const point = (number: number) =>
      phase1.bytes.slice(at + number * pointBytes.g1, at + (number + 1) * pointBytes.g1);
    hash.update(await G1.batchLEMtoU(await G1.batchToAffine(G1.sub(point(i + size), point(i)))));
  }
}

/** The points with numbers distance + i minus those with numbers i. */
function differences(count: number, distance: number): Terms {
  const scalars = new Uint8Array(64 * count);
  const view = viewOf(scalars);
  for (let i = 0; i < count; i++) {
    writeU256(view, 64 * i, 1n);
    writeU256(view, 64 * i + 32, r - 1n);
  }
  return {
    starts: Uint32Array.from({ length: count + 1 }, (_, i) => 2 * i),
    numbers: Uint32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? distance : 0) + Math.floor(i / 2)),
    scalars,
  };
}

function bigEndian(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
