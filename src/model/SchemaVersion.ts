/** @module Which version of its schema a file or a line is of, and whether this program reads it. */
import { SchemaVersionError } from '../errors.ts';
import type { JsonObject } from './Json.ts';

type Known = {
  readonly versions: readonly number[];
  /** What a file without a version is: it was written before there were any. Refused when absent. */
  readonly unnamed?: number | undefined;
  readonly at: string;
};

export const SchemaVersion = {
  /**
   * The version that an object names in `version`.
   * @throws SchemaVersionError when it is none of those that are read
   */
  check: ({ version }: JsonObject, { versions, unnamed, at }: Known): number => {
    const named = version === undefined ? unnamed : version;
    if (typeof named === 'number' && versions.includes(named)) return named;
    const found = version === undefined ? 'no version' : 'a version that is not known here';
    throw new SchemaVersionError(`${at} has ${found}`, {
      at,
      remedy: `this program reads version ${versions.join(', ')}; a later release may read others`,
    });
  },
} as const;
