import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packagedCircuitsDir } from '../compiler/packaged.ts';
import type { Config } from '../config.ts';
import { Name } from '../model/Name.ts';

/**
 * The circuits folder that has a computation: the repository's, or that of the installed package for the computations
 * that come with it, such as netting. A repository's own come first.
 * @throws NameError
 */
export function circuitsFolder({ circuitsDir }: Config, name: string): string {
  Name.check(name, 'computation');
  const isIn = (dir: string) => existsSync(join(dir, name));
  return !isIn(circuitsDir) && isIn(packagedCircuitsDir) ? packagedCircuitsDir : circuitsDir;
}

/** The folder of one computation. */
export function computationFolder(config: Config, name: string): string {
  return join(circuitsFolder(config, name), name);
}
