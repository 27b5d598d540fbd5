/** @module Byte strings as lower-case `0x…` text, the form in which ids travel. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

export type Hex = `0x${string}`;

export const Hex = {
  fromBytes: (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`,
  toBytes: (hex: Hex): Uint8Array => hexToBytes(hex.slice(2)),
  /** 32 bytes, most significant first. */
  word: (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`,
  /** Words behind one another. */
  words: (values: readonly bigint[]): Hex =>
    `0x${values.map((value) => value.toString(16).padStart(64, '0')).join('')}`,
  /** The 32-byte words of a byte string whose length is a multiple of 32. */
  toWords: (hex: Hex): bigint[] => (hex.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`)),
  keccak256: (hex: Hex): Hex => Hex.fromBytes(keccak_256(Hex.toBytes(hex))),
  is: (value: unknown, bytes?: number): value is Hex =>
    typeof value === 'string' &&
    /^0x([0-9a-f]{2})*$/.test(value) &&
    (bytes === undefined || value.length === 2 + 2 * bytes),
} as const;
