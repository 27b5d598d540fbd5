/** @module The one notation for integers in our files: plain decimal digits in a string. */

/** A 256-bit integer has 78 digits; anything longer is refused before it is converted. */
const digitsMax = 78;

export const Decimal = {
  /** The integer that a plain decimal string denotes, or undefined: no sign, space, separator, leading zero or hex. */
  parse: (value: unknown): bigint | undefined =>
    typeof value === 'string' && value.length <= digitsMax && /^(0|[1-9][0-9]*)$/.test(value)
      ? BigInt(value)
      : undefined,
} as const;
