/**
 * @module A proof on its way to a contract: the 4-byte selector of the proof system, then its bytes. For Groth16 these
 * are A (2 words), B (4), C (2), in the order of the EVM's precompiles.
 */
import { ProofRejectedError } from '../errors.ts';
import { Hex } from './Hex.ts';
import { Point } from './Point.ts';
import { Proof } from './Proof.ts';

/** First 4 bytes of keccak256("tallystick/groth16/bn254/v1"). */
const groth16Selector = Hex.keccak256(Hex.fromBytes(new TextEncoder().encode('tallystick/groth16/bn254/v1'))).slice(
  0,
  10,
) as Hex;

export const Seal = {
  groth16Selector,

  /** 260 bytes. */
  encode: ({ a, b, c }: Proof): Hex =>
    `${groth16Selector}${Hex.words([...Point.g1ToWords(a), ...Point.g2ToWords(b), ...Point.g1ToWords(c)]).slice(2)}`,

  /** @throws ProofRejectedError when the selector or length is another's or a point is off its curve */
  decode: (seal: Hex): Proof => {
    if (!Hex.is(seal, 260) || !seal.startsWith(groth16Selector)) {
      throw new ProofRejectedError('the seal is not a Groth16 seal of 260 bytes');
    }
    const words = Hex.toWords(`0x${seal.slice(10)}`);
    const proof = {
      a: Point.g1FromWords(words.slice(0, 2)),
      b: Point.g2FromWords(words.slice(2, 6)),
      c: Point.g1FromWords(words.slice(6, 8)),
    };
    Proof.checkCurve(proof);
    return proof;
  },
} as const;
