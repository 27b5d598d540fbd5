import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import square from '../../../../circuits/square/computation.ts';
import { Container } from '../../../../prover/artifacts/binary.ts';
import { R1cs } from '../../../../prover/artifacts/r1cs.ts';
import { Zkey } from '../../../../prover/artifacts/zkey.ts';
import { openArithmetic } from '../../../../prover/keys/ceremony/arithmetic.ts';
import { addBeacon, contribute } from '../../../../prover/keys/ceremony/contribute.ts';
import { checkDerived } from '../../../../prover/keys/ceremony/derived.ts';
import { deriveInitialKey } from '../../../../prover/keys/ceremony/initial.ts';
import { openPhase1, type Phase1 } from '../../../../prover/keys/ceremony/phase1.ts';
import { requireFinished, verifyCeremony } from '../../../../prover/keys/ceremony/verify.ts';
import type { KeyedCircuit } from '../../../../prover/keys/constraints.ts';
import { exportVerifyingKey } from '../../../../prover/keys/export.ts';
import { loadSnarkjs } from '../../../../prover/snarkjsRuntime.ts';
import { compile } from '../../../../src/compiler/compile.ts';
import {
  ArtifactMismatchError,
  CancelledError,
  CeremonyError,
  PtauError,
  UnsafeKeyError,
  UsageError,
} from '../../../../src/errors.ts';
import {
  type Artifacts,
  keyedCircuit,
  littleEndian,
  loadArtifacts,
  patched,
  sectionsOf,
} from '../../../support/artifacts.ts';
import { beacon, blake2b, hermez, ownPhase1, people, runCeremony, squarePhase1 } from '../../../support/ceremony.ts';
import { cacheDir, circuitsDir } from '../../../support/fixtures.ts';
import { nativeBackends } from '../../../support/kernel.ts';
import { seededRandom } from '../../../support/random.ts';

let artifacts: Artifacts;
let circuit: KeyedCircuit;
let phase1: Phase1;
let done: Awaited<ReturnType<typeof runCeremony>>;
beforeAll(async () => {
  artifacts = await loadArtifacts();
  circuit = await keyedCircuit(artifacts, 'product');
  phase1 = await ownPhase1(artifacts);
  done = await runCeremony(circuit, phase1);
});

const engines = [...nativeBackends.map((name) => `native:${name}`), 'wasm', 'snarkjs'];
const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const verify = (bytes: Uint8Array, of = circuit) => verifyCeremony({ bytes, source: 'key' }, { circuit: of, phase1 });

describe('a ceremony', () => {
  test('default: each finds what was told to them in the finished key', async () => {
    const { contributions, verifyingKey, circuitHash } = await verify(done.final);
    expect(contributions).toEqual(done.steps.map(({ contributed }) => contributed));
    expect(contributions.map(({ name }) => name)).toEqual([...people, 'beacon']);
    expect(contributions.at(-1)?.beacon).toEqual({ hash: beacon.hash, iterationsExponent: 10 });
    expect(verifyingKey.keyClass).toBe('ceremony');
    expect(circuitHash).toMatch(/^[0-9a-f]{128}$/);
    expect(done.steps.map(({ count }) => count)).toEqual([1, 2, 3, 4]);
  });

  test.runIf(existsSync(hermez))(
    'default: three people and a beacon make a key for `square` from the published powers of tau',
    { timeout: 120_000 },
    async () => {
      const published = await openPhase1(hermez);
      const compiled = await compile(square, { circuitsDir, cacheDir });
      const { final } = await runCeremony(compiled, published);
      const verified = await verifyCeremony(
        { bytes: final, source: 'square' },
        { circuit: compiled, phase1: published },
      );
      expect(verified.contributions).toHaveLength(4);
      expect(() => requireFinished(verified.contributions, 'square')).not.toThrow();
      const { zKey } = await loadSnarkjs();
      expect(await zKey.verifyFromR1cs(await readFile(compiled.r1cs.path), published.bytes, final)).toBe(true);
    },
  );

  test('behavior: snarkjs accepts every step of ours', async () => {
    const { zKey } = await loadSnarkjs();
    const r1cs = await artifacts.read('product.r1cs');
    for (const { bytes } of done.steps) expect(await zKey.verifyFromR1cs(r1cs, phase1.bytes, bytes)).toBe(true);
  });

  test('behavior: we accept every step of snarkjs, and derive the same initial key', async () => {
    expect(Buffer.compare(done.initial, await artifacts.read('raw.zkey'))).toBe(0);
    expect((await verify(await artifacts.read('product.zkey'))).contributions).toMatchObject([{ name: 'first' }]);
    const { contributions } = await verify(await artifacts.read('beacon.zkey'));
    expect(contributions.at(-1)).toMatchObject({ name: 'last', beacon: { hash: '0102030405060708' } });
  });

  test.each(engines)('behavior: with %s, initial key and beacon have the bytes that snarkjs writes', async (engine) => {
    expect(isSame(await deriveInitialKey(circuit, phase1, { engine }), await artifacts.read('raw.zkey'))).toBe(true);
    const key = { bytes: await artifacts.read('product.zkey'), source: 'key' };
    const last = { name: 'last', hash: '0102030405060708090a0b0c0d0e0f10', iterationsExponent: 10 };
    const { zKey } = await loadSnarkjs();
    const target: { type: 'mem'; data?: Uint8Array } = { type: 'mem' };
    await zKey.beacon(key.bytes.slice(), target, last.name, last.hash, last.iterationsExponent);
    expect(isSame((await addBeacon(key, { ...last, engine })).bytes, target.data as Uint8Array)).toBe(true);
    const verified = await verifyCeremony({ bytes: done.final, source: 'key' }, { circuit, phase1, engine });
    expect(verified.contributions).toHaveLength(4);
    const forged = patched(done.final, 9, 0, section(done.final, 9).slice(64, 128));
    await expect(verifyCeremony({ bytes: forged, source: 'key' }, { circuit, phase1, engine })).rejects.toThrow(
      CeremonyError,
    );
  });

  test('behavior: so does the initial key of a circuit with many coefficients', async () => {
    const { ptau, blake2b: expected } = await squarePhase1();
    const own = await openPhase1(ptau, { blake2b: expected });
    const compiled = await compile(square, { circuitsDir, cacheDir });
    const wanted = await deriveInitialKey(compiled, own, { engine: 'snarkjs' });
    for (const engine of engines) {
      expect(isSame(await deriveInitialKey(compiled, own, { engine }), wanted), engine).toBe(true);
    }
  });

  test('behavior: the same words from the same contributor make another secret each time', async () => {
    const key = { bytes: done.initial, source: 'initial' };
    const [one, two] = [
      await contribute(key, { name: 'Ada', entropy: 'dice' }),
      await contribute(key, { name: 'Ada', entropy: 'dice' }),
    ];
    expect(one.contributed.hash).not.toBe(two.contributed.hash);
  });

  test('L17 the initial key is refused for use, and so it is by verify', async () => {
    expect(() => exportVerifyingKey(Zkey.parse(done.initial), 'ceremony')).toThrow(UnsafeKeyError);
    await expect(verify(done.initial)).rejects.toThrow(UnsafeKeyError);
  });

  test('L14 a phase 1 that is not prepared, or too small for the circuit', async () => {
    const small = await openPhase1(artifacts.path('small.ptau'), {
      blake2b: blake2b(await artifacts.read('small.ptau')),
    });
    await expect(deriveInitialKey(circuit, small)).rejects.toThrow(PtauError);
    const compiled = await compile(square, { circuitsDir, cacheDir });
    await expect(deriveInitialKey(compiled, phase1)).rejects.toThrow(PtauError);
  });

  test('error: a beacon on nothing, anything after the beacon, a cancelled wait', async () => {
    await expect(addBeacon({ bytes: done.initial, source: 'initial' }, beacon)).rejects.toThrow(CeremonyError);
    const closed = { bytes: done.final, source: 'final' };
    await expect(addBeacon(closed, beacon)).rejects.toThrow(CeremonyError);
    await expect(contribute(closed, { name: 'late' })).rejects.toThrow(CeremonyError);
    const open = { bytes: done.steps[0]?.bytes as Uint8Array, source: 'open' };
    const waiting = addBeacon(open, { ...beacon, iterationsExponent: 26, signal: AbortSignal.timeout(200) });
    await expect(waiting).rejects.toThrow(CancelledError);
  });

  test.each(['', ' ', 'a\nb', 'a\u202eb', 'x'.repeat(65)])('error: the name %j', async (name) => {
    await expect(contribute({ bytes: done.initial, source: 'initial' }, { name })).rejects.toThrow(UsageError);
  });

  test.each([
    { hash: '' },
    { hash: '00' },
    { hash: 'zz'.repeat(16) },
    { hash: '0'.repeat(33) },
    { hash: '00'.repeat(256) },
    { iterationsExponent: 9 },
    { iterationsExponent: 27 },
    { iterationsExponent: 10.5 },
  ])('error: the beacon %j', async (change) => {
    const open = { bytes: done.steps[0]?.bytes as Uint8Array, source: 'open' };
    await expect(addBeacon(open, { ...beacon, ...change })).rejects.toThrow(UsageError);
  });
});

const section = (bytes: Uint8Array, id: number) =>
  Container.section(Container.parse(bytes, 'key', { magic: 'zkey', version: 1 }), id).bytes;

describe('tampering', () => {
  const header = { alpha: 84, beta1: 148, beta2: 212, gamma: 340, delta1: 468, delta2: 532 };
  const contributionBytes = (name: string) => 64 + 128 + 128 + 64 + 8 + 2 + name.length;
  const start = (i: number) => 68 + people.slice(0, i).reduce((total, name) => total + contributionBytes(name), 0);
  test.each(
    people.flatMap((name, i) => [
      { desc: `delta after ${name}`, at: start(i) },
      { desc: `s of ${name}`, at: start(i) + 64 },
      { desc: `x·s of ${name}`, at: start(i) + 128 },
      { desc: `x·sp of ${name}`, at: start(i) + 192 },
      { desc: `the transcript of ${name}`, at: start(i) + 320 },
    ]),
  )('L16 $desc altered', async ({ at }) => {
    const old = section(done.final, 10).slice(at, at + 1);
    await refused(patched(done.final, 10, at, Uint8Array.of((old[0] as number) ^ 1)));
  });

  test('L16 another valid point in place of each one of the first contribution', async () => {
    const other = section(done.final, 10);
    const size = contributionBytes(people[0]);
    for (const [offset, length] of [
      [0, 64],
      [64, 64],
      [128, 64],
      [192, 128],
      [320, 64],
    ] as const) {
      const foreign = other.slice(start(1) + offset, start(1) + offset + length);
      await refused(patched(done.final, 10, start(0) + offset, foreign));
    }
    expect(size).toBe(start(1) - start(0));
  });

  test('L16 contributions exchanged, dropped at the start, in the middle or at the end, or told twice', async () => {
    const list = section(done.final, 10);
    const cut = [0, 1, 2, 3].map((i) => list.slice(start(i), i === 3 ? list.length : start(i + 1)));
    const [ada, blaise, charles, end] = cut as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    for (const order of [
      [blaise, ada, charles, end],
      [blaise, charles, end],
      [ada, charles, end],
      [ada, blaise, end],
      [ada, blaise, charles],
      [ada, ada, blaise, charles, end],
      [ada, blaise, charles, end, end],
      [ada, blaise, end, charles],
      [end],
    ]) {
      await refused(withContributions(done.final, order), CeremonyError);
    }
    expect((await verify(withContributions(done.final, cut))).contributions).toHaveLength(4);
  });

  test('L16 the beacon: its value, its exponent, its mark', async () => {
    const list = section(done.final, 10);
    const parameters = start(3) + 64 + 128 + 128 + 64 + 8;
    const value = parameters + 2 + beacon.name.length + 2 + 2;
    await refused(patched(done.final, 10, value, Uint8Array.of(1)), CeremonyError);
    for (const exponent of [0, 9, 11, 63, 255]) {
      await refused(patched(done.final, 10, value - 3, Uint8Array.of(exponent)), CeremonyError);
    }
    expect(list[value - 3]).toBe(10);
    await refused(patched(done.final, 10, start(3) + 384, Uint8Array.of(0)));
    await refused(patched(done.final, 10, start(0) + 384, Uint8Array.of(1)));
  });

  test('L16 a beacon passed off as a person leaves a ceremony without one', async () => {
    const list = section(done.final, 10);
    const end = list.slice(start(3));
    const person = Buffer.concat([end.subarray(0, 384), littleEndian(0, 4), littleEndian(0, 4)]);
    const cut = [0, 1, 2].map((i) => list.slice(start(i), start(i + 1)));
    const verified = await verify(withContributions(done.final, [...cut, person]));
    expect(() => requireFinished(verified.contributions, 'key')).toThrow(CeremonyError);
  });

  test('L16 the verifying points, the rows of the key, the hash of the circuit', async () => {
    const { delta1, delta2, ...fixed } = header;
    const foreign = section(await artifacts.read('beacon.zkey'), 2);
    await refused(patched(done.final, 2, delta1, foreign.slice(delta1, delta2)), CeremonyError);
    await refused(patched(done.final, 2, delta2, foreign.slice(delta2)), CeremonyError);
    for (const [name, at] of Object.entries(fixed)) {
      const width = name === 'beta2' || name === 'gamma' ? 128 : 64;
      const point = section(done.final, 2)
        .slice(width === 64 ? delta1 : delta2)
        .subarray(0, width);
      await refused(patched(done.final, 2, at, point));
    }
    for (const [id, width] of [
      [3, 64],
      [5, 64],
      [6, 64],
      [7, 128],
      [8, 64],
      [9, 64],
    ] as const) {
      const row = section(done.final, id);
      const points = [0, 1, 2].map((i) => row.slice(i * width, (i + 1) * width));
      const other = points.find(
        (point) => point.length === width && Buffer.compare(point, points[0] as Uint8Array) !== 0,
      );
      const replacement = other ?? section(done.final, 9).slice(0, 64);
      await refused(patched(done.final, id, 0, replacement));
    }
    await refused(patched(done.final, 10, 0, Uint8Array.of((section(done.final, 10)[0] as number) ^ 1)), CeremonyError);
  });

  test('L16 rows of one ceremony under the transcript of another', async () => {
    const other = (await runCeremony(circuit, phase1)).final;
    for (const id of [8, 9]) await refused(patched(done.final, id, 0, section(other, id)), CeremonyError);
    await refused(patched(done.final, 10, 0, section(other, 10)), CeremonyError);
  });

  test('L16 150 random bits: refused, or a letter of a name', async () => {
    const random = seededRandom(16n);
    let refusals = 0;
    for (let i = 0; i < 150; i++) {
      const bit = random.below(done.final.length * 8);
      const bytes = done.final.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      const outcome = await verify(bytes).catch((error) => error);
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ exitCode: 4 });
        refusals++;
      } else {
        const hashes = done.steps.map(({ contributed }) => contributed.hash);
        expect(outcome.contributions.map(({ hash }: { hash: string }) => hash)).toEqual(hashes);
      }
    }
    expect(refusals).toBeGreaterThan(140);
  });

  test('L12 the key of another circuit, even of one that differs in the matrix C alone', async () => {
    await expect(verify(done.final, await keyedCircuit(artifacts, 'shifted'))).rejects.toThrow(ArtifactMismatchError);
    await expect(verify(done.final, await keyedCircuit(artifacts, 'longer'))).rejects.toThrow(ArtifactMismatchError);
    await expect(verify(done.final, await keyedCircuit(artifacts, 'twice'))).rejects.toThrow(CeremonyError);
  });

  test('behavior: the initial key itself is checked by equations, row by row', async () => {
    const r1cs = R1cs.parse(await artifacts.read('product.r1cs'));
    const arithmetic = openArithmetic();
    await checkDerived(Zkey.parse(done.initial), r1cs, phase1, arithmetic);
    for (const [id, width] of [
      [3, 64],
      [5, 64],
      [6, 64],
      [7, 128],
      [8, 64],
      [9, 64],
    ] as const) {
      const row = section(done.initial, id);
      const last = row.length / width - 1;
      const foreign =
        width === 128 ? section(done.initial, 2).slice(212, 340) : section(done.initial, 9).slice(64, 128);
      const changed = patched(done.initial, id, last * width, foreign);
      await expect(checkDerived(Zkey.parse(changed), r1cs, phase1, arithmetic), `section ${id}`).rejects.toThrow(
        CeremonyError,
      );
    }
    const twice = R1cs.parse(await artifacts.read('twice.r1cs'));
    await expect(checkDerived(Zkey.parse(done.initial), twice, phase1, arithmetic)).rejects.toThrow(CeremonyError);
  });
});

async function refused(bytes: Uint8Array, expected?: typeof CeremonyError): Promise<void> {
  const outcome = await verify(bytes).catch((error) => error);
  expect(outcome).toMatchObject({ exitCode: 4 });
  if (expected) expect(outcome).toBeInstanceOf(expected);
}

/** The key with these contributions in place of its own. */
function withContributions(bytes: Uint8Array, list: readonly Uint8Array[]): Uint8Array {
  const place = sectionsOf(bytes).find(({ id }) => id === 10);
  if (!place) throw new Error('no contributions');
  const hash = bytes.slice(place.at, place.at + 64);
  const content = Buffer.concat([hash, littleEndian(list.length, 4), ...list]);
  const head = Buffer.concat([littleEndian(10, 4), littleEndian(content.length, 8)]);
  const [before, after] = [bytes.subarray(0, place.at - 12), bytes.subarray(place.at + place.length)];
  return Uint8Array.from(Buffer.concat([before, head, content, after]));
}
