/**
 * The size of every circuit of the project, committed so that a change of cost shows in review as gas does. Compiling
 * the real sizes takes about twenty seconds when they are not in the cache.
 */
import { fileURLToPath } from 'node:url';
import { compile } from '../../src/compiler/compile.ts';
import { listComputations, loadComputation } from '../../src/compiler/discover.ts';

const circuitsDir = fileURLToPath(new URL('../../circuits', import.meta.url));
const cacheDir = fileURLToPath(new URL('../../.tally/cache', import.meta.url));

type Count = { readonly constraints: number; readonly wires: number; readonly publicSignals: number };
/** By computation and size. */
export type Counts = Readonly<Record<string, Readonly<Record<string, Count>>>>;

/** The text of `circuits/constraints.json`: counts after `--O2`, linear constraints included. @throws CompileError */
export async function constraintCounts(): Promise<string> {
  const counts: Record<string, Record<string, Count>> = {};
  for (const name of await listComputations(circuitsDir)) {
    const computation = await loadComputation(circuitsDir, name);
    const bySize: Record<string, Count> = {};
    for (const size of Object.keys(computation.sizes)) {
      const { constraints, wires, publicCount } = await compile(computation, { size, circuitsDir, cacheDir });
      bySize[size] = { constraints, wires, publicSignals: publicCount };
    }
    counts[name] = bySize;
  }
  return `${JSON.stringify(counts, null, 2)}\n`;
}
