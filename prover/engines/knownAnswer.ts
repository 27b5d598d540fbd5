/**
 * @module A small proof whose bytes are known, which a kernel must reproduce before it is trusted with anything: a
 * wrong instruction, a miscompilation or a broken build shows here. The key has every kind of point that the addition
 * formulas treat specially: repeated, opposite, and at infinity. Its expected proof is snarkjs'.
 */
import { Field, q, r } from '../../src/model/Field.ts';
import type { Randomness } from './engine.ts';
import { numbers, realisticScalar, syntheticKey, syntheticWitness } from './syntheticKey.ts';

/** 1, 2, 3 and 12345678901234567890 times the generator of G1: x, y. */
const multiplesG1: readonly (readonly bigint[])[] = [
  [1n, 2n],
  [
    1368015179489954701390400359078579693043519447331113978918064868415326638035n,
    9918110051302171585080402603319702774565515993150576347155970296011118125764n,
  ],
  [
    3353031288059533942658390886683067124040920775575537747144343083137631628272n,
    19321533766552368860946552437480515441416830039777911637913418824951667761761n,
  ],
  [
    9446588876024888184624540717998613301683471481746338949439543130085922027125n,
    6073322166562111481347570502987929177859029295120842570062250051139695930673n,
  ],
];

/** 1, 2 and 12345678901234567890 times the generator of G2: x and y, real parts first. */
const multiplesG2: readonly (readonly bigint[])[] = [
  [
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ],
  [
    18029695676650738226693292988307914797657423701064905010927197838374790804409n,
    14583779054894525174450323658765874724019480979794335525732096752006891875705n,
    2140229616977736810657479771656733941598412651537078903776637920509952744750n,
    11474861747383700316476719153975578001603231366361248090558603872215261634898n,
  ],
  [
    6564126029540036232371934286329030016255444017152536820876048207919739730398n,
    4683255715346260369151334816766668396167208186992857263696264538002349470571n,
    7229581354938513027023644364437179811074071888736235177382381658405602879852n,
    9779951490326959790654441816793816479518157718076739742832593879512712820883n,
  ],
];

const shape = { domainBits: 7, wires: 101, publicCount: 2, coefficients: 300 } as const;

/** The known proof's (r, s); those of real proofs are random. */
export const knownRandomness: Randomness = { r: 0x1234567890abcdef1234567890abcdefn, s: r - 0xfedcban };

/** The first 32 hexadecimal digits of the SHA-256 of the known proof's 256 bytes. */
export const knownProofDigest = 'dcec2806d620dd614cfdf8c770e727a2';

/** The known proof's key and witness. */
export function knownQuestion(): { readonly zkey: Uint8Array; readonly witness: Uint8Array } {
  const random = numbers(20);
  const points = { g1: chooser(multiplesG1, 64), g2: chooser(multiplesG2, 128) };
  const zkey = syntheticKey(shape, points, random);
  return { zkey, witness: syntheticWitness(shape.wires, () => realisticScalar(random)) };
}

/** Multiples in turn, every third negated, and after those of the header every eleventh at infinity. */
function chooser(multiples: readonly (readonly bigint[])[], bytes: number): (index: number) => Uint8Array {
  const rows = multiples.flatMap((point) => [encode(point), encode(negate(point))]);
  return (index) => {
    if (index > 10 && index % 11 === 0) return new Uint8Array(bytes);
    return rows[2 * (index % multiples.length) + (index % 3 === 0 ? 1 : 0)] as Uint8Array;
  };
}

function negate(point: readonly bigint[]): bigint[] {
  return point.map((coordinate, i) => (i < point.length / 2 || coordinate === 0n ? coordinate : q - coordinate));
}

/** Coordinates in Montgomery form, as `.zkey` files hold them. */
function encode(point: readonly bigint[]): Uint8Array {
  const out = new Uint8Array(32 * point.length);
  for (const [i, coordinate] of point.entries()) out.set(Field.toBytesLE((coordinate << 256n) % q), 32 * i);
  return out;
}
