import { join } from 'node:path';
import { importKeys } from '../../prover/keys/import.ts';
import { createDevelopmentKeys } from '../../prover/keys/setup.ts';
import type { Circuit } from '../model/Circuit.ts';
import type { Keys } from '../model/Keys.ts';
import type { Toolbox } from './toolbox.ts';

/**
 * Development keys for a circuit: made, or found when they have been made before. Whoever has the seed can forge
 * proofs, so these keys are for local chains and named test networks.
 * @throws ArtifactHashError, ArtifactMismatchError, UnsafeKeyError, CancelledError
 */
export async function makeKeys(
  { config, onProgress, signal }: Toolbox,
  circuit: Circuit,
  { seed }: { readonly seed?: string | undefined } = {},
): Promise<Keys> {
  const label = `keys ${circuit.name}`;
  onProgress({ label });
  const keys = await createDevelopmentKeys(circuit, {
    keysDir: keysFolder(config.dataDir),
    seed,
    threadsMax: config.prover.threads,
    signal,
    onProgress: ({ done, total }) => onProgress({ label, done, total }),
  });
  onProgress({ label, finished: true, note: `${keys.verifyingKey.keyClass}, ${keys.keyId.slice(0, 10)}…` });
  return keys;
}

/**
 * Takes in a proving key that was made elsewhere. It counts as a development key.
 * @throws the artifact errors, ArtifactMismatchError when it is of another circuit, UnsafeKeyError
 */
export function importKey({ config }: Toolbox, circuit: Circuit, path: string): Promise<Keys> {
  return importKeys(path, circuit, { keysDir: keysFolder(config.dataDir), keyClass: 'development' });
}

/** Where the repository keeps its keys. */
export function keysFolder(dataDir: string): string {
  return join(dataDir, 'keys');
}
