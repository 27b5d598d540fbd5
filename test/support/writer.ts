/** Writes what the program keeps, one thing after the other, and says so when each is done: a victim for power cuts. */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createDevelopmentKeys } from '../../prover/keys/setup.ts';
import { writeFileAtomic } from '../../src/files.ts';
import { secretFile } from '../../src/secretFile.ts';
import { writeService } from '../../src/services.ts';
import { keyedCircuit, loadArtifacts } from './artifacts.ts';

const root = process.argv[2] as string;
const say = (path: string, content: Uint8Array | string) =>
  writeSync(1, `${path} ${createHash('sha256').update(content).digest('hex')}\n`);

for (let round = 0; ; round++) {
  const proof = join('.tally', 'proofs', `${round}.json`);
  await writeFileAtomic(join(root, proof), `proof ${round}`);
  say(proof, `proof ${round}`);
  await writeFileAtomic(join(root, '.tally', 'journal', 'default.checkpoint'), `head ${round}`);
  say(join('.tally', 'journal', 'default.checkpoint'), `head ${round}`);
  const seed = join('.tally', 'secrets', `window-${round}`);
  say(seed, await secretFile(join(root, seed), () => `seed ${round}`));
  await writeService(join(root, '.tally'), 'chain', { round });
  if (round > 0) continue;
  const circuit = await keyedCircuit(await loadArtifacts(), 'product');
  const keys = await createDevelopmentKeys(circuit, { keysDir: join(root, '.tally', 'keys') });
  writeSync(1, `${keys.provingKey.path.slice(root.length + 1)} ${keys.provingKey.sha256}\n`);
}
