/**
 * Makes `dist/`, which an installed package runs: JavaScript and declarations of src, prover and circuits, with the
 * templates beside them. Node strips types of a project's own files, but not of those in node_modules.
 */
import { spawnSync } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');

await rm(dist, { recursive: true, force: true });
emit();
await mendDeclarations();
await cp(join(root, 'circuits'), join(dist, 'circuits'), {
  recursive: true,
  filter: (path) => !/\.(?:ts|js)$/.test(path),
});
await cp(join(root, 'prover/kernel/kernel.wasm'), join(dist, 'prover/kernel/kernel.wasm'));
// The declarations of packages without types, to which emitted ones refer.
await cp(join(root, 'prover/foreign.d.ts'), join(dist, 'prover/foreign.d.ts'));

function emit(): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('tsc found errors; dist is not to be published');
}

/** tsc rewrites `.ts` in the imports of JavaScript but not of declarations. */
async function mendDeclarations(): Promise<void> {
  for (const name of await readdir(dist, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    const path = join(dist, name);
    const text = await readFile(path, 'utf8');
    const mended = text.replaceAll(/((?:from |import\()['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2');
    const isForeign = /['"](?:snarkjs|ffjavascript)['"]/.test(mended);
    const up = '../'.repeat(name.split('/').length - 1);
    const reference = isForeign ? `/// <reference path="${up || './'}prover/foreign.d.ts" />\n` : '';
    if (reference + mended !== text) await writeFile(path, reference + mended);
  }
}
