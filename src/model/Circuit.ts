/** @module The compiled form of a computation at one size: its artifacts, their hashes, and the id of what it proves. */
import { encodeAbiParameters, keccak256, stringToHex } from 'viem/utils';
import type { Parameters, ProgramKind, Signal } from './Computation.ts';
import type { Hex } from './Hex.ts';
import { Json } from './Json.ts';

/** A file that is known by its content. */
export type Artifact = {
  readonly path: string;
  /** SHA-256 of the content, lower-case hex without prefix. */
  readonly sha256: string;
  readonly bytes: number;
};

export type Circuit = {
  readonly name: string;
  readonly version: number;
  readonly kind: ProgramKind;
  readonly size: string;
  readonly template: string;
  readonly parameters: Parameters;
  readonly signals: readonly Signal[];
  readonly programId: Hex;
  readonly constraints: number;
  readonly wires: number;
  /** The number of field elements that are public, context included. */
  readonly publicCount: number;
  /** Compiler and flags, such as `circom 2.2.3 --O2`. */
  readonly compiler: string;
  readonly r1cs: Artifact;
  readonly wasm: Artifact;
  readonly sym: Artifact;
};

export const Circuit = {
  /** keccak256(abi.encode(bytes32 sha256(r1cs), bytes32 keccak256(canonical JSON of the public signals' schema))). */
  programId: (r1csSha256: string, signals: readonly Signal[]): Hex => {
    const schema = signals
      .filter((signal) => signal.public)
      .map(({ name, type, dimensions, unit, min, max }) => ({ name, type, dimensions, unit, min, max }));
    return keccak256(
      encodeAbiParameters(
        [{ type: 'bytes32' }, { type: 'bytes32' }],
        [`0x${r1csSha256}`, keccak256(stringToHex(Json.canonical(schema)))],
      ),
    );
  },
} as const;
