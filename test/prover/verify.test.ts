import { bn254 } from '@noble/curves/bn254.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProver } from '../../prover/index.ts';
import { loadCurve, loadSnarkjs } from '../../prover/snarkjsRuntime.ts';
import { createVerifier, type Verifier, verify, verifyProofJson } from '../../prover/verify.ts';
import { ProofProtocolError, ProofRejectedError, SignalCountError, UnsafeKeyError } from '../../src/errors.ts';
import { Field, q, r } from '../../src/model/Field.ts';
import { Json, type JsonValue } from '../../src/model/Json.ts';
import { type G1, type G2, Point } from '../../src/model/Point.ts';
import { Proof } from '../../src/model/Proof.ts';
import type { Proven } from '../../src/model/Proven.ts';
import { Statement } from '../../src/model/Statement.ts';
import { VerifyingKey } from '../../src/model/VerifyingKey.ts';
import type { Fixture } from '../support/fixtures.ts';
import { loadSmall, smallInput } from '../support/small.ts';

let fixture: Fixture;
let proven: Proven;
let verifier: Verifier;

beforeAll(async () => {
  fixture = await loadSmall();
  const prover = createProver({ threads: 1 });
  proven = await prover.prove(fixture.job(smallInput));
  await prover.close();
  verifier = await createVerifier(fixture.keys.verifyingKey);
});
afterAll(async () => {
  await (await loadCurve()).terminate();
});

/** What three files would say, after a change. */
function verifyChanged(change: { proof?: object; key?: object; signals?: unknown }): Promise<unknown> {
  const reread = (value: unknown): JsonValue => Json.parse(Json.stringify(value));
  const proof = Proof.toJson(proven.proof);
  return verifyProofJson({
    verifyingKey: reread({ ...VerifyingKey.toJson(fixture.keys.verifyingKey), ...change.key }),
    signals: reread(change.signals ?? proven.signals.map(String)),
    proof: reread({ ...proof, ...change.proof }),
  });
}

const negate = ({ x, y }: G1): G1 => ({ x, y: q - y });
const negate2 = ({ x, y }: G2): G2 => ({ x, y: [q - y[0], q - y[1]] });

describe('verify', () => {
  test('default', async () => {
    await expect(verifier.verify(proven.signals, proven.proof)).resolves.toBeUndefined();
    await expect(verify(fixture.keys.verifyingKey, proven.signals, proven.proof)).resolves.toBeUndefined();
    await expect(verifyChanged({})).resolves.toEqual({ signals: proven.signals, proof: proven.proof });
  });

  test('behavior: signals that are zero are signals', async () => {
    const prover = createProver({ threads: 1 });
    const input = {
      ...smallInput,
      context: 0n,
      x: 0n,
      d: 0n,
      h: 0n,
      m: [
        [0n, 0n],
        [0n, 0n],
      ],
    };
    const { signals, proof } = await prover.prove(fixture.job(input));
    await prover.close();
    expect(signals).toEqual([0n, 0n]);
    await verifier.verify(signals, proof);
    await expect(verifier.verify([0n], proof)).rejects.toThrow(SignalCountError);
    await expect(verifier.verify([0n, 1n], proof)).rejects.toThrow(ProofRejectedError);
  });

  test('error: another statement, another key, a changed proof', async () => {
    const { signals, proof } = proven;
    const { a, b, c } = proof;
    await expect(verifier.verify([2n, 12n], proof)).rejects.toThrow(ProofRejectedError);
    await expect(verifier.verify([12n, 1n], proof)).rejects.toThrow(ProofRejectedError);
    for (const changed of [
      { a: negate(a) },
      { b: negate2(b) },
      { c: negate(c) },
      { a: c, c: a },
      { c: Point.g1Generator },
    ]) {
      await expect(verifier.verify(signals, { ...proof, ...changed })).rejects.toThrow(ProofRejectedError);
    }
    const twin = await loadSmall('twin');
    await expect(verify(twin.keys.verifyingKey, signals, proof)).rejects.toThrow(ProofRejectedError);
  });

  test('error: an unsafe key is refused before it verifies anything', async () => {
    const key = fixture.keys.verifyingKey;
    const forgeable = { ...key, delta: key.gamma };
    await expect(verify(forgeable, proven.signals, proven.proof)).rejects.toThrow(UnsafeKeyError);
  });
});

describe('rows', () => {
  test('L45 too few public signals, also when those left out are zero', async () => {
    for (const signals of [[], ['1']]) {
      await expect(verifyChanged({ signals })).rejects.toMatchObject({ name: 'SignalCountError', exitCode: 3 });
    }
    for (const signals of [[], [1n]]) {
      await expect(verifier.verify(signals, proven.proof)).rejects.toThrow(SignalCountError);
    }
  });

  test('L46 too many public signals', async () => {
    await expect(verifyChanged({ signals: ['1', '12', '0'] })).rejects.toMatchObject({
      name: 'SignalCountError',
      exitCode: 3,
    });
    await expect(verifier.verify([1n, 12n, 0n], proven.proof)).rejects.toThrow(SignalCountError);
  });

  test('L47 a public signal that is not below r, negative, hex or a number', async () => {
    const bad = [
      `${r + 1n}`,
      `${r}`,
      `${2n ** 256n - 1n}`,
      '-1',
      '0x1',
      '01',
      '+1',
      ' 1',
      '1e0',
      '',
      1,
      null,
      ['1'],
      true,
    ];
    for (const signal of bad) {
      const refused = verifyChanged({ signals: [signal, '12'] });
      await expect(refused, String(signal)).rejects.toMatchObject({ name: 'ProofRejectedError', exitCode: 3 });
    }
    for (const signal of [r + 1n, r, -1n]) {
      await expect(verifier.verify([signal, 12n], proven.proof)).rejects.toThrow(ProofRejectedError);
    }
    await expect(verifyChanged({ signals: { 0: '1', 1: '12' } })).rejects.toThrow(ProofRejectedError);
  });

  test('L48 a coordinate that is not below q', async () => {
    const { pi_a, pi_b, pi_c } = Proof.toJson(proven.proof);
    const plusQ = (text: string | undefined) => `${BigInt(text ?? 0) + q}`;
    const [x, y] = pi_b as [string[], string[]];
    for (const proof of [
      { pi_a: [plusQ(pi_a[0]), pi_a[1], '1'] },
      { pi_a: [pi_a[0], plusQ(pi_a[1]), '1'] },
      { pi_c: [plusQ(pi_c[0]), pi_c[1], '1'] },
      { pi_b: [[plusQ(x[0]), x[1]], y, ['1', '0']] },
      { pi_b: [x, [y[0], plusQ(y[1])], ['1', '0']] },
    ]) {
      await expect(verifyChanged({ proof })).rejects.toMatchObject({ name: 'ProofRejectedError', exitCode: 3 });
    }
    const { a } = proven.proof;
    const above = { ...proven.proof, a: { x: a.x + q, y: a.y } };
    await expect(verifier.verify(proven.signals, above)).rejects.toThrow(ProofRejectedError);
  });

  test('L49 a point off its curve, at infinity, (0,0), outside the subgroup, with z ≠ 1', async () => {
    const { pi_a, pi_b } = Proof.toJson(proven.proof);
    const [x, y] = pi_b as [string[], string[]];
    const offSubgroup = twistPointOutsideSubgroup();
    expect(Point.isOnTwist(offSubgroup)).toBe(true);
    for (const proof of [
      { pi_a: ['1', '3', '1'] },
      { pi_a: ['0', '0', '1'] },
      { pi_a: ['0', '1', '0'] },
      { pi_a: [pi_a[0], pi_a[1], '2'] },
      { pi_b: [x, [y[1], y[0]], ['1', '0']] },
      {
        pi_b: [
          ['0', '0'],
          ['0', '0'],
          ['1', '0'],
        ],
      },
      {
        pi_b: [
          ['0', '0'],
          ['1', '0'],
          ['0', '0'],
        ],
      },
      { pi_b: [x, y, ['1', '1']] },
      { pi_b: [offSubgroup.x.map(String), offSubgroup.y.map(String), ['1', '0']] },
      { pi_c: ['0', '0', '0'] },
    ]) {
      await expect(verifyChanged({ proof }), Json.stringify(proof)).rejects.toMatchObject({
        name: 'ProofRejectedError',
        exitCode: 3,
      });
    }
    const outside = verifier.verify(proven.signals, { ...proven.proof, b: offSubgroup });
    await expect(outside).rejects.toMatchObject({ name: 'ProofRejectedError', at: 'pi_b' });
  });

  test('L50 a protocol, curve or nPublic that lies', async () => {
    for (const proof of [{ protocol: 'plonk' }, { protocol: 'GROTH16' }, { curve: 'bls12381' }, { curve: null }]) {
      const refused = verifyChanged({ proof });
      await expect(refused).rejects.toThrow(ProofProtocolError);
      await expect(refused).rejects.toMatchObject({ exitCode: 4 });
    }
    for (const key of [
      { protocol: 'fflonk' },
      { curve: 'bls12381' },
      { nPublic: 1 },
      { nPublic: '2' },
      { nPublic: 3 },
    ]) {
      await expect(verifyChanged({ key })).rejects.toMatchObject({ exitCode: 4 });
    }
  });

  test('L51 a missing or misshapen part', async () => {
    for (const part of ['pi_a', 'pi_b', 'pi_c']) {
      for (const value of [undefined, null, {}, [], 'x', ['1'], [['1']], ['1', '2', '1', '1']]) {
        const refused = verifyChanged({ proof: { [part]: value } });
        await expect(refused).rejects.toMatchObject({ name: 'ProofRejectedError', exitCode: 3 });
      }
    }
    const signals = ['1', '12'];
    const verifyingKey = Json.parse(Json.stringify(VerifyingKey.toJson(fixture.keys.verifyingKey)));
    for (const proof of [null, [], 'proof', 1]) {
      await expect(verifyProofJson({ verifyingKey, signals, proof })).rejects.toThrow(ProofRejectedError);
    }
  });

  test('L52 the three malleations verify and have the same statement id', async () => {
    const { G1, G2 } = await loadCurve();
    const { signals, programId, proof } = proven;
    const { delta } = fixture.keys.verifyingKey;
    const g1 = ({ x, y }: G1) => G1.fromObject([x, y]);
    const g2 = ({ x, y }: G2) => G2.fromObject([x, y]);
    const toG1 = (point: Uint8Array): G1 => {
      const [x, y] = G1.toObject(G1.toAffine(point));
      return { x: x as bigint, y: y as bigint };
    };
    const toG2 = (point: Uint8Array): G2 => {
      const [x, y] = G2.toObject(G2.toAffine(point)) as [[bigint, bigint], [bigint, bigint]];
      return { x, y };
    };
    const k = 7n;
    const inverse = invert(k);
    const malleations: Proof[] = [
      { ...proof, a: negate(proof.a), b: negate2(proof.b) },
      { ...proof, a: toG1(G1.timesScalar(g1(proof.a), k)), b: toG2(G2.timesScalar(g2(proof.b), inverse)) },
      {
        ...proof,
        b: toG2(G2.add(g2(proof.b), G2.timesScalar(g2(delta), k))),
        c: toG1(G1.add(g1(proof.c), G1.timesScalar(g1(proof.a), k))),
      },
    ];
    for (const other of malleations) {
      expect(other).not.toEqual(proof);
      await expect(verifier.verify(signals, other)).resolves.toBeUndefined();
      expect(Statement.id({ programId, signals })).toBe(proven.statementId);
    }
  });

  test('our verifier, snarkjs and a third library give one verdict', async () => {
    const { groth16 } = await loadSnarkjs();
    const key = fixture.keys.verifyingKey;
    const { signals, proof } = proven;
    const cases: [readonly bigint[], Proof, boolean][] = [
      [signals, proof, true],
      [signals, { ...proof, a: negate(proof.a), b: negate2(proof.b) }, true],
      [[1n, 13n], proof, false],
      [[2n, 12n], proof, false],
      [signals, { ...proof, c: negate(proof.c) }, false],
      [signals, { ...proof, a: proof.c, c: proof.a }, false],
      [signals, { ...proof, b: key.delta }, false],
    ];
    for (const [statement, candidate, verdict] of cases) {
      const ours = await verifier.verify(statement, candidate).then(
        () => true,
        () => false,
      );
      const theirs = await groth16.verify(VerifyingKey.toJson(key), statement.map(String), Proof.toJson(candidate));
      expect([ours, theirs, verifyWithNoble(key, statement, candidate)]).toEqual([verdict, verdict, verdict]);
    }
  });
});

function verifyWithNoble(key: VerifyingKey, signals: readonly bigint[], { a, b, c }: Proof): boolean {
  const g1 = ({ x, y }: G1) => bn254.G1.Point.fromAffine({ x, y });
  const g2 = ({ x, y }: G2) => {
    const { Fp2 } = bn254.fields;
    return bn254.G2.Point.fromAffine({ x: Fp2.fromBigTuple([x[0], x[1]]), y: Fp2.fromBigTuple([y[0], y[1]]) });
  };
  const [constant, ...bases] = key.ic.map(g1);
  const sum = bases.reduce((sum, base, i) => sum.add(base.multiplyUnsafe(signals[i] as bigint)), constant as never);
  const product = bn254.pairingBatch([
    { g1: g1(a), g2: g2(b) },
    { g1: g1(key.alpha).negate(), g2: g2(key.beta) },
    { g1: sum.negate(), g2: g2(key.gamma) },
    { g1: g1(c).negate(), g2: g2(key.delta) },
  ]);
  return bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE);
}

/** The inverse modulo r, by Fermat. */
function invert(value: bigint): bigint {
  let result = 1n;
  let square = value;
  for (let rest = r - 2n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = Field.from(result * square);
    square = Field.from(square * square);
  }
  return result;
}

/** The cofactor is odd and huge, so the first point of the twist that one comes across is outside the subgroup. */
function twistPointOutsideSubgroup(): G2 {
  const { Fp2 } = bn254.fields;
  const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]));
  for (let x = 1n; ; x++) {
    const abscissa = Fp2.fromBigTuple([x, 0n]);
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(abscissa), abscissa), b));
      return { x: [x, 0n], y: [y.c0, y.c1] };
    } catch {
      // Not a square: no point has this x.
    }
  }
}
