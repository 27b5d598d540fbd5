import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ptau } from '../../../../prover/artifacts/ptau.ts';
import { openArithmetic } from '../../../../prover/keys/ceremony/arithmetic.ts';
import { openPhase1 } from '../../../../prover/keys/ceremony/phase1.ts';
import { packG2 } from '../../../../prover/keys/ceremony/points.ts';
import { checkPowers } from '../../../../prover/keys/ceremony/powers.ts';
import { loadCurve, loadSnarkjs } from '../../../../prover/snarkjsRuntime.ts';
import { CancelledError, PtauError, UsageError } from '../../../../src/errors.ts';
import { type Artifacts, loadArtifacts, patched, sectionsOf } from '../../../support/artifacts.ts';
import { blake2b, hermez } from '../../../support/ceremony.ts';
import { seededRandom } from '../../../support/random.ts';
import { outsideSubgroup } from '../../../support/twist.ts';

let artifacts: Artifacts;
let own: Uint8Array;
let folder: string;
beforeAll(async () => {
  artifacts = await loadArtifacts();
  own = await artifacts.read('prepared.ptau');
  folder = await mkdtemp(join(tmpdir(), 'tally-ptau-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('openPhase1', () => {
  test.runIf(existsSync(hermez))(
    'default: knows a published file by its content, and its points are sound',
    async () => {
      const phase1 = await openPhase1(hermez);
      expect(phase1).toMatchObject({ name: 'powersOfTau28_hez_final_08.ptau', ptau: { power: 8, ceremonyPower: 28 } });
      await expect(
        checkPowers(phase1.bytes, { source: 'hermez', ptau: phase1.ptau, arithmetic: openArithmetic() }),
      ).resolves.toBeUndefined();
    },
  );

  test('behavior: takes a file that nobody published by the hash that the caller names', async () => {
    const path = artifacts.path('prepared.ptau');
    await expect(openPhase1(path)).rejects.toThrow(PtauError);
    expect(await openPhase1(path, { blake2b: blake2b(own) })).toMatchObject({ name: undefined, blake2b: blake2b(own) });
  });

  test('error: another hash than the expected one, or what is no hash', async () => {
    const path = artifacts.path('prepared.ptau');
    await expect(openPhase1(path, { blake2b: '0'.repeat(128) })).rejects.toThrow(PtauError);
    for (const hash of ['', 'ab', '0x'.padEnd(128, '0'), 'G'.repeat(128)]) {
      await expect(openPhase1(path, { blake2b: hash })).rejects.toThrow(UsageError);
    }
  });

  test.runIf(existsSync(hermez))('L15 1,000 flipped bits of a published file are refused 1,000 times', async () => {
    const bytes = new Uint8Array(await readFile(hermez));
    expect(await countRefused(bytes, 1_000, {})).toBe(1_000);
  });

  test('L15 so are those of a file that is known by the hash that its user expects', async () => {
    expect(await countRefused(own.slice(), 300, { blake2b: blake2b(own) })).toBe(300);
  });

  test('error: cancelled while the points are checked', async () => {
    const signal = AbortSignal.abort();
    const cancelled = openPhase1(artifacts.path('prepared.ptau'), { blake2b: blake2b(own), signal });
    await expect(cancelled).rejects.toThrow(CancelledError);
  });
});

describe('checkPowers: whoever changes a point and states the hash of the result', () => {
  const check = (bytes: Uint8Array) =>
    checkPowers(bytes, { source: 'ptau', ptau: Ptau.parse(bytes), arithmetic: openArithmetic() });

  test('L15 a flipped bit in any row of points takes one off its curve', async () => {
    const random = seededRandom(15n);
    for (const { id, length } of sectionsOf(own).filter((section) => section.id !== 1 && section.id !== 7)) {
      for (let i = 0; i < 4; i++) {
        const bit = random.below(length * 8);
        const flipped = flip(own, id, bit);
        await expect(check(flipped), `section ${id}, bit ${bit}`).rejects.toMatchObject({ exitCode: 4 });
      }
    }
  });

  test.each([
    [2, 64, 5],
    [3, 128, 5],
    [4, 64, 5],
    [5, 64, 5],
    [12, 64, 40],
    [12, 64, 200],
    [13, 128, 40],
    [14, 64, 40],
    [15, 64, 40],
  ])('L15 two points exchanged in section %i of %i-byte points at %i', async (id, width, at) => {
    const place = sectionsOf(own).find((section) => section.id === id) as { at: number };
    const [first, second] = [at, at + 1].map((i) => own.slice(place.at + i * width, place.at + (i + 1) * width));
    const swapped = patched(
      patched(own, id, at * width, second as Uint8Array),
      id,
      (at + 1) * width,
      first as Uint8Array,
    );
    await expect(check(swapped)).rejects.toThrow(PtauError);
  });

  test('L15 another beta in G2, infinity in place of a point, a point outside the subgroup', async () => {
    const { G2 } = await loadCurve();
    await expect(check(patched(own, 6, 0, G2.toAffine(G2.timesScalar(G2.g, 7n))))).rejects.toThrow(PtauError);
    for (const id of [2, 3, 4, 5, 12, 13]) {
      const width = id === 3 || id === 13 ? 128 : 64;
      await expect(check(patched(own, id, 7 * width, new Uint8Array(width))), `section ${id}`).rejects.toThrow(
        PtauError,
      );
    }
    await expect(check(patched(own, 13, 50 * 128, packG2(outsideSubgroup())))).rejects.toThrow(/subgroup/);
  });

  test('error: powers that nobody contributed to, whose tau is 1', async () => {
    const { powersOfTau } = await loadSnarkjs();
    const target: { type: 'mem'; data?: Uint8Array } = { type: 'mem' };
    await powersOfTau.newAccumulator(await loadCurve(), 3, target);
    await expect(check(target.data as Uint8Array)).rejects.toThrow(/nobody has contributed/);
  });
});

/** How many times, of so many, the file with one random bit flipped is refused as a bad artifact. */
async function countRefused(bytes: Uint8Array, times: number, options: { blake2b?: string }): Promise<number> {
  const random = seededRandom(15n);
  const path = join(folder, 'flipped.ptau');
  let refused = 0;
  for (let i = 0; i < times; i++) {
    const bit = random.below(bytes.length * 8);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    await writeFile(path, bytes);
    const outcome = await openPhase1(path, options).catch((error) => error);
    if (outcome.exitCode === 4) refused++;
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  }
  return refused;
}

function flip(bytes: Uint8Array, id: number, bit: number): Uint8Array {
  const place = sectionsOf(bytes).find((section) => section.id === id) as { at: number };
  const at = place.at + (bit >> 3);
  return patched(bytes, id, bit >> 3, Uint8Array.of((bytes[at] as number) ^ (1 << (bit & 7))));
}
