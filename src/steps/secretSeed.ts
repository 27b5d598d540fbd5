import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { InputFileError } from '../errors.ts';
import { seedBytes } from '../model/Draw.ts';
import { secretFile } from '../secretFile.ts';

/**
 * The seed of a window's salts: drawn once from the operating system, kept in a file that only its owner can read, and
 * found again by whoever goes on with the window. Without it the window's commitments can never be opened.
 * @param folder the repository's data folder
 * @param name what the seed is for; part of a file name
 * @throws InputFileError, FileSystemError
 */
export async function secretSeed(folder: string, name: string): Promise<Uint8Array> {
  const path = join(folder, 'secrets', `${name}.seed`);
  const seed = await secretFile(path, () => randomBytes(seedBytes));
  if (seed.length !== seedBytes) throw new InputFileError(`${path} does not hold ${seedBytes} bytes`, { at: path });
  return seed;
}
