/**
 * The reference engine, except that the first proof of all fails: by an exception, or by ending the thread when the URL
 * says `how=exit`. The file that the URL names as `marker` remembers that it has happened.
 */
import { existsSync, writeFileSync } from 'node:fs';
import type { Engine } from '../../../prover/engines/engine.ts';
import { createEngine as createReference } from '../../../prover/engines/snarkjs.ts';

const { searchParams } = new URL(import.meta.url);
const marker = searchParams.get('marker') ?? '';

export async function createEngine(): Promise<Engine> {
  const engine = await createReference();
  return {
    ...engine,
    load: async (zkey) => {
      const handle = await engine.load(zkey);
      return { ...handle, prove: (...given) => (fails() ? fail() : handle.prove(...given)) };
    },
  };
}

function fails(): boolean {
  if (existsSync(marker)) return false;
  writeFileSync(marker, '');
  return true;
}

function fail(): never {
  if (searchParams.get('how') === 'exit') process.exit(3);
  throw new Error('the first proof fails');
}
