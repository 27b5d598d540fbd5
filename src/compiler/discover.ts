/** @module Finds the computations of a project: each folder under the circuits folder that holds `computation.ts`. */
import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ComputationError } from '../errors.ts';
import { checkInside } from '../files.ts';
import type { Computation } from '../model/Computation.ts';
import { Name } from '../model/Name.ts';

/** The published package and users who build first have `.js`. */
const moduleNames = ['computation.ts', 'computation.js'] as const;

/**
 * The names of all computations in a circuits folder, sorted.
 * @throws ComputationError when the folder cannot be read
 */
export async function listComputations(circuitsDir: string): Promise<readonly string[]> {
  let entries: readonly string[];
  try {
    entries = await readdir(circuitsDir);
  } catch (cause) {
    throw new ComputationError(`cannot read the circuits folder ${circuitsDir}`, { at: circuitsDir, cause });
  }
  return entries.filter((name) => isName(name) && modulePath(circuitsDir, name) !== undefined).sort();
}

/**
 * Imports a computation by name; nothing outside the circuits folder is opened.
 * @throws NameError, ArtifactEscapeError, ComputationError
 */
export async function loadComputation(circuitsDir: string, name: string): Promise<Computation> {
  Name.check(name, 'computation');
  const path = modulePath(circuitsDir, name);
  if (path === undefined) {
    const known = await listComputations(circuitsDir);
    throw new ComputationError(`there is no computation "${name}" in ${circuitsDir}`, {
      remedy: known.length > 0 ? `use one of: ${known.join(', ')}` : 'add one with `tally init <name>`',
    });
  }
  await checkInside(path, circuitsDir);
  const computation = await importDefault(await realpath(path));
  if (computation.name !== name) {
    throw new ComputationError(`the computation in folder "${name}" calls itself "${computation.name}"`, {
      at: path,
      remedy: 'give the folder and the computation the same name',
    });
  }
  return computation;
}

function modulePath(circuitsDir: string, name: string): string | undefined {
  return moduleNames.map((file) => join(circuitsDir, name, file)).find((path) => existsSync(path));
}

async function importDefault(path: string): Promise<Computation> {
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw new ComputationError(`${path} cannot be imported: ${(cause as Error).message}`, { at: path, cause });
  }
  if (isComputation(module.default)) return module.default;
  throw new ComputationError(`${path} does not export a computation`, {
    at: path,
    remedy: 'write: export default defineComputation({ … })',
  });
}

/** What `defineComputation` returned; it has checked the rest. */
function isComputation(value: unknown): value is Computation {
  if (typeof value !== 'object' || value === null) return false;
  const { name, template, signals, sizes, reference } = value as Partial<Computation>;
  const texts = [name, template].every((text) => typeof text === 'string');
  const objects = [signals, sizes].every((object) => typeof object === 'object' && object !== null);
  return texts && objects && typeof reference === 'function';
}

function isName(text: string): boolean {
  try {
    return Name.check(text, 'computation') === text;
  } catch {
    return false;
  }
}
