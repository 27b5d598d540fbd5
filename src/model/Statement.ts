/**
 * @module What is proven and recorded: a program and its public signals. Statements are recorded, never proofs (these
 * are malleable) nor keys (these rotate).
 */
import { ProofRejectedError, SignalCountError } from '../errors.ts';
import { Decimal } from './Decimal.ts';
import { Field } from './Field.ts';
import { Hex } from './Hex.ts';
import type { JsonValue } from './Json.ts';

export type Statement = {
  /** What is proven. */
  readonly programId: Hex;
  /** Canonical field elements; number 0 is the context. */
  readonly signals: readonly bigint[];
};

/** Whom a statement is for: no other chain, contract, stream, window or beneficiary can use it. */
export type Context = {
  readonly chainId: number;
  /** The contract that consumes the proof. */
  readonly contract: Hex;
  readonly programId: Hex;
  readonly stream: number;
  readonly window: number;
  /** Who may claim what the statement earns; the zero address means nobody. */
  readonly beneficiary: Hex;
};

export const Statement = {
  /** keccak256(abi.encode(programId, signals)): the array begins behind two words, with its length. */
  id: ({ programId, signals }: Statement): Hex =>
    Hex.keccak256(Hex.words([BigInt(programId), 2n * wordBytes, BigInt(signals.length), ...signals])),

  /**
   * Public signal 0: keccak256 of abi.encode('tallystick/v1', chainId, contract, programId, stream, window, beneficiary),
   * cut to its top 248 bits so that it is a field element. The text begins behind seven words, with its length.
   */
  context: ({ chainId, contract, programId, stream, window, beneficiary }: Context): bigint => {
    const fields = [chainId, contract, programId, stream, window, beneficiary].map(BigInt);
    return BigInt(Hex.keccak256(Hex.words([7n * wordBytes, ...fields, ...contextDomain]))) >> 8n;
  },

  /**
   * Parses public signals from a file: an array of `count` decimal strings below r.
   * @throws SignalCountError, ProofRejectedError
   */
  parseSignals: (json: JsonValue, count: number): bigint[] => {
    if (!Array.isArray(json)) throw new ProofRejectedError('the public signals are not an array');
    if (json.length !== count) throw new SignalCountError(`expected ${count} public signals, got ${json.length}`);
    return json.map((text, i) => {
      const value = Decimal.parse(text);
      if (value === undefined || !Field.is(value)) {
        throw new ProofRejectedError(`public signal ${i} is not a decimal string below the field's order`, {
          at: `publicSignals[${i}]`,
        });
      }
      return value;
    });
  },
} as const;

const wordBytes = 32n;

/** The length of the text 'tallystick/v1', and its bytes at the upper end of a word. */
const contextDomain = [13n, BigInt(`0x${Buffer.from('tallystick/v1').toString('hex').padEnd(64, '0')}`)];
