/** @module Base64 as RFC 4648 §4 has it, strictly: padded, no other characters, and one text per byte string. */

export const Base64 = {
  encode: (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64'),

  /** The bytes, or nothing when the text is not exactly what `encode` would write. */
  decode: (text: string): Uint8Array | undefined => {
    const bytes = Buffer.from(text, 'base64');
    return Base64.encode(bytes) === text ? bytes : undefined;
  },
} as const;
