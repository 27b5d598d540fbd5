/**
 * @module Whether an initial key follows from its constraint system and its phase 1, by equations that share no code with
 * what computed it. For random factors ρ of the wires, Σ ρ_w·A_w must be Σ (Σ ρ_w·a_{row,w})·[L_row(tau)], where a is
 * the matrix and L the Lagrange basis in the phase 1; the same for the other rows of points. See qap.ts for the layout.
 */
import { CeremonyError } from '../../../src/errors.ts';
import { r } from '../../../src/model/Field.ts';
import { elementBytes, viewOf, writeU256 } from '../../artifacts/binary.ts';
import { type LinearCombination, R1cs } from '../../artifacts/r1cs.ts';
import type { Zkey } from '../../artifacts/zkey.ts';
import { loadCurve } from '../../snarkjsRuntime.ts';
import { type GroupName, pointBytes } from '../fixedBase.ts';
import type { Arithmetic } from './arithmetic.ts';
import { drawFactors, factorAt, isSameBytes, isSamePoint, pointAt } from './equations.ts';
import { type Phase1, phase1Section } from './phase1.ts';
import { packG1, packG2 } from './points.ts';

/** Checks all points of a key whose delta is the generator. @throws CeremonyError */
export async function checkDerived(zkey: Zkey, r1cs: R1cs, phase1: Phase1, arithmetic: Arithmetic): Promise<void> {
  const expectSum = sumChecker(arithmetic);
  await checkVerifyingPoints(zkey, phase1);
  const { domainSize, wires, publicCount, sections } = zkey;
  const factors = drawFactors(wires);
  const bases = lagrangeBases(phase1, domainSize);
  const rows = combineRows(r1cs, domainSize, (wire) => factorAt(factors, wire));
  await expectSum('A', 'g1', { points: sections.a, factors }, [[bases.tau1, rows.a]]);
  await expectSum('B in G1', 'g1', { points: sections.b1, factors }, [[bases.tau1, rows.b]]);
  await expectSum('B in G2', 'g2', { points: sections.b2, factors }, [[bases.tau2, rows.b]]);
  const open = (publicCount + 1) * 16;
  const mixed = (isIn: (wire: number) => boolean): Terms => {
    const { a, b, c } = combineRows(r1cs, domainSize, (wire) => (isIn(wire) ? factorAt(factors, wire) : 0n));
    return [
      [bases.beta1, a],
      [bases.alpha1, b],
      [bases.tau1, c],
    ];
  };
  const ic = { points: Buffer.concat(zkey.ic.map(packG1)), factors: factors.subarray(0, open) };
  await expectSum(
    'IC',
    'g1',
    ic,
    mixed((wire) => wire <= publicCount),
  );
  const c = { points: sections.c, factors: factors.subarray(open) };
  await expectSum(
    'C',
    'g1',
    c,
    mixed((wire) => wire > publicCount),
  );
  if (!isSameBytes(sections.h, bases.odd1)) throw notDerived('H');
}

/** alpha and beta are the phase 1's, gamma and delta the generator. */
async function checkVerifyingPoints(zkey: Zkey, phase1: Phase1): Promise<void> {
  const { G1, G2 } = await loadCurve();
  const first = (id: number): Uint8Array => phase1Section(phase1, id);
  const isRight =
    isSameBytes(packG1(zkey.alpha1), pointAt('g1', first(4), 0)) &&
    isSameBytes(packG1(zkey.beta1), pointAt('g1', first(5), 0)) &&
    isSameBytes(packG2(zkey.beta2), first(6)) &&
    G2.eq(packG2(zkey.gamma2), G2.g) &&
    G2.eq(packG2(zkey.delta2), G2.g) &&
    G1.eq(packG1(zkey.delta1), G1.g);
  if (!isRight) throw notDerived('the verifying points');
}

type Scalars = readonly bigint[];
type Terms = readonly (readonly [basis: Uint8Array, scalars: Scalars])[];

/** Checks that Σ factor·point of a key equals the sum over the phase 1's bases. */
function sumChecker({ sum }: Arithmetic) {
  return async (
    name: string,
    group: GroupName,
    { points, factors }: { readonly points: Uint8Array; readonly factors: Uint8Array },
    terms: Terms,
  ): Promise<void> => {
    const bases = Buffer.concat(terms.map(([basis]) => basis));
    const scalars = pack(terms.flatMap(([, values]) => values));
    const [own, derived] = [await sum(group, points, factors), await sum(group, bases, scalars)];
    if (!(await isSamePoint(group, own, derived))) throw notDerived(name);
  };
}

/** Per row of the domain, the matrices' entries times the wires' factors; the last rows are those of public signals. */
function combineRows(r1cs: R1cs, domainSize: number, factor: (wire: number) => bigint) {
  const empty = (): bigint[] => new Array<bigint>(domainSize).fill(0n);
  const rows = { a: empty(), b: empty(), c: empty() };
  const combine = (terms: LinearCombination): bigint => {
    let total = 0n;
    for (const [wire, coefficient] of terms) total += coefficient * factor(wire);
    return total % r;
  };
  let row = 0;
  for (const { a, b, c } of r1cs.constraints()) {
    rows.a[row] = combine(a);
    rows.b[row] = combine(b);
    rows.c[row] = combine(c);
    row++;
  }
  for (let wire = 0; wire <= R1cs.publicCount(r1cs); wire++) rows.a[row++] = factor(wire);
  return rows;
}

/** The Lagrange points of a domain; `odd1` are those of the domain of double size that lie between its own. */
export function lagrangeBases(phase1: Phase1, size: number) {
  const basis = (id: number, group: GroupName, count: number): Uint8Array => {
    const width = pointBytes[group];
    return phase1Section(phase1, id).subarray((count - 1) * width, (2 * count - 1) * width);
  };
  const double = basis(12, 'g1', 2 * size);
  const odd1 = new Uint8Array(size * pointBytes.g1);
  for (let i = 0; i < size; i++) odd1.set(pointAt('g1', double, 2 * i + 1), i * pointBytes.g1);
  return {
    tau1: basis(12, 'g1', size),
    tau2: basis(13, 'g2', size),
    alpha1: basis(14, 'g1', size),
    beta1: basis(15, 'g1', size),
    odd1,
  };
}

function pack(scalars: Scalars): Uint8Array {
  const bytes = new Uint8Array(scalars.length * elementBytes);
  const view = viewOf(bytes);
  for (const [i, scalar] of scalars.entries()) writeU256(view, i * elementBytes, scalar);
  return bytes;
}

function notDerived(what: string): CeremonyError {
  return new CeremonyError(`${what} of the initial key does not follow from the circuit and the phase 1`, { at: what });
}
