/** @module snarkjs' own Solidity verifier for a key of the fixtures: the twin that ours is held against. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Ejs = { render(template: string, data: object): string };

const require = createRequire(import.meta.url);

/**
 * The text of `test/contracts/generated/SnarkjsVerifier.sol`: snarkjs' template, which is under GPL-3.0, filled in with
 * the fixtures' key `square`. It is used in tests only.
 */
export async function snarkjsVerifier(): Promise<string> {
  // snarkjs does not export its package.json; its main file lies in a folder right below.
  const snarkjsMain = require.resolve('snarkjs');
  const ejs = createRequire(snarkjsMain)('ejs') as Ejs;
  const template = await readFile(join(dirname(snarkjsMain), '../templates/verifier_groth16.sol.ejs'), 'utf8');
  const vectors = fileURLToPath(new URL('../../test/vectors/contracts.json', import.meta.url));
  const { keys } = JSON.parse(await readFile(vectors, 'utf8')) as { keys: { square: { json: object } } };
  return ejs.render(template, keys.square.json).replaceAll(/[ \t]+$/gm, '');
}
