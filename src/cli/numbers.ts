/** @module Numbers on the command line. */
import { threadsMax } from '../config.ts';
import { UsageError } from '../errors.ts';

const uint32Max = 2 ** 32 - 1;

/** A whole number below 2^32, or undefined when the option is not given. @throws UsageError */
export function wholeNumber(
  text: string | boolean | undefined,
  name: string,
  { min = 0, max = uint32Max }: { readonly min?: number; readonly max?: number } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const value = typeof text === 'string' && /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}`);
}

/** The number of workers, when it is given. @throws UsageError */
export function workerCount(text: string | boolean | undefined): number | undefined {
  return wholeNumber(text, 'threads', { min: 1, max: threadsMax });
}
