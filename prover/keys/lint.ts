/**
 * @module Refuses Groth16 keys with which anyone could forge proofs. A verifier accepts e(A, B) = e(alpha, beta) ·
 * e(x, gamma) · e(C, delta) with x the sum of IC over the public signals, so whoever knows how two of these points
 * relate cancels a term: with delta = gamma take C = −x, with beta = delta take C = −alpha, and so on. A key without a
 * phase-2 contribution has delta = gamma = the generator. That gamma is the generator is usual and harmless.
 *
 * The linter sees verifying points only. It cannot see that somebody knows a trapdoor, as with every development key.
 */
import { UnsafeKeyError } from '../../src/errors.ts';
import { type G1, type G2, Point } from '../../src/model/Point.ts';
import { VerifyingKey } from '../../src/model/VerifyingKey.ts';
import { isInSubgroup } from './subgroup.ts';

export type LintOptions = {
  /** How many public signals the circuit has, where it is known. */
  readonly publicCount?: number | undefined;
  /** How many phase-2 contributions the proving key carries, where it is at hand. */
  readonly contributions?: number | undefined;
};

/**
 * Checks that a verifying key is well formed and has none of the known traps. Synchronous, some 20 ms, starts no thread.
 * @throws UnsafeKeyError
 */
export function lintKey(key: VerifyingKey, { publicCount, contributions }: LintOptions = {}): void {
  if (key.ic.length < 1) throw unsafe('the key has no IC points', 'IC');
  if (publicCount !== undefined && VerifyingKey.publicCount(key) !== publicCount) {
    throw unsafe(`the key has ${key.ic.length} IC points for ${publicCount} public signals`, 'IC');
  }
  checkG1(key);
  checkG2(key);
  checkRelations(key);
  checkIc(key.ic);
  if (key.keyClass === 'ceremony' && contributions === 0) {
    throw unsafe('the key calls itself a ceremony key and carries no contribution', 'contributions');
  }
}

function checkG1({ alpha, ic }: VerifyingKey): void {
  for (const [name, point] of [['alpha', alpha] as const, ...ic.map((point, i) => [`IC[${i}]`, point] as const)]) {
    if (!Point.isOnG1(point)) throw unsafe(`${name} is at infinity or off G1`, name);
  }
  if (isSameLine(alpha, Point.g1Generator)) throw unsafe('alpha is the generator', 'alpha');
}

function checkG2(key: VerifyingKey): void {
  for (const name of ['beta', 'gamma', 'delta'] as const) {
    const point = key[name];
    if (!Point.isOnTwist(point)) throw unsafe(`${name} is at infinity or off the twist`, name);
    // The generator is what gamma nearly always is; its order is known.
    if (!Point.isEqualG2(point, Point.g2Generator) && !isInSubgroup(point)) {
      throw unsafe(`${name} is outside the subgroup of order r`, name);
    }
  }
}

function checkRelations({ beta, gamma, delta }: VerifyingKey): void {
  const remedy = 'add a contribution of phase 2, or make a development key';
  if (isSameLineG2(delta, gamma)) throw unsafe('delta is gamma: anyone can forge proofs for this key', 'delta', remedy);
  if (isSameLineG2(delta, Point.g2Generator)) throw unsafe('delta is the generator', 'delta', remedy);
  if (isSameLineG2(beta, gamma)) throw unsafe('beta is gamma', 'beta');
  if (isSameLineG2(beta, delta)) throw unsafe('beta is delta', 'beta');
  if (isSameLineG2(beta, Point.g2Generator)) throw unsafe('beta is the generator', 'beta');
}

/** With two equal IC points, a proof for signals (x, y) would also serve for (x + 1, y − 1). */
function checkIc(ic: readonly G1[]): void {
  const seen = new Map<bigint, number>();
  for (const [i, { x }] of ic.entries()) {
    const other = seen.get(x);
    if (other !== undefined) throw unsafe(`IC[${i}] repeats IC[${other}]`, `IC[${i}]`);
    seen.set(x, i);
  }
}

/** Equal up to the sign, which a forger corrects for free. */
function isSameLine(a: G1, b: G1): boolean {
  return a.x === b.x;
}

function isSameLineG2(a: G2, b: G2): boolean {
  return a.x[0] === b.x[0] && a.x[1] === b.x[1];
}

function unsafe(message: string, at: string, remedy = 'take another key'): UnsafeKeyError {
  return new UnsafeKeyError(`unsafe key: ${message}`, { at, remedy });
}
