/**
 * @module What is proven and recorded: a program and its public signals. Statements are recorded, never proofs (these
 * are malleable) nor keys (these rotate).
 */
import { encodeAbiParameters, keccak256 } from 'viem/utils';
import { ProofRejectedError, SignalCountError } from '../errors.ts';
import { Decimal } from './Decimal.ts';
import { Field } from './Field.ts';
import type { Hex } from './Hex.ts';
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
  /** keccak256(abi.encode(programId, signals)). */
  id: ({ programId, signals }: Statement): Hex =>
    keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256[]' }], [programId, signals])),

  /** Public signal 0: keccak256 of the context's fields, cut to its top 248 bits so that it is a field element. */
  context: ({ chainId, contract, programId, stream, window, beneficiary }: Context): bigint =>
    BigInt(
      keccak256(
        encodeAbiParameters(
          [
            { type: 'string' },
            { type: 'uint256' },
            { type: 'address' },
            { type: 'bytes32' },
            { type: 'uint32' },
            { type: 'uint32' },
            { type: 'address' },
          ],
          ['tallystick/v1', BigInt(chainId), contract, programId, stream, window, beneficiary],
        ),
      ),
    ) >> 8n,

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
