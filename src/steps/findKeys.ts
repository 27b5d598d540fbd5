import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { circuitLabel } from '../../prover/keys/constraints.ts';
import { openKeys } from '../../prover/keys/keyFolder.ts';
import { InputFileError, UsageError } from '../errors.ts';
import type { Circuit } from '../model/Circuit.ts';
import type { Keys } from '../model/Keys.ts';
import { keysFolder } from './makeKeys.ts';
import type { Toolbox } from './toolbox.ts';

/**
 * One of the repository's keys for a circuit by its id, or by the first digits of it, eight or more.
 * @throws UsageError for what is no id, InputFileError when there is none or more than one, the errors of `openKeys`
 */
export async function findKeys({ config }: Toolbox, circuit: Circuit, id: string): Promise<Keys> {
  if (!/^0x[0-9a-f]{8,64}$/.test(id)) {
    throw new UsageError('a key is named by its id: 0x and its first eight or more digits', { at: '--key' });
  }
  const folder = keysFolder(config.dataDir);
  const names = await readdir(folder).catch(() => []);
  // Folders carry the id's first 16 digits; damaged ones that were moved aside have a suffix.
  const begin = `${circuitLabel(circuit)}-${id.slice(2, 18)}`;
  const found = names.filter((name) => name.startsWith(begin) && /-[0-9a-f]{16}$/.test(name));
  if (found.length === 1) {
    const keys = await openKeys(join(folder, found[0] as string), circuit);
    if (keys.keyId.startsWith(id)) return keys;
  }
  const count = found.length > 1 ? 'several keys' : 'no key';
  throw new InputFileError(`${count} of ${circuit.name} (${circuit.size}) in ${folder} begin with ${id}`, {
    at: folder,
    remedy: 'make or import the key, or give more digits of its id',
  });
}
