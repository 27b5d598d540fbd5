import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { Json } from '../../src/model/Json.ts';
import { compile } from '../../src/steps/compile.ts';
import { diff } from '../../src/steps/diff.ts';
import type { Toolbox } from '../../src/steps/toolbox.ts';
import { cacheDir, circuitsDir } from '../support/fixtures.ts';

const model = fileURLToPath(new URL('../../src/model/Computation.ts', import.meta.url));

let root: string;
let toolbox: Toolbox;

const git = (...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], { cwd: root, stdio: 'pipe' });

/** The square of this repository, which imports the model from where it is. */
async function writeSquare(): Promise<void> {
  const folder = join(root, 'circuits/square');
  await mkdir(folder, { recursive: true });
  const source = await readFile(join(circuitsDir, 'square/computation.ts'), 'utf8');
  await writeFile(join(folder, 'computation.ts'), source.replace('../../src/model/Computation.ts', model));
  await cp(join(circuitsDir, 'square/Square.circom'), join(folder, 'Square.circom'));
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tally-diff-'));
  await writeFile(join(root, 'package.json'), '{"type": "module"}');
  await cp(join(circuitsDir, 'lib'), join(root, 'circuits/lib'), { recursive: true });
  await writeSquare();
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '.');
  git('commit', '--quiet', '-m', 'first');
  const config: Config = { ...(await loadConfig(root)), dataDir: cacheDir };
  toolbox = { config, onProgress: () => {}, signal: new AbortController().signal };
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('default: against a revision', () => {
  test('nothing has changed', async () => {
    const [only, ...others] = await diff(toolbox, { name: 'square', against: { revision: 'HEAD' } });
    expect(others).toEqual([]);
    expect(only).toMatchObject({ name: 'square', size: 'default', system: 'same', signals: [] });
    expect(only?.programId.before).toBe(only?.programId.after);
    expect(only?.constraints).toEqual({ before: 66, after: 66 });
  });

  test('a weaker range, another bound, a new signal: constraints, schema and program', async () => {
    // A computation is imported once a process, so the later form lies in a folder of its own.
    const later = await mkdtemp(join(root, 'later-'));
    await cp(join(root, 'circuits'), join(later, 'circuits'), { recursive: true });
    const folder = join(later, 'circuits/square');
    const [computation, circom] = await Promise.all(
      ['computation.ts', 'Square.circom'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    await writeFile(
      join(folder, 'computation.ts'),
      (computation as string).replace('x: {', 'z: { type: "field", public: true },\n    x: {').replace('64n', '32n'),
    );
    await writeFile(
      join(folder, 'Square.circom'),
      (circom as string)
        .replace('signal input x;', 'signal input z;\n    signal input x;\n    signal zSquare <== z * z;')
        .replace('Range(64)', 'Range(32)'),
    );
    git('add', '.');
    git('commit', '--quiet', '-m', 'later');
    // Of the whole repository at the first commit; the folder of the later form does not exist there.
    const facts = join(root, 'before.json');
    const { circuit } = await compile(toolbox, { name: 'square' });
    await writeFile(facts, `${Json.stringify(circuit)}\n`);
    const own = { ...toolbox, config: { ...toolbox.config, circuitsDir: join(later, 'circuits') } };
    const [found] = await diff(own, { name: 'square', against: { file: facts } });
    expect(found).toMatchObject({
      constraints: { before: 66, after: 35 },
      publicSignals: { before: 2, after: 3 },
      system: 'changed',
      signals: [
        { name: 'z', kind: 'added', changes: [] },
        { name: 'x', kind: 'changed', changes: [`max: ${2n ** 64n - 1n} → ${2n ** 32n - 1n}`] },
      ],
    });
    expect(found?.programId.before).not.toBe(found?.programId.after);
    const [back] = await diff(toolbox, { name: 'square', against: { revision: 'HEAD~1' } });
    expect(back).toMatchObject({ system: 'same', signals: [] });
    await expect(diff(own, { name: 'square', against: { revision: 'HEAD~1' } })).rejects.toMatchObject({
      name: 'DiffBaseError',
    });
  });

  test('leaves nothing behind, and the index of the repository as it was', async () => {
    await writeFile(join(root, 'staged.txt'), 'staged');
    git('add', 'staged.txt');
    const before = String(git('status', '--porcelain'));
    await diff(toolbox, { name: 'square', against: { revision: 'main' } });
    expect(String(git('status', '--porcelain'))).toBe(before);
    expect(await readdir(join(root, '.tally')).catch(() => [])).toEqual([]);
  });
});

describe('error', () => {
  test.each(['no-such-branch', '--output=/tmp/x', '-h', 'HEAD:package.json', ''])('revision %j', async (revision) => {
    await expect(diff(toolbox, { name: 'square', against: { revision } })).rejects.toMatchObject({
      name: 'DiffBaseError',
      exitCode: 2,
    });
  });

  test('a computation that the file or revision does not have', async () => {
    const path = join(root, 'other.json');
    await writeFile(path, '{"name":"other"}\n');
    await expect(diff(toolbox, { name: 'square', against: { file: path } })).rejects.toMatchObject({
      name: 'DiffBaseError',
    });
  });

  test.each([
    ['not JSON', 'square'],
    ['a line without a program', '{"name":"square","size":"default"}'],
    ['signals that are none', '{"name":"square","size":"default","signals":3}'],
  ])('a file with %s', async (_, text) => {
    const path = join(root, 'bad.json');
    await writeFile(path, `${text}\n`);
    await expect(diff(toolbox, { name: 'square', against: { file: path } })).rejects.toMatchObject({ exitCode: 2 });
  });
});
