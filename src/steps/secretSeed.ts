import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputFileError } from '../errors.ts';
import { readFileBounded, writeFileAtomic } from '../files.ts';
import { seedBytes } from '../model/Draw.ts';

/**
 * The seed of a window's salts: drawn once from the operating system, kept in a file that only its owner can read, and
 * found again by whoever goes on with the window. Without it the window's commitments can never be opened.
 * @param folder the repository's data folder
 * @param name what the seed is for; part of a file name
 * @throws InputFileError, FileSystemError
 */
export async function secretSeed(folder: string, name: string): Promise<Uint8Array> {
  const secrets = join(folder, 'secrets');
  const path = join(secrets, `${name}.seed`);
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  await createOnce(path);
  if (((await stat(path)).mode & 0o077) !== 0) {
    throw new InputFileError(`${path} can be read by others`, { at: path, remedy: `chmod 600 ${path}` });
  }
  const seed = await readFileBounded(path, { bytesMax: seedBytes });
  if (seed.length !== seedBytes) throw new InputFileError(`${path} does not hold ${seedBytes} bytes`, { at: path });
  return seed;
}

/**
 * Of several processes one creates the file: it appears whole or not at all, and is on disk before anything is committed
 * to with it.
 */
async function createOnce(path: string): Promise<void> {
  if (existsSync(path)) return;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFileAtomic(temporary, randomBytes(seedBytes), 0o600);
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
