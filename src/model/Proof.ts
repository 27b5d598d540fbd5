/**
 * @module A Groth16 proof over BN254: three affine points. `Proof.parse` takes snarkjs' JSON form strictly; whether
 * the points lie in their groups and the proof verifies is for `prover/verify.ts` to say.
 */
import { ProofProtocolError, ProofRejectedError } from '../errors.ts';
import { Decimal } from './Decimal.ts';
import { q } from './Field.ts';
import { Json, type JsonValue } from './Json.ts';
import { type G1, type G2, Point } from './Point.ts';

export type Proof = { readonly a: G1; readonly b: G2; readonly c: G1 };

export const Proof = {
  /**
   * Parses snarkjs' `proof.json`: decimal strings below q, z = 1, points on their curves.
   * @throws ProofProtocolError when it is of another protocol or curve, ProofRejectedError otherwise
   */
  parse: (json: JsonValue): Proof => {
    if (!Json.isObject(json)) throw new ProofRejectedError('the proof is not a JSON object');
    if (json.protocol !== 'groth16') throw new ProofProtocolError('the proof is not of protocol groth16');
    if (json.curve !== 'bn128') throw new ProofProtocolError('the proof is not over curve bn128');
    const proof = { a: parseG1(json, 'pi_a'), b: parseG2(json, 'pi_b'), c: parseG1(json, 'pi_c') };
    Proof.checkCurve(proof);
    return proof;
  },

  /** @throws ProofRejectedError when a point is at infinity or off its curve; (0, 0) is off both. */
  checkCurve: (proof: Proof): void => {
    if (!Point.isOnG1(proof.a)) throw offCurve('pi_a');
    if (!Point.isOnTwist(proof.b)) throw offCurve('pi_b');
    if (!Point.isOnG1(proof.c)) throw offCurve('pi_c');
  },

  /** snarkjs' form. */
  toJson: ({ a, b, c }: Proof) => ({
    pi_a: [a.x.toString(), a.y.toString(), '1'],
    pi_b: [b.x.map(String), b.y.map(String), ['1', '0']],
    pi_c: [c.x.toString(), c.y.toString(), '1'],
    protocol: 'groth16',
    curve: 'bn128',
  }),
} as const;

function parseG1(json: { readonly [key: string]: JsonValue }, name: string): G1 {
  const [x, y, z] = coordinates(json[name], 3, name);
  if (z !== 1n) throw new ProofRejectedError(`${name} is not an affine point`, { at: name });
  return { x: x as bigint, y: y as bigint };
}

function parseG2(json: { readonly [key: string]: JsonValue }, name: string): G2 {
  const pairs = json[name];
  if (!Array.isArray(pairs) || pairs.length !== 3) {
    throw new ProofRejectedError(`${name} is missing or not a point of G2`, { at: name });
  }
  const [x, y, z] = pairs.map((pair, i) => coordinates(pair, 2, `${name}[${i}]`));
  if (z?.[0] !== 1n || z[1] !== 0n) throw new ProofRejectedError(`${name} is not an affine point`, { at: name });
  return { x: [x?.[0] as bigint, x?.[1] as bigint], y: [y?.[0] as bigint, y?.[1] as bigint] };
}

function coordinates(json: JsonValue | undefined, count: number, at: string): bigint[] {
  if (!Array.isArray(json) || json.length !== count) {
    throw new ProofRejectedError(`${at} is missing or does not have ${count} coordinates`, { at });
  }
  return json.map((text, i) => {
    const value = Decimal.parse(text);
    if (value === undefined) throw new ProofRejectedError(`${at}[${i}] is not a decimal string`, { at });
    if (value >= q) throw new ProofRejectedError(`${at}[${i}] is not below the field's prime`, { at });
    return value;
  });
}

function offCurve(at: string): ProofRejectedError {
  return new ProofRejectedError(`${at} is not a point of its curve`, { at });
}
