/** @module What contributions may change in a key and what they must leave alone. */
import { CeremonyError } from '../../../src/errors.ts';
import type { Zkey } from '../../artifacts/zkey.ts';
import { loadCurve } from '../../snarkjsRuntime.ts';
import { pointBytes } from '../fixedBase.ts';
import type { Arithmetic } from './arithmetic.ts';
import { drawFactors, isSameBytes, isSameRatio } from './equations.ts';
import { packG1, packG2 } from './points.ts';

/**
 * Checks that a key differs from an earlier one of the same ceremony in delta only, and that the rows C and H are divided
 * by as much as delta was multiplied by. Whether somebody knew that factor is the transcript's to show.
 * @throws CeremonyError naming what differs
 */
export async function checkSteps(earlier: Zkey, later: Zkey, { sum }: Arithmetic): Promise<void> {
  for (const [name, of] of fixed) {
    if (!isSameBytes(of(earlier), of(later))) throw differs(name);
  }
  const [s, t] = [packG2(earlier.delta2), packG2(later.delta2)];
  for (const name of ['c', 'h'] as const) {
    const [before, after] = [earlier.sections[name], later.sections[name]];
    if (before.length !== after.length) throw differs(name.toUpperCase());
    const factors = drawFactors(before.length / pointBytes.g1);
    const q = await sum('g1', before, factors);
    const p = await sum('g1', after, factors);
    const { G1 } = await loadCurve();
    // A circuit without private wires has an empty row.
    if (G1.isZero(p) && G1.isZero(q)) continue;
    if (!(await isSameRatio({ p, q, s, t }))) throw differs(name.toUpperCase());
  }
}

const fixed: readonly (readonly [string, (zkey: Zkey) => Uint8Array])[] = [
  ['the number of wires, signals or rows', (key) => Buffer.from(`${key.wires} ${key.publicCount} ${key.domainSize}`)],
  ['alpha', (key) => packG1(key.alpha1)],
  ['beta', (key) => Buffer.concat([packG1(key.beta1), packG2(key.beta2)])],
  ['gamma', (key) => packG2(key.gamma2)],
  ['IC', (key) => Buffer.concat(key.ic.map(packG1))],
  ['the coefficients', (key) => key.sections.coefficients],
  ['A', (key) => key.sections.a],
  ['B in G1', (key) => key.sections.b1],
  ['B in G2', (key) => key.sections.b2],
  ['the hash of the circuit', (key) => key.contributions.circuitHash],
];

function differs(name: string): CeremonyError {
  return new CeremonyError(`${name} of the key is not what the ceremony began with`, { at: name });
}
