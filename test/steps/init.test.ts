import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { init } from '../../src/steps/init.ts';

let root: string;
/** Loaded once: a configuration that `init` writes imports the package, which is not installed here. */
let config: Config;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tally-init-'));
  await writeFile(join(root, 'package.json'), '{"type": "module"}');
  config = await loadConfig(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

function run(name: string) {
  return init({ config, onProgress: () => {}, signal: new AbortController().signal }, { name });
}

const read = (path: string) => readFile(join(root, path), 'utf8');

describe('default', () => {
  test('writes a computation, a configuration and a line in .gitignore, and says so', async () => {
    const { written } = await run('net-total');
    expect(written).toEqual([
      'circuits/net-total/NetTotal.circom',
      'circuits/net-total/computation.ts',
      'circuits/net-total/examples.json',
      'circuits/net-total/input.json',
      'tally.config.ts',
      '.gitignore',
    ]);
    for (const path of written) expect((await read(path)).length).toBeGreaterThan(0);
    expect(await read('circuits/net-total/NetTotal.circom')).toContain('template NetTotal(N)');
    expect((await readdir(join(root, 'circuits'))).sort()).toEqual(['net-total']);
  });

  test('a second computation leaves configuration and .gitignore as they are', async () => {
    await run('first');
    const before = [await read('tally.config.ts'), await read('.gitignore')];
    const { written } = await run('second');
    expect(written).toHaveLength(4);
    expect([await read('tally.config.ts'), await read('.gitignore')]).toEqual(before);
  });

  test('a .gitignore keeps its lines, also one without an end', async () => {
    await writeFile(join(root, '.gitignore'), 'node_modules');
    await run('first');
    expect(await read('.gitignore')).toBe('node_modules\n.tally/\n');
  });

  test('an entry without the slash counts', async () => {
    await writeFile(join(root, '.gitignore'), '.tally\n');
    expect((await run('first')).written).not.toContain('.gitignore');
  });
});

describe('error: overwrites nothing', () => {
  test('a folder that is there, whatever it holds', async () => {
    await mkdir(join(root, 'circuits/mine'), { recursive: true });
    await expect(run('mine')).rejects.toMatchObject({ name: 'UsageError', exitCode: 2 });
    expect(await readdir(join(root, 'circuits/mine'))).toEqual([]);
    await expect(readFile(join(root, 'tally.config.ts'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('of several at once one wins', async () => {
    await mkdir(join(root, 'circuits'));
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => run('mine')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'UsageError' });
    }
    expect(await readdir(join(root, 'circuits'))).toEqual(['mine']);
    expect(await readdir(join(root, 'circuits/mine'))).toHaveLength(4);
  });
});

describe('error: nothing is written', () => {
  test.each(['../x', '/x', 'X', 'a b', 'a'.repeat(300), 'ѕquare', 'a\0b', ''])('a name such as %j', async (name) => {
    await expect(run(name)).rejects.toMatchObject({ name: 'NameError', exitCode: 2 });
    expect(await readdir(root)).toEqual(['package.json']);
  });

  test.each([['{"type":"commonjs"}'], ['{}'], ['[]']])('a package.json of %s', async (text) => {
    await writeFile(join(root, 'package.json'), text);
    await expect(run('mine')).rejects.toMatchObject({ name: 'ConfigError', exitCode: 2 });
    expect(await readdir(root)).toEqual(['package.json']);
  });

  test('no package.json, one that is not JSON', async () => {
    await writeFile(join(root, 'package.json'), '{');
    await expect(run('mine')).rejects.toMatchObject({ name: 'JsonError', exitCode: 2 });
    await rm(join(root, 'package.json'));
    await expect(run('mine')).rejects.toMatchObject({ name: 'ConfigError', exitCode: 2 });
    expect(await readdir(root)).toEqual([]);
  });
});
