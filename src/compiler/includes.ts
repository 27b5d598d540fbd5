/**
 * @module Which circom sources a computation stands on. Includes are resolved here, before circom runs, in a namespace of
 * our own: a few folders are mounted under fixed names, and only files of the closure are later shown to circom. So an
 * include cannot reach any other file, and artifacts cannot depend on where the project lies.
 */

import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { ArtifactEscapeError, IncludeError } from '../errors.ts';
import { checkInside, readTextBounded } from '../files.ts';
import { packagedLibrary } from './packaged.ts';

/** A source by the name that circom sees, such as `circuits/square/Square.circom`. */
export type Source = { readonly name: string; readonly path: string; readonly text: string };

export type SourceRoots = {
  readonly circuitsDir: string;
  /** The computation, which is also its folder. */
  readonly computation: string;
};

/** Where an include is looked for when it is not beside the including file. */
export const searchFolders = ['circuits/lib', 'tallystick/lib', 'circomlib/circuits', ''] as const;

/** The largest file of circomlib has 1.2 MB (constants of Poseidon); a closure of ours has about twenty files. */
const sourceBytesMax = 4 * 2 ** 20;
const sourcesMax = 1000;

type Mount = { readonly name: string; readonly dir: string };

/**
 * Reads a source of the computation and all that it includes, in order of name.
 * @throws IncludeError, ArtifactEscapeError, InputFileError
 */
export async function readSources(entry: string, roots: SourceRoots): Promise<readonly Source[]> {
  const mounts = await sourceMounts(roots);
  const found = new Map<string, Source>();
  const waiting: { readonly name: string; readonly from: string | undefined }[] = [{ name: entry, from: undefined }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (found.has(next.name)) continue;
    if (found.size === sourcesMax)
      throw new IncludeError(`more than ${sourcesMax} sources are included`, { at: entry });
    const source = await readSource(next.name, mounts, next.from);
    found.set(next.name, source);
    for (const include of includesOf(source.text)) {
      waiting.push({ name: resolveInclude(include, source.name, mounts), from: source.name });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The text with comments blanked out; lines and columns stay where they are. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*/g, (comment) => comment.replaceAll(/[^\n]/g, ' '));
}

async function sourceMounts({ circuitsDir, computation }: SourceRoots): Promise<readonly Mount[]> {
  const circomlib = dirname(createRequire(import.meta.url).resolve('circomlib/package.json'));
  const library = packagedLibrary(circuitsDir);
  const dirs: readonly Mount[] = [
    { name: `circuits/${computation}`, dir: join(circuitsDir, computation) },
    { name: 'circuits/lib', dir: join(circuitsDir, 'lib') },
    { name: 'circomlib/circuits', dir: join(circomlib, 'circuits') },
    ...(library === undefined ? [] : [{ name: 'tallystick/lib', dir: library }]),
  ];
  await checkInside(join(circuitsDir, computation), circuitsDir);
  const present = dirs.filter(({ dir }) => existsSync(dir));
  return Promise.all(present.map(async ({ name, dir }) => ({ name, dir: await realpath(dir) })));
}

function includesOf(text: string): readonly string[] {
  return [...withoutComments(text).matchAll(/\binclude\s*"([^"\n]*)"/g)].map((match) => match[1] as string);
}

/** The name of the source that an include denotes: beside the including file first, as circom does. */
function resolveInclude(include: string, from: string, mounts: readonly Mount[]): string {
  const facts = {
    at: from,
    remedy: 'include files of the computation, of circuits/lib, of the package or of circomlib, by a relative path',
  };
  if (include === '' || posix.isAbsolute(include) || /[\\\0]/.test(include)) {
    throw new IncludeError(`include ${JSON.stringify(include)} is not a relative path`, facts);
  }
  const candidates = [posix.dirname(from), ...searchFolders].map((folder) => posix.join(folder, include));
  const permitted = candidates.filter((name) => pathOf(name, mounts) !== undefined);
  const found = permitted.find((name) => existsSync(pathOf(name, mounts) as string));
  if (found !== undefined) return found;
  const leaves = include.split('/').includes('..') && pathOf(candidates[0] as string, mounts) === undefined;
  const fault = leaves ? 'leaves the permitted folders' : 'is found nowhere';
  throw new IncludeError(`include ${JSON.stringify(include)} ${fault}`, facts);
}

function pathOf(name: string, mounts: readonly Mount[]): string | undefined {
  const mount = mounts.find((candidate) => name.startsWith(`${candidate.name}/`));
  return mount && join(mount.dir, name.slice(mount.name.length + 1));
}

async function readSource(name: string, mounts: readonly Mount[], from: string | undefined): Promise<Source> {
  const path = pathOf(name, mounts);
  if (path === undefined) throw new IncludeError(`${name} lies in no permitted folder`, { at: from ?? name });
  await checkLinks(path, mounts, name, from);
  return { name, path, text: await readTextBounded(path, sourceBytesMax) };
}

/** Links are followed, as long as they end in a permitted folder. */
async function checkLinks(path: string, mounts: readonly Mount[], name: string, from: string | undefined) {
  let leak: unknown;
  for (const { dir } of mounts) {
    try {
      return await checkInside(path, dir);
    } catch (error) {
      if (!(error instanceof ArtifactEscapeError)) throw error;
      leak = error;
    }
  }
  // The computation's own file is an artifact of the project; anything else got here by an include.
  if (from === undefined) throw leak;
  throw new IncludeError(`include of ${name} follows a link out of the permitted folders`, { at: from, cause: leak });
}
