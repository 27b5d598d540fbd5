import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InputFileError, JsonError, ServicesError } from '../src/errors.ts';
import { secretFile } from '../src/secretFile.ts';
import { holdService, readService, recordPath, writeService } from '../src/services.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-services-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeService', () => {
  test('keeps the other services’ entries, however many write at once', async () => {
    expect(await readService(folder, 'chain')).toBeUndefined();
    const writes = Array.from({ length: 10 }, (_, i) => [
      writeService(folder, 'chain', { pid: i }),
      writeService(folder, 'database', { port: i }),
    ]);
    await Promise.all(writes.flat());
    const record = JSON.parse(await readFile(recordPath(folder), 'utf8'));
    expect(Object.keys(record).sort()).toEqual(['chain', 'database', 'version']);
    await writeService(folder, 'chain', { pid: 77 });
    expect(await readService(folder, 'chain')).toEqual({ pid: 77 });
    expect(await readService(folder, 'database')).toEqual(record.database);
    expect((await stat(recordPath(folder))).mode & 0o777).toBe(0o600);
  });
});

describe('readService', () => {
  test.each(['[]', '"text"', '{"database":5}'])('error: a record that is %s', async (text) => {
    await writeFile(recordPath(folder), text);
    await expect(readService(folder, 'database')).rejects.toThrow(ServicesError);
  });

  test('error: a record that was cut off', async () => {
    await writeFile(recordPath(folder), '{"version":1,"da');
    await expect(readService(folder, 'database')).rejects.toThrow(JsonError);
  });
});

describe('holdService', () => {
  test('lets one at a time start a service, and another service start meanwhile', async () => {
    const order: string[] = [];
    const hold = (name: 'chain' | 'database', label: string) =>
      holdService(folder, name, async () => {
        order.push(`${label} in`);
        await new Promise((resolve) => setTimeout(resolve, 100));
        order.push(`${label} out`);
      });
    await Promise.all([hold('chain', 'a'), hold('chain', 'b')]);
    expect(order).toEqual(
      order[0] === 'a in' ? ['a in', 'a out', 'b in', 'b out'] : ['b in', 'b out', 'a in', 'a out'],
    );
    await holdService(folder, 'chain', () => hold('database', 'c'));
    expect(order.slice(4)).toEqual(['c in', 'c out']);
  });

  test('behavior: what fails in it gives it up', async () => {
    const failing = holdService(folder, 'chain', async () => {
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await holdService(folder, 'chain', async () => 1)).toBe(1);
  });

  test('error: a folder that is a file', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await expect(holdService(path, 'chain', async () => 1)).rejects.toThrow(ServicesError);
  });
});

describe('secretFile', () => {
  test('draws once, also for many at once, and finds it again', async () => {
    const path = join(folder, 'data', 'secrets', 'one');
    let drawn = 0;
    const all = await Promise.all(Array.from({ length: 8 }, () => secretFile(path, () => `secret ${++drawn}`)));
    expect(new Set(all.map((bytes) => new TextDecoder().decode(bytes))).size).toBe(1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data', 'secrets'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'data'))).mode & 0o700).toBe(0o700);
    expect((await stat(join(folder, 'data'))).mode & 0o077).toBe(0o077 & ~process.umask());
  });

  test('error: others can read it', async () => {
    const path = join(folder, 'secrets', 'one');
    await secretFile(path, () => 'secret');
    await chmod(path, 0o640);
    await expect(secretFile(path, () => 'secret')).rejects.toThrow(InputFileError);
  });
});
