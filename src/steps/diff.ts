import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { DiffBaseError } from '../errors.ts';
import { readTextBounded } from '../files.ts';
import { Json, type JsonObject, type JsonValue } from '../model/Json.ts';
import { ProgramDiff, ProgramFacts } from '../model/ProgramDiff.ts';
import { compile } from './compile.ts';
import type { Toolbox } from './toolbox.ts';

export type DiffOptions = {
  readonly name: string;
  /** All sizes of the computation by default. */
  readonly size?: string | undefined;
  readonly against: DiffBase;
};

/** A revision of the repository, or a file with what `tally compile --json` printed. */
export type DiffBase = { readonly revision: string } | { readonly file: string };

const run = promisify(execFile);
const outputBytesMax = 16 * 2 ** 20;

/**
 * Compares a computation with an earlier form of it: constraints, schema, program. Sizes that only one of the two has
 * are left out.
 * @throws DiffBaseError when the earlier form is not to be had, and the errors of `compile`
 */
export async function diff(toolbox: Toolbox, { name, size, against }: DiffOptions): Promise<readonly ProgramDiff[]> {
  const before =
    'file' in against
      ? await readFacts(against.file, name)
      : await compileRevision(toolbox, { name, size, revision: against.revision });
  const { computation } = await compile(toolbox, { name, size });
  const diffs: ProgramDiff[] = [];
  for (const each of size === undefined ? Object.keys(computation.sizes) : [size]) {
    const earlier = before.find((facts) => facts.name === name && facts.size === each);
    if (!earlier) continue;
    const { circuit } = await compile(toolbox, { name, size: each });
    diffs.push(ProgramDiff.between(earlier, ProgramFacts.from(circuit)));
  }
  if (diffs.length > 0) return diffs;
  const at = 'file' in against ? against.file : against.revision;
  throw new DiffBaseError(`${at} has no ${name} of ${size === undefined ? 'any of its sizes' : `size ${size}`}`, {
    at,
  });
}

/** What `tally compile --json` printed: an object a line. */
async function readFacts(path: string, name: string): Promise<readonly ProgramFacts[]> {
  const lines = (await readTextBounded(path)).split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line, i) => {
    const json = Json.parse(line, `${path}:${i + 1}`);
    return Json.isObject(json) && json.name === name ? [parseFacts(json, `${path}:${i + 1}`)] : [];
  });
}

function parseFacts(json: JsonObject, at: string): ProgramFacts {
  const { signals, r1cs, unit: _unit, ...rest } = json;
  const isSound =
    ['size', 'template', 'programId'].every((key) => typeof json[key] === 'string') &&
    ['constraints', 'wires', 'publicCount'].every((key) => typeof json[key] === 'number') &&
    Array.isArray(signals) &&
    signals.every((signal: JsonValue) => Json.isObject(signal) && typeof signal.name === 'string') &&
    Json.isObject(r1cs) &&
    typeof r1cs.sha256 === 'string';
  if (!isSound) {
    throw new DiffBaseError('the line is not a circuit', { at, remedy: 'write the file with `tally compile --json`' });
  }
  return { ...(rest as unknown as ProgramFacts), signals, r1csSha256: (r1cs as JsonObject).sha256 } as ProgramFacts;
}

type Revision = { readonly name: string; readonly size: string | undefined; readonly revision: string };

/**
 * Compiles the computation as a revision has it, from a copy of its files in the repository's own data folder, where
 * imports of packages resolve as they do for the files themselves.
 */
async function compileRevision(toolbox: Toolbox, { name, size, revision }: Revision): Promise<readonly ProgramFacts[]> {
  const { config } = toolbox;
  const { root } = config;
  const commit = (
    await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])
  ).trim();
  const place = relative(root, config.circuitsDir);
  if (place.startsWith('..') || isAbsolute(place)) {
    throw new DiffBaseError('the circuits do not lie in the repository', { at: config.circuitsDir });
  }
  const copy = join(root, '.tally', `diff-${randomBytes(6).toString('hex')}`);
  try {
    const tree = await checkOut(root, commit, copy);
    const earlier = { ...toolbox, config: { ...config, circuitsDir: join(tree, place) } };
    if (!existsSync(join(tree, place, name))) {
      throw new DiffBaseError(`${revision} has no computation ${name}`, { at: revision });
    }
    const { computation, circuit } = await compile(earlier, { name, size });
    const facts = [ProgramFacts.from(circuit)];
    for (const each of size === undefined ? Object.keys(computation.sizes) : []) {
      if (each !== circuit.size) facts.push(ProgramFacts.from((await compile(earlier, { name, size: each })).circuit));
    }
    return facts;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Copies the files of a commit, with an index of its own: the repository's is not touched. Returns the root's copy. */
async function checkOut(root: string, commit: string, copy: string): Promise<string> {
  await mkdir(copy, { recursive: true });
  const env = { ...process.env, GIT_INDEX_FILE: join(copy, 'index') };
  const prefix = (await git(root, ['rev-parse', '--show-prefix'])).trim();
  await git(root, ['read-tree', commit], env);
  await git(root, ['checkout-index', '--all', `--prefix=${join(copy, 'tree')}/`], env);
  return join(copy, 'tree', prefix);
}

async function git(cwd: string, words: readonly string[], env = process.env): Promise<string> {
  try {
    return (await run('git', [...words], { cwd, env, maxBuffer: outputBytesMax })).stdout;
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    throw new DiffBaseError('git does not give the revision', {
      at: cwd,
      details: [`git ${words[0]} ended with ${String(code)}`],
      remedy: 'name a revision of this repository, or a file written with `tally compile --json`',
      cause,
    });
  }
}
