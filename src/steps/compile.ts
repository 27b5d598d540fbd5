import { join } from 'node:path';
import { compile as compileComputation } from '../compiler/compile.ts';
import { listComputations, loadComputation } from '../compiler/discover.ts';
import type { Circuit } from '../model/Circuit.ts';
import type { Computation } from '../model/Computation.ts';
import { circuitsFolder } from './findComputation.ts';
import type { Toolbox } from './toolbox.ts';

export type Compiled = { readonly computation: Computation; readonly circuit: Circuit };

/**
 * Compiles a computation of the repository at one size, or finds it compiled.
 * @throws NameError, ComputationError, IncludeError, CompileError, CompilerLimitError
 */
export async function compile(
  { config, onProgress, signal }: Toolbox,
  { name, size }: { readonly name: string; readonly size?: string | undefined },
): Promise<Compiled> {
  const circuitsDir = circuitsFolder(config, name);
  const computation = await loadComputation(circuitsDir, name);
  const label = `compile ${name}`;
  const circuit = await compileComputation(computation, {
    size,
    circuitsDir,
    cacheDir: join(config.dataDir, 'cache'),
    signal,
    onProgress: (progress) => onProgress({ label, note: progress.label.replace(name, '').trim() }),
  });
  onProgress({
    label,
    finished: true,
    note: `${circuit.size}, ${circuit.constraints.toLocaleString('en')} constraints`,
  });
  return { computation, circuit };
}

/** The names of the repository's computations. */
export function computations({ config }: Toolbox): Promise<readonly string[]> {
  return listComputations(config.circuitsDir);
}
