/**
 * @module The verifying half of a Groth16 key (https://eprint.iacr.org/2016/260), its canonical bytes and its id. The
 * canonical bytes are what the on-chain registry stores: alpha G1, beta G2, gamma G2, delta G2, then the points IC.
 */
import { ArtifactFormatError, ProofProtocolError } from '../errors.ts';
import { Decimal } from './Decimal.ts';
import { Hex } from './Hex.ts';
import { Json, type JsonValue } from './Json.ts';
import { type G1, type G2, Point } from './Point.ts';

/** `development`: its toxic waste is known, anyone who has the seed forges proofs · `ceremony`: it is not. */
export type KeyClass = 'development' | 'ceremony';

export type VerifyingKey = {
  readonly keyClass: KeyClass;
  readonly alpha: G1;
  readonly beta: G2;
  readonly gamma: G2;
  readonly delta: G2;
  /** One point more than there are public signals. */
  readonly ic: readonly G1[];
};

export const VerifyingKey = {
  /** alpha (2 words) ‖ beta (4) ‖ gamma (4) ‖ delta (4) ‖ IC (2 each), in the EVM's order. */
  toBytes: (key: VerifyingKey): Hex =>
    Hex.words([
      ...Point.g1ToWords(key.alpha),
      ...Point.g2ToWords(key.beta),
      ...Point.g2ToWords(key.gamma),
      ...Point.g2ToWords(key.delta),
      ...key.ic.flatMap(Point.g1ToWords),
    ]),

  /** keccak256 of the canonical bytes. */
  id: (key: VerifyingKey): Hex => Hex.keccak256(VerifyingKey.toBytes(key)),

  publicCount: (key: VerifyingKey): number => key.ic.length - 1,

  /**
   * Parses snarkjs' `verification_key.json`, with `class` added where the key came from us; without it the key counts
   * as a development key. Checks form only: `prover/keys/lint.ts` says whether the key is safe.
   * @throws ArtifactFormatError, ProofProtocolError
   */
  parse: (json: JsonValue): VerifyingKey => {
    if (!Json.isObject(json)) throw new ArtifactFormatError('the verifying key is not a JSON object');
    if (json.protocol !== 'groth16') throw new ProofProtocolError('the verifying key is not of Groth16');
    if (json.curve !== 'bn128') throw new ProofProtocolError('the verifying key is not over bn128');
    const ic = json.IC;
    if (!Array.isArray(ic) || ic.length < 1) throw new ArtifactFormatError('the verifying key has no IC points');
    if (json.nPublic !== ic.length - 1) {
      throw new ArtifactFormatError(
        `the verifying key says nPublic ${String(json.nPublic)} but has ${ic.length} IC points`,
      );
    }
    const keyClass = json.class ?? 'development';
    if (keyClass !== 'development' && keyClass !== 'ceremony') {
      throw new ArtifactFormatError('the verifying key has an unknown class');
    }
    return {
      keyClass,
      alpha: parseG1(json.vk_alpha_1 ?? null, 'vk_alpha_1'),
      beta: parseG2(json.vk_beta_2 ?? null, 'vk_beta_2'),
      gamma: parseG2(json.vk_gamma_2 ?? null, 'vk_gamma_2'),
      delta: parseG2(json.vk_delta_2 ?? null, 'vk_delta_2'),
      ic: ic.map((point, i) => parseG1(point, `IC[${i}]`)),
    };
  },

  /** snarkjs' form, with our `class` and `keyId` beside it. */
  toJson: (key: VerifyingKey) => ({
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: VerifyingKey.publicCount(key),
    class: key.keyClass,
    keyId: VerifyingKey.id(key),
    vk_alpha_1: g1ToJson(key.alpha),
    vk_beta_2: g2ToJson(key.beta),
    vk_gamma_2: g2ToJson(key.gamma),
    vk_delta_2: g2ToJson(key.delta),
    IC: key.ic.map(g1ToJson),
  }),
} as const;

/** snarkjs' projective triple with z = 1. */
function g1ToJson({ x, y }: G1): string[] {
  return [x.toString(), y.toString(), '1'];
}

function g2ToJson({ x, y }: G2): string[][] {
  return [x.map(String), y.map(String), ['1', '0']];
}

function parseG1(json: JsonValue, at: string): G1 {
  const [x, y, z] = coordinates(json, 3, at);
  if (z !== 1n) throw new ArtifactFormatError(`${at} is not an affine point`, { at });
  return { x: x as bigint, y: y as bigint };
}

function parseG2(json: JsonValue, at: string): G2 {
  if (!Array.isArray(json) || json.length !== 3) throw new ArtifactFormatError(`${at} is not a point of G2`, { at });
  const [x, y, z] = json.map((pair, i) => coordinates(pair, 2, `${at}[${i}]`));
  if (z?.[0] !== 1n || z[1] !== 0n) throw new ArtifactFormatError(`${at} is not an affine point`, { at });
  return { x: [x?.[0] as bigint, x?.[1] as bigint], y: [y?.[0] as bigint, y?.[1] as bigint] };
}

function coordinates(json: JsonValue, count: number, at: string): bigint[] {
  const values = Array.isArray(json) && json.length === count ? json.map(Decimal.parse) : [];
  if (values.length !== count || values.some((value) => value === undefined)) {
    throw new ArtifactFormatError(`${at} is not ${count} decimal strings`, { at });
  }
  return values as bigint[];
}
