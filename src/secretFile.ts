import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputFileError } from './errors.ts';
import { makeFolder, readFileBounded, syncFolder, writeFileAtomic } from './files.ts';

const secretBytesMax = 65_536;

/**
 * A secret that is drawn once and found again: a file that only its owner can read, in a folder that only its owner can
 * enter. Of several processes one creates it; it appears whole or not at all.
 * @param make draws the secret when there is no file yet
 * @throws InputFileError when the file can be read by others, or is none
 */
export async function secretFile(path: string, make: () => Uint8Array | string): Promise<Uint8Array> {
  // Only the last folder is closed: others lie beside it that another account may have to reach.
  await makeFolder(dirname(dirname(path)));
  await makeFolder(dirname(path), 0o700);
  if (!existsSync(path)) await createOnce(path, make());
  if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
    throw new InputFileError(`${path} can be read by others`, { at: path, remedy: `chmod 600 ${path}` });
  }
  return readFileBounded(path, { bytesMax: secretBytesMax });
}

async function createOnce(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFileAtomic(temporary, content, 0o600);
  try {
    // Unlike a rename, a link never replaces what another process has put there in the meantime.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    // Also when another process was quicker: what is used must not be gone after a power cut.
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}
