import { readFile } from 'node:fs/promises';
import { bn254 } from '@noble/curves/bn254.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { chooseEngine } from '../../prover/engines/choose.ts';
import { createNativeEngine } from '../../prover/engines/native.ts';
import { createKernelVerifier, type KernelVerifier, type Proven } from '../../prover/kernelVerifier.ts';
import { drawRandomness } from '../../prover/randomness.ts';
import { createReferenceVerifier, type Verifier } from '../../prover/verify.ts';
import { compileWitnessModule, createWitnessCalculator } from '../../prover/witness.ts';
import { q, r } from '../../src/model/Field.ts';
import type { G1, G2 } from '../../src/model/Point.ts';
import type { Proof } from '../../src/model/Proof.ts';
import { loadSmall, smallInput } from '../support/small.ts';

const hasKernel = chooseEngine().name.startsWith('native');

let kernel: KernelVerifier;
let reference: Verifier;
let proven: Proven[];

beforeAll(async () => {
  if (!hasKernel) return;
  const { circuit, keys, job } = await loadSmall();
  const engine = createNativeEngine();
  const handle = await engine.load(new Uint8Array(await readFile(keys.provingKey.path)));
  const module = await compileWitnessModule(await readFile(circuit.wasm.path), 'small');
  const witness = createWitnessCalculator(module, circuit.signals).calculate(job(smallInput).input);
  proven = [];
  for (let i = 0; i < 70; i++) {
    const { proof } = await handle.prove(witness, drawRandomness());
    proven.push({ signals: [1n, 12n], proof });
  }
  kernel = createKernelVerifier(keys.verifyingKey) as KernelVerifier;
  reference = await createReferenceVerifier(keys.verifyingKey);
  await handle.release();
  await engine.close();
});

const point1 = ({ x, y }: G1) => bn254.G1.Point.fromAffine({ x, y });
const point2 = ({ x, y }: G2) => bn254.G2.Point.fromAffine({ x: { c0: x[0], c1: x[1] }, y: { c0: y[0], c1: y[1] } });
const plain1 = (point: ReturnType<typeof point1>): G1 => point.toAffine();
const plain2 = (point: ReturnType<typeof point2>): G2 => {
  const { x, y } = point.toAffine();
  return { x: [x.c0, x.c1], y: [y.c0, y.c1] };
};

/** Both verifiers, which must agree. */
const isAccepted = async (item: Proven): Promise<boolean> => {
  const refused = await reference.verify(item.signals, item.proof).then(
    () => false,
    () => true,
  );
  expect(kernel.accepts([item])).toBe(!refused);
  return !refused;
};

describe.skipIf(!hasKernel)('accepts', () => {
  test('default: true proofs, one by one and in batches of any size', async () => {
    for (const item of proven.slice(0, 5)) expect(await isAccepted(item)).toBe(true);
    for (const size of [0, 1, 2, 3, 8, 63, 64, 65, 70]) expect(kernel.accepts(proven.slice(0, size))).toBe(true);
  });

  test('behavior: L52 the three ways to change a proof without making it false', async () => {
    const { signals, proof } = proven[0] as Proven;
    const negated = { ...proof, a: plain1(point1(proof.a).negate()), b: plain2(point2(proof.b).negate()) };
    const factor = 123456789n;
    const inverse = bn254.fields.Fr.inv(factor);
    const scaled = {
      ...proof,
      a: plain1(point1(proof.a).multiply(factor)),
      b: plain2(point2(proof.b).multiply(inverse)),
    };
    for (const changed of [negated, scaled]) expect(await isAccepted({ signals, proof: changed })).toBe(true);
  });

  test('error: another signal, another point, points in each other’s place', async () => {
    const { signals, proof } = proven[0] as Proven;
    const other = (proven[1] as Proven).proof;
    for (const wrong of [
      [2n, 12n],
      [1n, 13n],
      [12n, 1n],
      [0n, 0n],
      [r - 1n, 12n],
    ]) {
      expect(await isAccepted({ signals: wrong, proof })).toBe(false);
    }
    const swaps: Proof[] = [
      { ...proof, a: other.a },
      { ...proof, b: other.b },
      { ...proof, c: other.c },
      { ...proof, a: proof.c, c: proof.a },
      { ...proof, a: plain1(point1(proof.a).negate()) },
    ];
    for (const wrong of swaps) expect(await isAccepted({ signals, proof: wrong })).toBe(false);
  });

  test('error: numbers that are no canonical elements, points off their curve or at infinity', async () => {
    const { signals, proof } = proven[0] as Proven;
    for (const wrong of [
      [1n, 12n + r],
      [-1n, 12n],
      [1n, 1n << 256n],
    ]) {
      expect(await isAccepted({ signals: wrong, proof })).toBe(false);
    }
    const points: Proof[] = [
      { ...proof, a: { x: proof.a.x + q, y: proof.a.y } },
      { ...proof, a: { x: proof.a.x, y: proof.a.y + 1n } },
      { ...proof, c: { x: 0n, y: 0n } },
      { ...proof, b: { x: [0n, 0n], y: [0n, 0n] } },
      { ...proof, b: { ...proof.b, x: [proof.b.x[1], proof.b.x[0]] } },
    ];
    for (const wrong of points) expect(await isAccepted({ signals, proof: wrong })).toBe(false);
  });

  test('error: a point of the twist outside the subgroup', async () => {
    const { Fp2 } = bn254.fields;
    const { signals, proof } = proven[0] as Proven;
    let outside: G2 | undefined;
    for (let c0 = 1n; !outside; c0++) {
      const x = Fp2.create({ c0, c1: 1n });
      const square = Fp2.add(
        Fp2.mul(Fp2.sqr(x), x),
        Fp2.div(Fp2.create({ c0: 3n, c1: 0n }), Fp2.create({ c0: 9n, c1: 1n })),
      );
      try {
        const y = Fp2.sqrt(square);
        outside = { x: [x.c0, x.c1], y: [y.c0, y.c1] };
      } catch {}
    }
    expect(point2(outside).isTorsionFree()).toBe(false);
    expect(await isAccepted({ signals, proof: { ...proof, b: outside } })).toBe(false);
  });

  test('error: one false proof in a batch, wherever it stands', () => {
    for (const at of [0, 1, 31, 63, 64, 69]) {
      const batch = proven.map((item, i) => (i === at ? { ...item, signals: [1n, 11n] } : item));
      expect(kernel.accepts(batch)).toBe(false);
    }
  });
});
