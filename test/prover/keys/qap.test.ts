import { beforeAll, describe, expect, test } from 'vitest';
import { R1cs } from '../../../prover/artifacts/r1cs.ts';
import { Wtns } from '../../../prover/artifacts/wtns.ts';
import { evaluateScalars } from '../../../prover/keys/qap.ts';
import { invertModR, lagrangeAt, powerModR, rootOfUnity } from '../../../prover/keys/roots.ts';
import { deriveSecrets } from '../../../prover/keys/secrets.ts';
import { Field, r } from '../../../src/model/Field.ts';
import { type Artifacts, loadArtifacts } from '../../support/artifacts.ts';

const programId = `0x${'ab'.repeat(32)}` as const;
const secrets = deriveSecrets('for tests', programId);

let artifacts: Artifacts;
beforeAll(async () => {
  artifacts = await loadArtifacts();
});

describe('rootOfUnity', () => {
  test('default: has exactly the order asked for', () => {
    for (const size of [2, 8, 2 ** 16, 2 ** 28]) {
      expect(powerModR(rootOfUnity(size), BigInt(size))).toBe(1n);
      expect(powerModR(rootOfUnity(size), BigInt(size / 2))).toBe(r - 1n);
    }
  });
});

describe('lagrangeAt', () => {
  test('default: interpolates every monomial below the size of the domain', () => {
    const size = 16;
    const basis = lagrangeAt(secrets.tau, size, { first: 0, step: 1 });
    for (let degree = 0; degree < size; degree++) {
      let value = 0n;
      for (const [i, at] of basis.entries()) value += at * powerModR(rootOfUnity(size), BigInt(i * degree));
      expect(value % r).toBe(powerModR(secrets.tau, BigInt(degree)));
    }
  });

  test('behavior: first and step select from the same basis', () => {
    const all = lagrangeAt(secrets.tau, 32, { first: 0, step: 1 });
    expect(lagrangeAt(secrets.tau, 32, { first: 1, step: 2 })).toEqual(all.filter((_, i) => i % 2 === 1));
  });
});

describe('evaluateScalars', () => {
  test('default: a satisfying witness satisfies the equation of Groth16, another one does not', async () => {
    const r1cs = R1cs.parse(await artifacts.read('product.r1cs'));
    const witness = readElements(Wtns.parse(await artifacts.read('product.wtns')));
    expect(equationGap(r1cs, witness)).toBe(0n);
    const wrong = witness.with(2, 36n);
    expect(equationGap(r1cs, wrong)).not.toBe(0n);
  });
});

describe('deriveSecrets', () => {
  test('default: same seed and program, same secrets; pinned, since keys are to be made again anywhere', () => {
    expect(deriveSecrets('for tests', programId)).toEqual(secrets);
    expect(Field.is(secrets.tau)).toBe(true);
    expect(new Set(Object.values(secrets)).size).toBe(4);
    expect(secrets.tau).toMatchInlineSnapshot(
      `15700096093028082540065171482001816260914129776671102448316262877275526088141n`,
    );
  });

  test('behavior: another seed or program, other secrets', () => {
    expect(deriveSecrets('for tests ', programId).tau).not.toBe(secrets.tau);
    expect(deriveSecrets('for tests', `0x${'ac'.repeat(32)}`).tau).not.toBe(secrets.tau);
  });
});

/**
 * A·B − alpha·beta − IC − delta·C in the exponent, with A = alpha + Σ w·a, B = beta + Σ w·b and C as the prover forms
 * it without blinding: Σ over private wires, and Σ (a·b − c) over the odd points times H.
 */
function equationGap(r1cs: R1cs, witness: readonly bigint[]): bigint {
  const { alpha, beta, delta } = secrets;
  const { a, b, ic, c, h, domainSize } = evaluateScalars(r1cs, secrets);
  const dot = (scalars: readonly bigint[], values: readonly bigint[]) =>
    scalars.reduce((sum, scalar, i) => (sum + scalar * (values[i] as bigint)) % r, 0n);
  const quotient = oddValues(r1cs, witness, domainSize);
  const left = (alpha + dot(a, witness)) * (beta + dot(b, witness));
  const proofC = dot(c, witness.slice(ic.length)) + dot(h, quotient);
  return Field.from(left - alpha * beta - dot(ic, witness) - delta * proofC);
}

/** a·b − c on the odd points of the double domain, by plain interpolation; c is a·b on the domain, as provers take it. */
function oddValues(r1cs: R1cs, witness: readonly bigint[], size: number): bigint[] {
  const [a, b] = [new Array<bigint>(size).fill(0n), new Array<bigint>(size).fill(0n)];
  const value = (terms: readonly (readonly [number, bigint])[]) =>
    terms.reduce((sum, [wire, coefficient]) => (sum + coefficient * (witness[wire] as bigint)) % r, 0n);
  let row = 0;
  for (const constraint of r1cs.constraints()) {
    a[row] = value(constraint.a);
    b[row++] = value(constraint.b);
  }
  for (let wire = 0; wire <= R1cs.publicCount(r1cs); wire++) a[row++] = witness[wire] as bigint;
  const c = a.map((left, i) => (left * (b[i] as bigint)) % r);
  return Array.from({ length: size }, (_, i) => {
    const basis = lagrangeAt(powerModR(rootOfUnity(2 * size), BigInt(2 * i + 1)), size, { first: 0, step: 1 });
    const at = (values: readonly bigint[]) => basis.reduce((sum, l, j) => (sum + l * (values[j] as bigint)) % r, 0n);
    return Field.from(at(a) * at(b) - at(c));
  });
}

function readElements({ count, values }: Wtns): bigint[] {
  return Array.from({ length: count }, (_, i) => Field.fromBytesLE(values.subarray(32 * i, 32 * i + 32)));
}

describe('invertModR', () => {
  test('default: multiplies back to 1', () => {
    for (const value of [1n, 2n, r - 1n, secrets.tau]) expect((invertModR(value) * value) % r).toBe(1n);
  });
});
