/**
 * Writes every generated file of the project, or with `--check` says which of them are stale.
 * A file is generated when it follows from other files here and is committed so that readers and tools need not run it.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '../src/files.ts';
import { codecVectors } from './generate/codecVectors.ts';
import { constraintCounts } from './generate/constraints.ts';
import { contractArtifacts } from './generate/contractArtifacts.ts';
import { errorDocs } from './generate/errorDocs.ts';
import { journalVectors } from './generate/journalVectors.ts';
import { kernelConstants } from './generate/kernelConstants.ts';
import { poseidonConstants } from './generate/poseidonConstants.ts';
import { schemaFiles } from './generate/schemas.ts';
import { snarkjsVerifier } from './generate/snarkjsVerifier.ts';

type Generated = { readonly path: string; readonly text: () => Promise<string> | string };

const files: readonly Generated[] = [
  { path: 'docs/errors.md', text: errorDocs },
  // Compiles every computation at every size, or finds them in the cache.
  { path: 'circuits/constraints.json', text: constraintCounts },
  ...schemaFiles,
  { path: 'test/vectors/codec.json', text: codecVectors },
  { path: 'test/vectors/journal.json', text: journalVectors },
  { path: 'verifier-contracts/src/libraries/generated/PoseidonConstants.sol', text: poseidonConstants },
  { path: 'prover/kernel/constants.h', text: kernelConstants },
  { path: 'test/contracts/generated/SnarkjsVerifier.sol', text: snarkjsVerifier },
  // Compiles the contracts, so it comes after the constants that they use.
  { path: 'src/chain/generated/contracts.ts', text: contractArtifacts },
];

const check = process.argv.includes('--check');
const stale: string[] = [];

for (const { path, text } of files) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const fresh = await text();
  const present = await readFile(file, 'utf8').catch(() => undefined);
  if (present === fresh) continue;
  stale.push(path);
  if (!check) await writeFileAtomic(file, fresh);
}

if (check && stale.length > 0) {
  console.error(`Stale generated files:\n${stale.map((path) => `  ${path}`).join('\n')}\nRun: npm run generate`);
  process.exitCode = 1;
} else {
  console.log(check ? `${files.length} generated files are fresh` : `${stale.length} of ${files.length} files written`);
}
// circomlibjs keeps worker threads alive.
process.exit();
