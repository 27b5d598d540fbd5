import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { InputFileError } from '../../src/errors.ts';
import { secretSeed } from '../../src/steps/secretSeed.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-seed-'));
  return () => rm(folder, { recursive: true });
});

test('default: drawn once, found again, one for each name, for its owner only', async () => {
  const first = await secretSeed(folder, 'one');
  expect(first.length).toBe(32);
  expect(await secretSeed(folder, 'one')).toEqual(first);
  expect(await secretSeed(folder, 'two')).not.toEqual(first);
  expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'secrets', 'one.seed'))).mode & 0o777).toBe(0o600);
  expect((await readdir(join(folder, 'secrets'))).sort()).toEqual(['one.seed', 'two.seed']);
});

test('behavior: of many who ask at once all get the same', async () => {
  const seeds = await Promise.all(Array.from({ length: 16 }, () => secretSeed(folder, 'shared')));
  expect(new Set(seeds.map((seed) => Buffer.from(seed).toString('hex'))).size).toBe(1);
  expect(await readdir(join(folder, 'secrets'))).toEqual(['shared.seed']);
});

test('error: a seed that others can read, and one that is damaged', async () => {
  await secretSeed(folder, 'one');
  const path = join(folder, 'secrets', 'one.seed');
  await chmod(path, 0o644);
  await expect(secretSeed(folder, 'one')).rejects.toThrow(InputFileError);
  await chmod(path, 0o600);
  await writeFile(path, 'short');
  await expect(secretSeed(folder, 'one')).rejects.toThrow(InputFileError);
});
