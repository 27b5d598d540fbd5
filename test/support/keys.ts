import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyedCircuit } from '../../prover/keys/constraints.ts';
import { createDevelopmentKeys } from '../../prover/keys/setup.ts';
import type { Keys } from '../../src/model/Keys.ts';
import { type Artifacts, keyedCircuit, loadArtifacts } from './artifacts.ts';

/** A folder of keys, with the development key of the circuit `product` in it. */
export type KeysFixture = {
  readonly artifacts: Artifacts;
  readonly circuit: KeyedCircuit;
  readonly keysDir: string;
  readonly keys: Keys;
  readonly remove: () => Promise<void>;
};

export async function createKeysFixture(): Promise<KeysFixture> {
  const artifacts = await loadArtifacts();
  const circuit = await keyedCircuit(artifacts, 'product');
  const keysDir = await mkdtemp(join(tmpdir(), 'tally-keys-'));
  const keys = await createDevelopmentKeys(circuit, { keysDir });
  return { artifacts, circuit, keysDir, keys, remove: () => rm(keysDir, { recursive: true }) };
}
