/**
 * @module How this program reads and writes files: nothing unbounded is read, nothing but a regular file is opened,
 * nothing half-written is ever seen at its final path.
 */
import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { ArtifactEscapeError, FileSystemError, InputFileError } from './errors.ts';

/** No input of a person is larger. */
export const inputBytesMax = 64 * 2 ** 20;

const newline = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type ReadOptions = {
  /** A larger file is refused unread. */
  readonly bytesMax: number;
  /** When given, the file must lie inside this folder once all links are followed. */
  readonly root?: string | undefined;
};

/**
 * Reads a regular file of a bounded size. A FIFO, device or folder is refused without waiting for it.
 * @throws InputFileError, ArtifactEscapeError
 */
export async function readFileBounded(path: string, { bytesMax, root }: ReadOptions): Promise<Uint8Array<ArrayBuffer>> {
  if (root !== undefined) await checkInside(path, root);
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    if (size > bytesMax) {
      throw new InputFileError(`${path} has ${size} bytes, more than the ${bytesMax} that are read`, { at: path });
    }
    const bytes = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
      if (bytesRead === 0) throw new InputFileError(`${path} shrank while it was read`, { at: path });
      filled += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** Reads a bounded regular file as UTF-8 text. @throws InputFileError */
export async function readTextBounded(path: string, bytesMax: number = inputBytesMax): Promise<string> {
  const bytes = await readFileBounded(path, { bytesMax });
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new InputFileError(`${path} is not UTF-8 text`, { at: path, cause });
  }
}

/** A line and its number, from 1. */
export type Line = { readonly number: number; readonly bytes: Uint8Array };

/**
 * Reads a regular file line by line: however many there are, one is in memory. Lines of blanks only are left out.
 * @throws InputFileError when it is not a regular file, or a line is longer than `lineBytesMax`
 */
export async function* readLines(path: string, lineBytesMax: number): AsyncGenerator<Line> {
  const handle = await openRegular(path);
  try {
    let number = 0;
    for await (const bytes of splitLines(handle.createReadStream({ autoClose: false }), { path, lineBytesMax })) {
      number++;
      if (bytes.some((byte) => byte > 0x20)) yield { number, bytes };
    }
  } finally {
    await handle.close();
  }
}

/** The UTF-8 text of a line. @throws InputFileError */
export function lineText(bytes: Uint8Array, at: string): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new InputFileError('a line is not UTF-8 text', { at, cause });
  }
}

type LineBound = { readonly path: string; readonly lineBytesMax: number };

async function* splitLines(chunks: AsyncIterable<Buffer>, { path, lineBytesMax }: LineBound): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, to)]);
      begun = [];
      length = 0;
      from = to + 1;
    }
    begun.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > lineBytesMax) {
      throw new InputFileError(`a line of ${path} has more than the ${lineBytesMax} bytes that are read`, { at: path });
    }
  }
  if (length > 0) yield Buffer.concat(begun);
}

/**
 * Writes a file so that a reader sees the old content or the new one: to a name of its own, synced, then renamed. When
 * this comes back the file is there after a power cut, too; when it throws it counts as not written.
 * @throws FileSystemError
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string, mode = 0o644): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await makeFolder(dirname(path));
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameDurably(temporary, path);
  } catch (cause) {
    // Where the folder itself cannot be reached there is nothing to remove.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(path, cause);
  }
}

/** Moves a file or a folder, which is synced already, to its place; a power cut afterwards leaves it there. */
export async function renameDurably(from: string, to: string): Promise<void> {
  const isNew = !existsSync(to);
  await rename(from, to);
  try {
    await syncFolder(dirname(to));
  } catch (error) {
    // What may be gone after the next power cut must not be taken for written now.
    if (isNew) await rm(to, { recursive: true, force: true });
    throw error;
  }
}

/** Makes a folder with those above it, so that they are there after a power cut. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const made = await mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) });
  if (made === undefined) return;
  const top = dirname(resolve(made));
  for (let at = resolve(path); at !== top; at = dirname(at)) await syncFolder(dirname(at));
}

/** A name in a folder is written when the folder is. @throws FileSystemError */
export async function syncFolder(path: string): Promise<void> {
  // There a folder cannot be opened, and the file system keeps its own log of names.
  if (process.platform === 'win32') return;
  try {
    const handle = await open(path, constants.O_RDONLY);
    await handle.sync().finally(() => handle.close());
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === undefined || cause instanceof FileSystemError) return cause;
  return new FileSystemError(`cannot write ${JSON.stringify(path)}: ${code}`, {
    at: path,
    remedy: 'see to the disk, the rights and the path, then run the command again',
    cause,
  });
}

/** @throws ArtifactEscapeError when a path, links followed, does not lie inside `root` */
export async function checkInside(path: string, root: string): Promise<void> {
  const [realPath, realRoot] = await Promise.all([resolveReal(path), resolveReal(root)]);
  const inside = relative(realRoot, realPath);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new ArtifactEscapeError(`${path} leads out of ${root}`, { at: path });
  }
}

async function resolveReal(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new InputFileError(`cannot find ${path}`, { at: path, cause });
  }
}

async function openRegular(path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new InputFileError(`cannot open ${JSON.stringify(path)}: ${code}`, { at: path, cause });
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new InputFileError(`${path} is not a regular file`, { at: path });
}
