import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { listComputations, loadComputation } from '../../src/compiler/discover.ts';
import { ArtifactEscapeError, ComputationError, ExitCode, NameError } from '../../src/errors.ts';
import { type Scratch, scratch } from './scratch.ts';

const model = pathToFileURL(join(import.meta.dirname, '../../src/model/Computation.ts')).href;

function moduleText(name: string): string {
  return `import { contextSignal, defineComputation } from '${model}';
export default defineComputation({
  name: '${name}', version: 1, template: 'Main', parameters: [], sizes: { default: {} },
  signals: { context: contextSignal }, reference: () => ({}),
});`;
}

async function projectWith(...names: readonly string[]): Promise<Scratch> {
  const project = await scratch();
  for (const name of names) await project.write(`${name}/computation.ts`, moduleText(name));
  return project;
}

describe('listComputations', () => {
  test('names each folder that holds a computation, sorted', async () => {
    const { circuitsDir, write } = await projectWith('zeta', 'alpha');
    await write('lib/Range.circom', '');
    await write('Not-A-Name/computation.ts', '');
    await write('plain/computation.js', '');
    expect(await listComputations(circuitsDir)).toEqual(['alpha', 'plain', 'zeta']);
  });

  test('error: a folder that is not there', async () => {
    await expect(listComputations('/nowhere/at/all')).rejects.toThrow(ComputationError);
  });
});

describe('loadComputation', () => {
  test('imports the definition', async () => {
    const { circuitsDir } = await projectWith('alpha');
    expect((await loadComputation(circuitsDir, 'alpha')).name).toBe('alpha');
  });

  test.each([
    '../alpha',
    '/etc',
    'al\0pha',
    'a'.repeat(300),
    'аlpha', // begins with a Cyrillic letter
    'alpha/../alpha',
    '.',
    '',
    'Alpha',
    'alpha ',
  ])('L38 refuses the name %j', async (name) => {
    const { circuitsDir } = await projectWith('alpha');
    const loading = loadComputation(circuitsDir, name);
    await expect(loading).rejects.toThrow(NameError);
    await expect(loading).rejects.toMatchObject({ exitCode: ExitCode.badInput });
  });

  test('L38 does not run a module outside of the circuits folder', async () => {
    const { circuitsDir, root } = await projectWith('alpha');
    await rename(join(circuitsDir, 'alpha'), join(root, 'alpha'));
    await expect(loadComputation(circuitsDir, '../alpha')).rejects.toThrow(NameError);
    await expect(loadComputation(circuitsDir, 'alpha')).rejects.toThrow(ComputationError);
  });

  test('L39 refuses a folder that is a link out of the circuits folder', async () => {
    const { circuitsDir, root } = await projectWith('alpha');
    await rename(join(circuitsDir, 'alpha'), join(root, 'alpha'));
    await symlink(join(root, 'alpha'), join(circuitsDir, 'alpha'));
    const loading = loadComputation(circuitsDir, 'alpha');
    await expect(loading).rejects.toThrow(ArtifactEscapeError);
    await expect(loading).rejects.toMatchObject({ exitCode: ExitCode.badArtifact });
  });

  test('L39 refuses a module that is a link out of the circuits folder', async () => {
    const { circuitsDir, root } = await projectWith('alpha');
    await rename(join(circuitsDir, 'alpha/computation.ts'), join(root, 'computation.ts'));
    await symlink(join(root, 'computation.ts'), join(circuitsDir, 'alpha/computation.ts'));
    await expect(loadComputation(circuitsDir, 'alpha')).rejects.toThrow(ArtifactEscapeError);
  });

  test('error: an unknown name, with the known ones', async () => {
    const { circuitsDir } = await projectWith('alpha');
    await expect(loadComputation(circuitsDir, 'beta')).rejects.toMatchObject({ remedy: 'use one of: alpha' });
  });

  test('error: a computation that is not named like its folder', async () => {
    const { circuitsDir, write } = await scratch();
    await write('beta/computation.ts', moduleText('alpha'));
    await expect(loadComputation(circuitsDir, 'beta')).rejects.toThrow(ComputationError);
  });

  test.each([
    'export default 1;',
    'export default null;',
    'export default { name: "beta" };',
    'export const beta = 1;',
    'throw new Error("not today");',
    'export default {',
  ])('error: a module that says %j', async (text) => {
    const { circuitsDir, write } = await scratch();
    await write('beta/computation.ts', text);
    await expect(loadComputation(circuitsDir, 'beta')).rejects.toThrow(ComputationError);
  });

  test('error: a folder in place of the module', async () => {
    const { circuitsDir } = await scratch();
    await mkdir(join(circuitsDir, 'beta/computation.ts'), { recursive: true });
    await expect(loadComputation(circuitsDir, 'beta')).rejects.toThrow(ComputationError);
  });
});
