import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkBelongs } from '../../../prover/artifacts/belongs.ts';
import { Ptau } from '../../../prover/artifacts/ptau.ts';
import { R1cs } from '../../../prover/artifacts/r1cs.ts';
import { Wtns } from '../../../prover/artifacts/wtns.ts';
import { Zkey } from '../../../prover/artifacts/zkey.ts';
import { exportVerifyingKey } from '../../../prover/keys/export.ts';
import { TallyError } from '../../../src/errors.ts';
import { type Artifacts, loadArtifacts, sectionsOf } from '../../support/artifacts.ts';

let artifacts: Artifacts;
let product: R1cs;
beforeAll(async () => {
  artifacts = await loadArtifacts();
  product = R1cs.parse(await artifacts.read('product.r1cs'));
});

/** What a reader does with a file that it takes: everything that a number out of it could still derail. */
const readers: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
  'product.r1cs': (bytes) => {
    const r1cs = R1cs.parse(bytes);
    let terms = 0;
    for (const { a, b, c } of r1cs.constraints()) terms += a.length + b.length + c.length;
    for (let wire = 0; wire < r1cs.wires; wire++) r1cs.label(wire);
    expect(terms * 36).toBeLessThan(bytes.length);
  },
  'product.wtns': (bytes) => {
    const { count, values } = Wtns.parse(bytes);
    expect(values).toHaveLength(32 * count);
  },
  'beacon.zkey': (bytes) => {
    const zkey = Zkey.parse(bytes, 'key', { deep: true });
    exportVerifyingKey(zkey, 'ceremony');
    checkBelongs(zkey, product);
  },
  'prepared.ptau': (bytes) => Ptau.checkServes(Ptau.parse(bytes), { constraintCount: 3, publicCount: 2 }),
};

/** Lengths and counts at which readers stumble. */
const edges = [0n, 1n, 2n, 255n, 2n ** 16n, 2n ** 28n, 2n ** 30n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 64n - 1n];

type Bytes = Uint8Array<ArrayBuffer>;
type Change = (bytes: Bytes) => Bytes;

/** One change of a file; places are given as parts of its length, so that shrinking works. */
const change = (length: number): fc.Arbitrary<Change> => {
  // Most of what a file says of itself stands at its beginning or at that of a section.
  const place = fc.oneof(fc.nat(255), fc.nat(length - 1));
  return fc.oneof(
    fc.tuple(place, fc.nat(7)).map(([at, bit]) => edit((bytes) => flip(bytes, at, bit))),
    fc.tuple(place, fc.constantFrom(...edges), fc.constantFrom(4, 8)).map(([at, value, width]) =>
      edit((bytes) => {
        for (let i = 0; i < width && at + i < bytes.length; i++)
          bytes[at + i] = Number((value >> BigInt(8 * i)) & 255n);
      }),
    ),
    fc.tuple(fc.nat(9), fc.constantFrom(...edges)).map(
      ([i, value]) =>
        (bytes: Bytes) =>
          lengthen(bytes, i, value),
    ),
    fc.tuple(fc.nat(9), fc.nat(9)).map(
      ([i, j]) =>
        (bytes: Bytes) =>
          exchange(bytes, i, j),
    ),
    place.map((at) => (bytes: Bytes) => bytes.slice(0, at)),
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((tail) => (bytes: Bytes) => join([bytes, tail])),
    fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(([at, some]) =>
      edit((bytes) => {
        bytes.set(some.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
      }),
    ),
  );
};

describe.each(Object.entries(readers))('L1 to L23: %s', (name, read) => {
  test('however it is changed, it is taken or refused with exit code 4, and soon', async () => {
    const sound = await artifacts.read(name);
    read(sound);
    let refused = 0;
    fc.assert(
      fc.property(fc.array(change(sound.length), { minLength: 1, maxLength: 3 }), (changes) => {
        const bytes = changes.reduce((before, apply) => apply(before), sound);
        const error = outcome(() => read(bytes));
        if (error === undefined) return;
        refused++;
        expect(error).toBeInstanceOf(TallyError);
        expect(error).toMatchObject({ exitCode: 4 });
      }),
      { numRuns: 400, seed: 23 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  test('bytes that were never a file', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
        const magic = new TextEncoder().encode(name.slice(-4));
        for (const bytes of [tail, join([magic, tail]), join([magic, Uint8Array.of(1, 0, 0, 0), tail])]) {
          expect(outcome(() => read(bytes))).toMatchObject({ exitCode: 4 });
        }
      }),
      { numRuns: 200, seed: 24 },
    );
  });
});

function outcome(read: () => void): unknown {
  try {
    read();
    return undefined;
  } catch (error) {
    return error;
  }
}

function edit(write: (bytes: Bytes) => void): Change {
  return (bytes) => {
    const copy = bytes.slice();
    write(copy);
    return copy;
  };
}

function flip(bytes: Uint8Array, at: number, bit: number): void {
  if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << bit);
}

/** The sections that can still be told apart in a file that was changed before. */
function places(bytes: Uint8Array) {
  try {
    return sectionsOf(bytes).filter(({ at, length }) => at + length <= bytes.length);
  } catch {
    return [];
  }
}

function lengthen(bytes: Bytes, i: number, length: bigint): Bytes {
  const place = places(bytes)[i];
  if (!place) return bytes;
  const copy = bytes.slice();
  new DataView(copy.buffer).setBigUint64(place.lengthAt, length, true);
  return copy;
}

/** Gives one section the content of another, with its length. */
function exchange(bytes: Bytes, i: number, j: number): Bytes {
  const [one, two] = [places(bytes)[i], places(bytes)[j]];
  if (!one || !two) return bytes;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(two.length));
  const [before, after] = [bytes.subarray(0, one.lengthAt), bytes.subarray(one.at + one.length)];
  return join([before, length, bytes.subarray(two.at, two.at + two.length), after]);
}

function join(parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}
