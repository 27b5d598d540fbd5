import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArtifactEscapeError, InputFileError } from '../src/errors.ts';
import { checkInside, readFileBounded, readTextBounded, writeFileAtomic } from '../src/files.ts';

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

describe('writeFileAtomic', () => {
  test('default: replaces the content and leaves nothing else behind', async () => {
    const path = join(folder, 'new', 'file');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(await readTextBounded(path)).toBe('two');
    expect(await readdir(join(folder, 'new'))).toEqual(['file']);
  });
});
