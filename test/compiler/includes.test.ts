import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSources, withoutComments } from '../../src/compiler/includes.ts';
import { ArtifactEscapeError, ExitCode, IncludeError, InputFileError } from '../../src/errors.ts';
import { type Scratch, scratch } from './scratch.ts';

const entry = 'circuits/alpha/Main.circom';

async function read({ circuitsDir }: Scratch): Promise<readonly string[]> {
  const sources = await readSources(entry, { circuitsDir, computation: 'alpha' });
  return sources.map(({ name }) => name);
}

describe('readSources', () => {
  test('finds the closure beside the file, in lib and in circomlib', async () => {
    const project = await scratch();
    await project.write('alpha/Main.circom', 'include "parts/Part.circom"; include "Shared.circom";');
    await project.write('alpha/parts/Part.circom', 'include "../Other.circom";');
    await project.write('alpha/Other.circom', 'include "../lib/Shared.circom";');
    await project.write('lib/Shared.circom', 'include "mux1.circom"; include "circomlib/circuits/gates.circom";');
    expect(await read(project)).toEqual([
      'circomlib/circuits/gates.circom',
      'circomlib/circuits/mux1.circom',
      'circuits/alpha/Main.circom',
      'circuits/alpha/Other.circom',
      'circuits/alpha/parts/Part.circom',
      'circuits/lib/Shared.circom',
    ]);
  });

  test('behavior: includes in comments do not count, circles end', async () => {
    const project = await scratch();
    await project.write(
      'alpha/Main.circom',
      '// include "no.circom";\n/* include "no.circom"; */ include "Main.circom";',
    );
    expect(await read(project)).toEqual([entry]);
  });

  test('behavior: a link within the permitted folders is followed', async () => {
    const project = await scratch();
    await project.write('alpha/Main.circom', 'include "Linked.circom";');
    await project.write('lib/Shared.circom', '');
    await symlink(join(project.circuitsDir, 'lib/Shared.circom'), join(project.circuitsDir, 'alpha/Linked.circom'));
    expect(await read(project)).toEqual(['circuits/alpha/Linked.circom', entry]);
  });

  test.each([
    '/etc/passwd',
    '../../secret.circom',
    '../../../../../../../../etc/passwd',
    '../beta/Main.circom',
    'parts/../../../secret.circom',
    'circuits/beta/Main.circom',
    '..\\\\..\\\\secret.circom',
    '',
    'nowhere.circom',
  ])('L41 refuses include "%s"', async (include) => {
    const project = await scratch();
    await project.write('alpha/Main.circom', `include "${include}";`);
    await project.write('beta/Main.circom', '');
    await writeFile(join(project.root, 'secret.circom'), '');
    await expect(read(project)).rejects.toThrow(IncludeError);
    await expect(read(project)).rejects.toMatchObject({ exitCode: ExitCode.badInput, at: entry });
  });

  test.each(['file', 'folder'])('L41 refuses an include through a %s that is a link outwards', async (kind) => {
    const project = await scratch();
    await project.write('alpha/Main.circom', `include "${kind === 'file' ? 'out.circom' : 'out/secret.circom'}";`);
    await writeFile(join(project.root, 'secret.circom'), '');
    const target = kind === 'file' ? join(project.root, 'secret.circom') : project.root;
    await symlink(target, join(project.circuitsDir, kind === 'file' ? 'alpha/out.circom' : 'alpha/out'));
    await expect(read(project)).rejects.toThrow(IncludeError);
  });

  test('L39 refuses a computation whose own template is a link outwards', async () => {
    const project = await scratch();
    await project.write('alpha/Other.circom', '');
    await writeFile(join(project.root, 'secret.circom'), '');
    await symlink(join(project.root, 'secret.circom'), join(project.circuitsDir, 'alpha/Main.circom'));
    await expect(read(project)).rejects.toThrow(ArtifactEscapeError);
  });

  test('L40 refuses a folder in place of a source', async () => {
    const project = await scratch();
    await project.write('alpha/Main.circom', 'include "parts";');
    await project.write('alpha/parts/Part.circom', '');
    await expect(read(project)).rejects.toThrow(InputFileError);
  });
});

describe('withoutComments', () => {
  test('keeps lines and columns', () => {
    expect(withoutComments('a /* b\nc */ d // e\nf')).toBe('a     \n     d     \nf');
  });

  test('behavior: an unfinished comment reaches to the end', () => {
    expect(withoutComments('a /* b\nc')).toBe('a     \n ');
  });
});
