import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { configText, scaffold } from '../author/scaffold.ts';
import { ConfigError, UsageError } from '../errors.ts';
import { readTextBounded, writeFileAtomic } from '../files.ts';
import { Json } from '../model/Json.ts';
import { Name } from '../model/Name.ts';
import type { Toolbox } from './toolbox.ts';

export type Initialized = {
  /** Paths of the new and changed files, relative to the repository. */
  readonly written: readonly string[];
};

const packageBytesMax = 2 ** 20;

/**
 * Puts a computation that works into the repository, and a configuration and a .gitignore entry where there are none.
 * Nothing that is there is overwritten; the computation's folder appears complete or not at all.
 * @throws NameError, UsageError when the folder is there, ConfigError when Node would not take its files for modules
 */
export async function init({ config }: Toolbox, { name }: { readonly name: string }): Promise<Initialized> {
  const { root, circuitsDir } = config;
  const folder = join(circuitsDir, Name.check(name, 'computation'));
  if (existsSync(folder)) throw taken(folder);
  await requireModules(root);
  const files = scaffold(name);
  await publishFolder(folder, async (staging) => {
    for (const { path, text } of files) await writeFile(join(staging, path.slice(name.length + 1)), text);
  });
  const written = files.map(({ path }) => relative(root, join(circuitsDir, path)));
  if (await writeNew(join(root, 'tally.config.ts'), configText)) written.push('tally.config.ts');
  if (await ignore(join(root, '.gitignore'), '.tally/')) written.push('.gitignore');
  return { written };
}

/** npm writes `"type": "commonjs"` into new packages, under which Node does not run modules in `.ts` files. */
async function requireModules(root: string): Promise<void> {
  const path = join(root, 'package.json');
  if (!existsSync(path)) {
    throw new ConfigError('there is no package.json here', {
      at: path,
      remedy: 'run `npm init --yes` and `npm pkg set type=module`, and install tallystick',
    });
  }
  const json = Json.parse(await readTextBounded(path, packageBytesMax), path);
  if (Json.isObject(json) && json.type === 'module') return;
  throw new ConfigError('the package is not of type "module"', { at: path, remedy: 'run `npm pkg set type=module`' });
}

async function publishFolder(folder: string, fill: (staging: string) => Promise<void>): Promise<void> {
  const staging = `${folder}.new-${randomBytes(4).toString('hex')}`;
  await mkdir(staging, { recursive: true });
  try {
    await fill(staging);
    await rename(staging, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw taken(folder);
    throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function taken(folder: string): UsageError {
  return new UsageError('there is a folder of that name already', { at: folder, remedy: 'choose another name' });
}

/** Writes a file unless there is one; says whether it did. */
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Adds a line to a .gitignore unless it has it; says whether it did. */
async function ignore(path: string, line: string): Promise<boolean> {
  const present = existsSync(path) ? await readFile(path, 'utf8') : '';
  if (present.split(/\r?\n/).some((each) => each.trim().replace(/\/$/, '') === line.replace(/\/$/, ''))) return false;
  const separator = present === '' || present.endsWith('\n') ? '' : '\n';
  await writeFileAtomic(path, `${present}${separator}${line}\n`);
  return true;
}
