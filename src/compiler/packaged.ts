import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The circuits that come with this program: `circuits/` in its repository, a copy beside the compiled code in a package. */
export const packagedCircuitsDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'circuits');

/** The templates for everybody, unless a repository is the one that they come from. */
export function packagedLibrary(circuitsDir: string): string | undefined {
  const dir = join(packagedCircuitsDir, 'lib');
  return circuitsDir !== packagedCircuitsDir && existsSync(dir) ? dir : undefined;
}
