/**
 * @module The last brake: when verifiers that must agree do not, nobody can say what is true, and nothing more is proven or
 * sent from this data folder until a person has looked. The file that halts is the evidence, and deleting it ends the halt.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { HaltedError } from '../errors.ts';
import { writeFileAtomic } from '../files.ts';
import { Json } from '../model/Json.ts';

type Folder = Pick<Config, 'dataDir'>;

/** Where the evidence lies while there is a halt. */
export function haltPath({ dataDir }: Folder): string {
  return join(dataDir, 'halted.json');
}

export function isHalted(config: Folder): boolean {
  return existsSync(haltPath(config));
}

/** Halts, and keeps why. The first evidence stays when there is more. @throws FileSystemError */
export async function halt(config: Folder, evidence: object): Promise<void> {
  if (!isHalted(config)) await writeFileAtomic(haltPath(config), `${Json.stringify({ version: 1, ...evidence }, 2)}\n`);
}

/** @throws HaltedError */
export function requireNotHalted(config: Folder): void {
  if (!isHalted(config)) return;
  throw new HaltedError('verifiers disagreed; nothing is proven or sent until someone has looked', {
    at: haltPath(config),
    remedy: 'find out which verifier is wrong; when that is mended, delete this file',
  });
}
