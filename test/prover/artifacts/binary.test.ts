import { beforeAll, describe, expect, test } from 'vitest';
import { Ptau } from '../../../prover/artifacts/ptau.ts';
import { R1cs } from '../../../prover/artifacts/r1cs.ts';
import { Wtns } from '../../../prover/artifacts/wtns.ts';
import { Zkey } from '../../../prover/artifacts/zkey.ts';
import {
  ArtifactCurveError,
  ArtifactFormatError,
  ArtifactTruncatedError,
  ArtifactVersionError,
  TallyError,
} from '../../../src/errors.ts';
import { q, r } from '../../../src/model/Field.ts';
import { Json } from '../../../src/model/Json.ts';
import { type Artifacts, littleEndian, loadArtifacts, patched, sectionsOf } from '../../support/artifacts.ts';

/** The bound of the acceptance matrix. What is refused at once on an idle machine has much room below it. */
const limitMs = 2_000;

const formats = [
  {
    name: 'zkey',
    file: 'product.zkey',
    parse: Zkey.parse,
    header: 2,
    primes: [
      { at: 4, value: q },
      { at: 40, value: r },
    ],
  },
  { name: 'wtns', file: 'product.wtns', parse: Wtns.parse, header: 1, primes: [{ at: 4, value: r }] },
  { name: 'r1cs', file: 'product.r1cs', parse: R1cs.parse, header: 1, primes: [{ at: 4, value: r }] },
  { name: 'ptau', file: 'prepared.ptau', parse: Ptau.parse, header: 1, primes: [{ at: 4, value: q }] },
] as const;

let artifacts: Artifacts;
beforeAll(async () => {
  artifacts = await loadArtifacts();
});

describe.each(formats)('$name', ({ file, parse, header, primes }) => {
  let bytes: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    bytes = await artifacts.read(file);
  });

  test('default: a sound file parses, in shared memory too', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const summary = (value: object) => Json.stringify({ ...value, sections: undefined, values: undefined });
    expect(summary(parse(shared, file))).toBe(summary(parse(bytes, file)));
  });

  test('L1 an empty file is truncated', () => {
    expect(refusal(() => parse(new Uint8Array(0), file))).toBeInstanceOf(ArtifactTruncatedError);
  });

  test('L2 a wrong magic and a text file are of no known format', () => {
    const text = new TextEncoder().encode('{"this is":"a text file, not an artifact"}\n'.repeat(20));
    expect(refusal(() => parse(text, file))).toBeInstanceOf(ArtifactFormatError);
    expect(refusal(() => parse(withBytes(bytes, 0, 4, 0x20202020n), file))).toBeInstanceOf(ArtifactFormatError);
  });

  test('L3 an unknown version is refused by name', () => {
    for (const version of [0n, 3n, 2n ** 32n - 1n]) {
      expect(refusal(() => parse(withBytes(bytes, 4, 4, version), file))).toBeInstanceOf(ArtifactVersionError);
    }
  });

  test('L4 a section count of 2^32 − 1 is refused at once', () => {
    expect(refusal(() => parse(withBytes(bytes, 8, 4, 2n ** 32n - 1n), file))).toBeInstanceOf(ArtifactFormatError);
  });

  test('L5 a section length of 0 or a huge one is refused at once', () => {
    for (const { lengthAt, length } of sectionsOf(bytes)) {
      for (const wrong of [0n, BigInt(length) - 1n, BigInt(length) + 1n, 2n ** 40n, 2n ** 63n, 2n ** 64n - 1n]) {
        expect(refusal(() => parse(withBytes(bytes, lengthAt, 8, wrong), file)).exitCode).toBe(4);
      }
    }
  });

  test('L6 a file that was cut is truncated', () => {
    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      expect(refusal(() => parse(cut, file))).toBeInstanceOf(ArtifactTruncatedError);
    }
  });

  test('L7 trailing bytes are refused', () => {
    for (const count of [1, 12, 1000]) {
      const longer = new Uint8Array(bytes.length + count);
      longer.set(bytes);
      expect(refusal(() => parse(longer, file))).toBeInstanceOf(ArtifactFormatError);
    }
  });

  test('L9 another prime in the header is another curve', () => {
    for (const { at, value } of primes) {
      for (const wrong of [value + 2n, value - 1n, 0n]) {
        const damaged = patched(bytes, header, at, littleEndian(wrong, 32));
        expect(refusal(() => parse(damaged, file))).toBeInstanceOf(ArtifactCurveError);
      }
    }
  });

  test('L10 an artifact over BLS12-381 is of another curve', async () => {
    const other = await artifacts.read(`bls.${file.split('.')[1]}`);
    expect(refusal(() => parse(other, file))).toBeInstanceOf(ArtifactCurveError);
  });

  test('error: a section that is missing, twice there or unknown', () => {
    const [first, second] = sectionsOf(bytes);
    const idAt = (place: { lengthAt: number } | undefined) => (place?.lengthAt ?? 0) - 4;
    const repeated = withBytes(bytes, idAt(second), 4, BigInt(first?.id ?? 0));
    expect(refusal(() => parse(repeated, file))).toBeInstanceOf(ArtifactFormatError);
    for (const place of sectionsOf(bytes)) {
      expect(refusal(() => parse(withBytes(bytes, idAt(place), 4, 99n), file))).toBeInstanceOf(ArtifactFormatError);
    }
  });

  test('error: any one byte that changes is taken or refused, never anything else', () => {
    const copy = bytes.slice();
    let refused = 0;
    for (let i = 0; i < copy.length; i++) {
      copy[i] = (copy[i] as number) ^ 0xff;
      try {
        parse(copy, file);
      } catch (error) {
        expect(error).toBeInstanceOf(TallyError);
        expect((error as TallyError).exitCode).toBe(4);
        refused++;
      }
      copy[i] = (copy[i] as number) ^ 0xff;
    }
    expect(refused).toBeGreaterThan(0);
  });
});

/** What a call throws, within the time limit. */
function refusal(call: () => unknown): TallyError {
  const start = performance.now();
  try {
    call();
  } catch (error) {
    expect(performance.now() - start).toBeLessThan(limitMs);
    expect(error).toBeInstanceOf(TallyError);
    expect((error as TallyError).exitCode).toBe(4);
    return error as TallyError;
  }
  throw new Error('the damaged file was accepted');
}

function withBytes(bytes: Uint8Array, at: number, length: number, value: bigint): Uint8Array {
  const copy = bytes.slice();
  copy.set(littleEndian(value, length), at);
  return copy;
}
