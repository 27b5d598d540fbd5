/** @module Names of computations, sizes, keys and runs: they become folder names, so they are plain and short. */
import { NameError } from '../errors.ts';

/** Fits every file system with room for suffixes. */
const lengthMax = 64;

export const Name = {
  /**
   * Returns the name when it is a lower-case ASCII identifier with single dashes, at most 64 characters.
   * @throws NameError
   */
  check: (name: string, what: string): string => {
    if (name.length <= lengthMax && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return name;
    const shown = name.length > lengthMax ? `${name.length} characters` : JSON.stringify(name);
    throw new NameError(`${shown} is not a name for a ${what}`, {
      remedy: `use lower-case letters, digits and single dashes, at most ${lengthMax} characters`,
    });
  },
} as const;
