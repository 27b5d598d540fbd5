/** @module Numbers on the command line. */
import { UsageError } from '../errors.ts';

const uint32Max = 2 ** 32 - 1;

/** A whole number below 2^32, or undefined when the option is not given. @throws UsageError */
export function wholeNumber(text: string | boolean | undefined, name: string, min = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = typeof text === 'string' && /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= uint32Max) return value;
  throw new UsageError(`--${name} takes a whole number from ${min} to ${uint32Max}`);
}
