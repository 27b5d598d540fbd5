import { bn254 } from '@noble/curves/bn254.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { Zkey } from '../../../prover/artifacts/zkey.ts';
import { exportVerifyingKey } from '../../../prover/keys/export.ts';
import { lintKey } from '../../../prover/keys/lint.ts';
import { isInSubgroup } from '../../../prover/keys/subgroup.ts';
import { createVerifier } from '../../../prover/verify.ts';
import { UnsafeKeyError } from '../../../src/errors.ts';
import { q } from '../../../src/model/Field.ts';
import { type G1, type G2, Point } from '../../../src/model/Point.ts';
import type { VerifyingKey } from '../../../src/model/VerifyingKey.ts';
import { type Artifacts, loadArtifacts } from '../../support/artifacts.ts';
import { outsideSubgroup } from '../../support/twist.ts';

let artifacts: Artifacts;
let key: VerifyingKey;
beforeAll(async () => {
  artifacts = await loadArtifacts();
  key = exportVerifyingKey(Zkey.parse(await artifacts.read('product.zkey')), 'ceremony');
});

describe('lintKey', () => {
  test('default: a key with a contribution is sound, of either class', () => {
    expect(() => lintKey(key, { publicCount: 2, contributions: 1 })).not.toThrow();
    expect(() => lintKey({ ...key, keyClass: 'development' }, { contributions: 0 })).not.toThrow();
  });

  test('L17 a key without a contribution is refused on export and on verification', async () => {
    const raw = Zkey.parse(await artifacts.read('raw.zkey'));
    expect(raw.delta2).toEqual(raw.gamma2);
    for (const keyClass of ['ceremony', 'development'] as const) {
      expect(() => exportVerifyingKey(raw, keyClass)).toThrow(UnsafeKeyError);
    }
    const unsafe = { ...key, delta: raw.delta2 };
    await expect(createVerifier(unsafe)).rejects.toThrow(UnsafeKeyError);
    expect(new UnsafeKeyError('').exitCode).toBe(4);
  });

  test('L17 a ceremony key that carries no contribution is refused', () => {
    expect(() => lintKey(key, { contributions: 0 })).toThrow(UnsafeKeyError);
  });

  test('L18 points that relate are refused, with either sign', () => {
    const otherGamma = multiple(11n);
    const unsafe: readonly Partial<VerifyingKey>[] = [
      { gamma: key.delta },
      { gamma: negative(key.delta) },
      { delta: Point.g2Generator, gamma: otherGamma },
      { delta: negative(Point.g2Generator), gamma: otherGamma },
      { beta: key.delta },
      { beta: key.gamma },
      { beta: otherGamma, gamma: otherGamma },
      { beta: negative(Point.g2Generator), gamma: otherGamma },
      { alpha: Point.g1Generator },
      { alpha: negativeG1(Point.g1Generator) },
    ];
    for (const change of unsafe) expect(() => lintKey({ ...key, ...change })).toThrow(UnsafeKeyError);
    expect(() => lintKey({ ...key, gamma: otherGamma })).not.toThrow();
  });

  test('L18 points at infinity, off their curve, not canonical or outside the subgroup are refused', () => {
    const zeroG1: G1 = { x: 0n, y: 0n };
    const zeroG2: G2 = { x: [0n, 0n], y: [0n, 0n] };
    const bad: readonly Partial<VerifyingKey>[] = [
      { alpha: zeroG1 },
      { alpha: { x: 1n, y: 3n } },
      { alpha: { x: key.alpha.x + q, y: key.alpha.y } },
      { ic: [zeroG1, ...key.ic.slice(1)] },
      { ic: [...key.ic.slice(0, 2), { x: 1n, y: 1n }] },
      ...(['beta', 'gamma', 'delta'] as const).flatMap((name) => [
        { [name]: zeroG2 },
        { [name]: { x: key[name].x, y: [1n, 1n] } as G2 },
        { [name]: { x: [key[name].x[0] + q, key[name].x[1]], y: key[name].y } as G2 },
        { [name]: outsideSubgroup() },
      ]),
    ];
    for (const change of bad) expect(() => lintKey({ ...key, ...change })).toThrow(UnsafeKeyError);
  });

  test('L18 a number of IC points that is not that of the public signals + 1 is refused', () => {
    for (const publicCount of [0, 1, 3]) expect(() => lintKey(key, { publicCount })).toThrow(UnsafeKeyError);
    expect(() => lintKey({ ...key, ic: [] })).toThrow(UnsafeKeyError);
  });

  test('L18 IC points that repeat, with either sign, are refused', () => {
    const [first, second] = key.ic as [G1, G1, G1];
    expect(() => lintKey({ ...key, ic: [first, second, second] })).toThrow(UnsafeKeyError);
    expect(() => lintKey({ ...key, ic: [first, second, negativeG1(second)] })).toThrow(UnsafeKeyError);
  });
});

describe('isInSubgroup', () => {
  test('default: agrees with an independent library on multiples of the generator', () => {
    for (const scalar of [1n, 2n, 3n, 12345678901234567890n]) {
      expect(isInSubgroup(multiple(scalar))).toBe(true);
      expect(isInSubgroup(negative(multiple(scalar)))).toBe(true);
    }
  });

  test('error: a point of the twist outside the subgroup', () => {
    for (const from of [1n, 100n]) {
      const point = outsideSubgroup(from);
      expect(Point.isOnTwist(point)).toBe(true);
      expect(isInSubgroup(point)).toBe(false);
    }
  });
});

function multiple(scalar: bigint): G2 {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return { x: [x.c0, x.c1], y: [y.c0, y.c1] };
}

function negative({ x, y }: G2): G2 {
  return { x, y: [(q - y[0]) % q, (q - y[1]) % q] };
}

function negativeG1({ x, y }: G1): G1 {
  return { x, y: q - y };
}
