import { beforeAll, describe, expect, test } from 'vitest';
import { elementBytes, viewOf, writeU256 } from '../../../prover/artifacts/binary.ts';
import { batchPoints, createFixedBase, pointBytes, windowBitsFor } from '../../../prover/keys/fixedBase.ts';
import { computeMultiples, type Multiples } from '../../../prover/keys/multiples.ts';
import { loadCurve } from '../../../prover/snarkjsRuntime.ts';
import { CancelledError } from '../../../src/errors.ts';
import { r } from '../../../src/model/Field.ts';
import { seededRandom } from '../../support/random.ts';

const random = seededRandom(7n);
/** Edges of the field and of windows, then random ones; 0 in the middle, so that places after it may not shift. */
const scalars = [
  ...[1n, 2n, 3n, r - 1n, r - 2n, 0n, 2n ** 253n],
  ...[4n, 5n, 7n, 8n, 11n, 12n, 13n, 32n, 127n, 128n].flatMap((bit) => [2n ** bit - 1n, 2n ** bit]),
  ...Array.from({ length: 20 }, random.element),
];

let curve: Awaited<ReturnType<typeof loadCurve>>;
beforeAll(async () => {
  curve = await loadCurve();
});

describe.each(['g1', 'g2'] as const)('createFixedBase, %s', (group) => {
  test.each([4, 5, 8, 11, 12])('default: windows of %i bits give what double-and-add gives', (windowBits) => {
    const output = new Uint8Array(scalars.length * pointBytes[group]);
    createFixedBase(curve.tm.code, group, windowBits).multiply(pack(scalars), output, 0, scalars.length);
    const { g, timesScalar, toAffine } = bound(group);
    for (const [i, scalar] of scalars.entries()) {
      const place = output.subarray(i * pointBytes[group], (i + 1) * pointBytes[group]);
      expect([i, ...place]).toEqual([i, ...toAffine(timesScalar(g, scalar))]);
    }
  });
});

describe('windowBitsFor', () => {
  test('default: grows with the work and stays within its bounds', () => {
    expect([0, 1, 100, 1_000, 16_000, 130_000, 10 ** 7].map(windowBitsFor)).toEqual([4, 4, 4, 7, 11, 12, 12]);
  });
});

describe('computeMultiples', () => {
  test('default: gives the same points with one thread and with three, over several batches', async () => {
    const values = Array.from({ length: 3 * batchPoints + 5 }, (_, i) => BigInt(i));
    const [one, three] = [shared('g1', values), shared('g1', values)];
    const reports: number[] = [];
    await computeMultiples([one], { threadsMax: 1, onProgress: ({ done }) => reports.push(done) });
    await computeMultiples([three], { threadsMax: 3 });
    expect(three.output).toEqual(one.output);
    expect(reports.at(-1)).toBe(values.length);
    const last = curve.G1.toAffine(curve.G1.timesScalar(curve.G1.g, BigInt(values.length - 1)));
    expect(one.output.slice(-64)).toEqual(last);
  });

  test('error: an aborted signal ends it at the next batch', async () => {
    const many = shared(
      'g2',
      Array.from({ length: 200_000 }, () => r - 1n),
    );
    const controller = new AbortController();
    const firstPoint = setInterval(
      () => many.output.subarray(0, pointBytes.g2).some((byte) => byte !== 0) && controller.abort(),
      1,
    );
    const work = computeMultiples([many], { threadsMax: 1, signal: controller.signal });
    await expect(work.finally(() => clearInterval(firstPoint))).rejects.toThrow(CancelledError);
    expect(many.output.subarray(-batchPoints * pointBytes.g2).every((byte) => byte === 0)).toBe(true);
    await expect(computeMultiples([many], { signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
  });
});

function bound(group: 'g1' | 'g2') {
  const of = group === 'g1' ? curve.G1 : curve.G2;
  return {
    g: of.g,
    timesScalar: (point: Uint8Array, scalar: bigint) => of.timesScalar(point, scalar),
    toAffine: (point: Uint8Array) => of.toAffine(point),
  };
}

function shared(group: 'g1' | 'g2', values: readonly bigint[]): Multiples {
  const output = new Uint8Array(new SharedArrayBuffer(values.length * pointBytes[group]));
  return { group, count: values.length, scalars: pack(values), output };
}

function pack(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(values.length * elementBytes));
  for (const [i, value] of values.entries()) writeU256(viewOf(bytes), i * elementBytes, value);
  return bytes;
}
