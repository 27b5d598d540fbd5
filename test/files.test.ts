import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArtifactEscapeError, InputFileError } from '../src/errors.ts';
import { checkInside, lineText, readFileBounded, readLines, readTextBounded, writeFileAtomic } from '../src/files.ts';
import { afterPowerCut } from './support/disk.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-files-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('readFileBounded', () => {
  test('default: the bytes of a file', async () => {
    await writeFile(join(folder, 'plain'), 'abc');
    expect(Buffer.from(await readFileBounded(join(folder, 'plain'), { bytesMax: 3 })).toString()).toBe('abc');
  });

  test('L36 a sparse file of 10 GB is refused unread', async () => {
    const path = join(folder, 'sparse');
    await writeFile(path, '');
    await truncate(path, 10 * 2 ** 30);
    const before = process.memoryUsage().rss;
    await expect(readTextBounded(path)).rejects.toThrow(InputFileError);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 2 ** 20);
  });

  test('L39 a link that leads out of the root', async () => {
    const root = join(folder, 'root');
    await mkdir(root);
    await writeFile(join(folder, 'outside'), 'secret');
    await symlink(join(folder, 'outside'), join(root, 'inside'));
    await expect(readFileBounded(join(root, 'inside'), { bytesMax: 100, root })).rejects.toThrow(ArtifactEscapeError);
    await expect(checkInside(join(root, '..', 'outside'), root)).rejects.toThrow(ArtifactEscapeError);
    await expect(checkInside(root, root)).resolves.toBeUndefined();
  });

  test('L40 a FIFO, a folder and a device are refused at once', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const started = performance.now();
    for (const path of [fifo, folder, '/dev/zero']) {
      await expect(readTextBounded(path), path).rejects.toThrow(InputFileError);
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('error: no such file, bytes that are not UTF-8', async () => {
    await expect(readTextBounded(join(folder, 'absent'))).rejects.toThrow(InputFileError);
    await writeFile(join(folder, 'latin1'), Buffer.from([0x61, 0xe9]));
    await expect(readTextBounded(join(folder, 'latin1'))).rejects.toThrow(InputFileError);
  });
});

describe('readLines', () => {
  const read = async (path: string, lineBytesMax = 100) => {
    const lines: [number, string][] = [];
    for await (const { number, bytes } of readLines(path, lineBytesMax)) lines.push([number, lineText(bytes, path)]);
    return lines;
  };

  test('default: each line with its number; blank ones are left out, the last needs no end', async () => {
    const path = join(folder, 'lines');
    await writeFile(path, 'a\n\n é \r\n  \nb');
    expect(await read(path)).toEqual([
      [1, 'a'],
      [3, ' é \r'],
      [5, 'b'],
    ]);
    await writeFile(path, '');
    expect(await read(path)).toEqual([]);
  });

  test('behavior: lines that lie across the pieces in which a file is read', async () => {
    const path = join(folder, 'pieces');
    const texts = Array.from({ length: 500 }, (_, i) => `${i}${'é'.repeat((i * 37) % 3000)}`);
    await writeFile(path, texts.join('\n'));
    expect((await read(path, 8192)).map(([, text]) => text)).toEqual(texts);
  });

  test('error: a line without end, bytes that are not UTF-8, no regular file', async () => {
    const path = join(folder, 'long');
    await writeFile(path, `a\n${'b'.repeat(2 ** 20)}`);
    await expect(read(path)).rejects.toThrow(InputFileError);
    await writeFile(path, Buffer.from([0x61, 0x0a, 0xe9, 0x0a]));
    await expect(read(path)).rejects.toThrow(InputFileError);
    for (const other of [folder, '/dev/zero', join(folder, 'absent')]) {
      await expect(read(other), other).rejects.toThrow(InputFileError);
    }
  });
});

describe('writeFileAtomic', () => {
  test('default: replaces the content and leaves nothing else behind', async () => {
    const path = join(folder, 'new', 'file');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(await readTextBounded(path)).toBe('two');
    expect(await readdir(join(folder, 'new'))).toEqual(['file']);
  });
});

describe('a disk that fails', () => {
  const disk = new URL('support/disk.ts', import.meta.url).href;
  const run = (script: URL, env: object, ...words: string[]) =>
    spawn(process.execPath, ['--import', disk, fileURLToPath(script), ...words], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  /** What a writer has said until it was killed after so many lines, newest last. */
  async function writeAndCut(root: string, log: string, lines: number): Promise<ReadonlyMap<string, string>> {
    const child = run(new URL('support/writer.ts', import.meta.url), { TALLY_DISK_LOG: log }, root);
    const exited = once(child, 'exit');
    const said: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line);
      if (said.length === lines) child.kill('SIGKILL');
    });
    await exited;
    return new Map(said.map((line) => line.split(' ') as [string, string]));
  }

  test.runIf(process.platform === 'linux').each([1, 3, 4, 9, 30])(
    'Q7 a power cut after %i writes: what was said to be written is there, and nothing is half there',
    async (lines) => {
      const [root, log, found] = ['root', 'log', 'found'].map((name) => join(folder, `cut-${lines}`, name)) as [
        string,
        string,
        string,
      ];
      await Promise.all([root, log].map((path) => mkdir(path, { recursive: true })));
      const written = await writeAndCut(root, log, lines);
      expect(written.size).toBeGreaterThan(0);
      afterPowerCut(log, root, found);
      for (const [path, sha256] of written) {
        const content = await readFile(join(found, path));
        // The head and the proving key are written over and over; a later one may be there already.
        if (!path.endsWith('checkpoint')) expect(hashOf(content), path).toBe(sha256);
        else expect(content.toString()).toMatch(/^head \d+$/);
      }
      const names = await readdir(found, { recursive: true, withFileTypes: true });
      const kept = names.filter((entry) => entry.isFile() && !/\.tmp|\.lock/.test(join(entry.parentPath, entry.name)));
      for (const entry of kept) {
        expect((await readFile(join(entry.parentPath, entry.name))).length, entry.name).toBeGreaterThan(0);
      }
    },
  );

  test.runIf(process.platform === 'linux').each([1, 2, 3, 4])(
    'L60 the %i. fsync fails: the file counts as not written, and nothing is at its place',
    async (nth) => {
      const path = join(folder, `failing-${nth}`, 'deep', 'file');
      const child = run(new URL('support/writeOnce.ts', import.meta.url), { TALLY_DISK_FAILS: String(nth) }, path);
      const said = (await text(child.stdout)).trim();
      expect(said).toBe('FileSystemError file_system 5');
      expect(existsSync(path)).toBe(false);
      const left = existsSync(dirname(path)) ? await readdir(dirname(path)) : [];
      expect(left).toEqual([]);
    },
  );
});

const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
