/**
 * @module Whether a phase-1 file holds what it should: powers of one tau in both groups, the same times alpha and beta,
 * and all of them again in the Lagrange bases. This shows that the file is of use and that nobody changed a point of
 * it; it cannot show who knows tau. The contributors' names and the hashes between them are held by the file's own hash.
 */
import { PtauError } from '../../../src/errors.ts';
import { Container, type Cursor } from '../../artifacts/binary.ts';
import { readParameters } from '../../artifacts/contributions.ts';
import { checkG1Section, checkG2Section } from '../../artifacts/points.ts';
import type { Ptau } from '../../artifacts/ptau.ts';
import { loadCurve } from '../../snarkjsRuntime.ts';
import { type GroupName, pointBytes } from '../fixedBase.ts';
import { checkNotAborted } from '../multiples.ts';
import { isInSubgroup } from '../subgroup.ts';
import { type Arithmetic, widen } from './arithmetic.ts';
import { drawFactors, isSameBytes, isSamePoint, isSameRatio, pointAt } from './equations.ts';
import { unpackG2 } from './points.ts';

type Options = {
  readonly source: string;
  readonly ptau: Ptau;
  readonly arithmetic: Arithmetic;
  readonly signal?: AbortSignal | undefined;
};

/** Rounds of the test for points outside the subgroup: the twist's cofactor has 10069 for its least prime factor. */
const subgroupRounds = 6;

const { g1, g2 } = pointBytes;
const g1Sections = [2, 4, 5];
const lagrangeG1Sections = [12, 14, 15];

/** Checks every point of a file whose lengths are right. @throws PtauError, ArtifactFormatError, CancelledError */
export async function checkPowers(bytes: Uint8Array, { source, ptau, arithmetic, signal }: Options): Promise<void> {
  const container = Container.parse(bytes, source, { magic: 'ptau', version: 1 });
  const points = (id: number): Uint8Array => Container.section(container, id).bytes;
  for (const id of [...g1Sections, ...(ptau.prepared ? lagrangeG1Sections : [])]) {
    checkG1Section(Container.section(container, id), id);
  }
  for (const id of [3, 6, ...(ptau.prepared ? [13] : [])]) checkG2Section(Container.section(container, id), id);
  const check: Check = {
    source,
    points,
    sum: arithmetic.sum,
    fail: (what) => new PtauError(`${source} is not sound: ${what}`, { at: source }),
  };
  checkContributions(Container.section(container, 7), check);
  checkNotAborted(signal);
  await checkSubgroup(check, ptau);
  await checkRatios(check);
  if (!ptau.prepared) return;
  for (const [powersId, lagrangeId, group, top] of [
    [2, 12, 'g1', ptau.power + 1],
    [3, 13, 'g2', ptau.power],
    [4, 14, 'g1', ptau.power],
    [5, 15, 'g1', ptau.power],
  ] as const) {
    for (let power = 0; power <= top; power++) {
      checkNotAborted(signal);
      await checkLagrange(check, { powersId, lagrangeId, group, power });
    }
  }
}

type Check = {
  readonly source: string;
  readonly points: (id: number) => Uint8Array;
  readonly sum: Arithmetic['sum'];
  readonly fail: (what: string) => PtauError;
};

/** Each row starts where it must and goes on by tau; beta is the same in both groups; nothing is at infinity. */
async function checkRatios({ points, sum, fail }: Check): Promise<void> {
  const { G1, G2 } = await loadCurve();
  const [tau1, tau2, alpha, beta, beta2] = [2, 3, 4, 5, 6].map(points) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  if (!G1.eq(pointAt('g1', tau1, 0), G1.g)) throw fail('its powers in G1 do not begin with the generator');
  if (!G2.eq(pointAt('g2', tau2, 0), G2.g)) throw fail('its powers in G2 do not begin with the generator');
  const tau = { s: G2.g, t: pointAt('g2', tau2, 1) };
  for (const [name, row] of [
    ['tau', tau1],
    ['alpha', alpha],
    ['beta', beta],
  ] as const) {
    const factors = drawFactors(row.length / g1 - 1);
    const p = await sum('g1', row.subarray(0, row.length - g1), factors);
    const q = await sum('g1', row.subarray(g1), factors);
    if (!(await isSameRatio({ p, q, ...tau }))) throw fail(`its powers of ${name} in G1 are not powers of one tau`);
  }
  const factors = drawFactors(tau2.length / g2 - 1);
  const s = await sum('g2', tau2.subarray(0, tau2.length - g2), factors);
  const t = await sum('g2', tau2.subarray(g2), factors);
  if (!(await isSameRatio({ p: G1.g, q: pointAt('g1', tau1, 1), s, t }))) {
    throw fail('its powers in G2 are not powers of one tau');
  }
  const betaPair = { p: G1.g, q: pointAt('g1', beta, 0), s: G2.g, t: pointAt('g2', beta2, 0) };
  if (!(await isSameRatio(betaPair))) throw fail('beta is not the same in G1 and G2');
}

/** A random sum of points of which one lies outside the subgroup falls inside it once in 10069 times at most. */
async function checkSubgroup({ source, points, sum, fail }: Check, { prepared }: Ptau): Promise<void> {
  for (const id of [3, 6, ...(prepared ? [13] : [])]) {
    const row = points(id);
    for (let round = 0; round < subgroupRounds; round++) {
      const { G2 } = await loadCurve();
      const total = await sum('g2', row, drawFactors(row.length / g2));
      if (G2.isZero(total) || !isInSubgroup(unpackG2(G2.toAffine(total), source))) {
        throw fail(`section ${id} has a point outside the subgroup of order r`);
      }
    }
  }
}

type Basis = {
  readonly powersId: number;
  readonly lagrangeId: number;
  readonly group: GroupName;
  readonly power: number;
};

/**
 * For a random polynomial f of 2^power coefficients: Σ f_i·[tau^i] = f(tau) = Σ f(w^j)·[L_j(tau)]. In the domain of
 * double size the file lacks the last power, and f the last coefficient.
 */
async function checkLagrange(
  { points, sum, fail }: Check,
  { powersId, lagrangeId, group, power }: Basis,
): Promise<void> {
  const { Fr } = await loadCurve();
  const size = 2 ** power;
  const width = pointBytes[group];
  const row = points(powersId).subarray(0, size * width);
  const factors = drawFactors(row.length / width);
  const values = await Fr.batchFromMontgomery(await Fr.fft(await Fr.batchToMontgomery(widen(factors, size))));
  const basis = points(lagrangeId).subarray((size - 1) * width, (2 * size - 1) * width);
  if (!(await isSamePoint(group, await sum(group, row, factors), await sum(group, basis, values)))) {
    throw fail(`section ${lagrangeId} is not section ${powersId} in the Lagrange basis of 2^${power} points`);
  }
}

const keyBytes = 6 * g1 + 3 * g2;
const partialHashBytes = 216;
const challengeBytes = 64;
const contributionBytesMin = 3 * g1 + 2 * g2 + keyBytes + partialHashBytes + challengeBytes + 8;

/** The list is well formed, not empty, and ends in the points of the file. */
function checkContributions(cursor: Cursor, { points, fail }: Check): void {
  const count = cursor.u32();
  if (count === 0) throw fail('nobody has contributed to it, so everybody knows its tau');
  if (count * contributionBytesMin > cursor.remaining) {
    throw cursor.malformed(`claims ${count} contributions in ${cursor.remaining} bytes`);
  }
  let last = new Uint8Array();
  for (let i = 0; i < count; i++) {
    last = Uint8Array.from(cursor.take(3 * g1 + 2 * g2));
    cursor.take(keyBytes + partialHashBytes + challengeBytes);
    const type = cursor.u32();
    if (type > 1) throw cursor.malformed(`has a contribution of the unknown type ${type}`);
    readParameters(cursor);
  }
  cursor.end();
  const own = [
    pointAt('g1', points(2), 1),
    pointAt('g2', points(3), 1),
    ...[4, 5].map((id) => pointAt('g1', points(id), 0)),
    points(6),
  ];
  if (!isSameBytes(Buffer.concat(own), last)) throw fail('its points are not those of its last contribution');
}
