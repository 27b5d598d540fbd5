/** @module The hash chain through the ledger's rows, as `ComputeLedger.sol` computes it: each head is over the one before. */
import { encodeAbiParameters, keccak256 } from 'viem/utils';
import type { Hex } from './Hex.ts';

/** What a head is computed from, the head before it aside. */
export type ChainedRecord = {
  readonly statementId: Hex;
  readonly keyId: Hex;
  readonly stream: number;
  readonly window: number;
  readonly beneficiary: Hex;
  /** Among all rows of the ledger, from 0. */
  readonly index: bigint;
  /** Within its program's stream, from 0; always 0 in stream 0. */
  readonly sequence: bigint;
};

const genesisTypes = [{ type: 'string' }, { type: 'uint256' }, { type: 'address' }] as const;
const rowTypes = [
  { type: 'bytes32' },
  { type: 'bytes32' },
  { type: 'bytes32' },
  { type: 'uint32' },
  { type: 'uint32' },
  { type: 'address' },
  { type: 'uint64' },
  { type: 'uint64' },
] as const;

export const RecordChain = {
  /** The head of a ledger without rows. */
  genesis: ({ chainId, ledger }: { readonly chainId: number; readonly ledger: Hex }): Hex =>
    keccak256(encodeAbiParameters(genesisTypes, ['tallystick/ledger/v1', BigInt(chainId), ledger])),

  /** keccak256(abi.encode(head, statementId, keyId, stream, window, beneficiary, index, sequence)). */
  headAfter: (head: Hex, record: ChainedRecord): Hex => {
    const { statementId, keyId, stream, window, beneficiary, index, sequence } = record;
    return keccak256(
      encodeAbiParameters(rowTypes, [head, statementId, keyId, stream, window, beneficiary, index, sequence]),
    );
  },
} as const;
