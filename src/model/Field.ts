/**
 * @module The two prime fields of BN254 (alt_bn128), as EIP-196 and EIP-197 fix them. Elements are `bigint`s in
 * [0, modulus); whoever holds one may trust that. Not constant-time.
 */

/** The order r of the groups: circuits compute modulo r. */
export const r = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** The base field's prime q: coordinates of curve points lie below q. */
export const q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

export const Field = {
  /** Whether a value is a canonical element: a bigint in [0, r). */
  is: (value: unknown): value is bigint => typeof value === 'bigint' && value >= 0n && value < r,

  /** The element that a (possibly negative) integer stands for. */
  from: (value: bigint): bigint => ((value % r) + r) % r,

  /**
   * The signed integer that an element stands for, where the smaller half of the field is positive.
   * @example Field.toSigned(r - 5n) // -5n
   */
  toSigned: (element: bigint): bigint => (element > r / 2n ? element - r : element),

  /** 32 bytes, least significant first, as `.wtns` and `.zkey` files hold elements. */
  toBytesLE: (element: bigint): Uint8Array => {
    const bytes = new Uint8Array(32);
    let rest = element;
    for (let i = 0; i < 32; i++) {
      bytes[i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    return bytes;
  },

  /** The integer that 32 bytes, least significant first, encode; not reduced, so the caller checks it against r or q. */
  fromBytesLE: (bytes: Uint8Array): bigint => {
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
    return value;
  },
} as const;
