/** @module Byte strings as lower-case `0x…` text, the form in which ids travel. */
import { bytesToHex, hexToBytes, keccak256 } from 'viem/utils';

export type Hex = `0x${string}`;

export const Hex = {
  fromBytes: (bytes: Uint8Array): Hex => bytesToHex(bytes),
  toBytes: (hex: Hex): Uint8Array => hexToBytes(hex),
  /** 32 bytes, most significant first. */
  word: (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`,
  /** Words behind one another. */
  words: (values: readonly bigint[]): Hex =>
    `0x${values.map((value) => value.toString(16).padStart(64, '0')).join('')}`,
  /** The 32-byte words of a byte string whose length is a multiple of 32. */
  toWords: (hex: Hex): bigint[] => (hex.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`)),
  keccak256: (hex: Hex): Hex => keccak256(hex),
  is: (value: unknown, bytes?: number): value is Hex =>
    typeof value === 'string' &&
    /^0x([0-9a-f]{2})*$/.test(value) &&
    (bytes === undefined || value.length === 2 + 2 * bytes),
} as const;
