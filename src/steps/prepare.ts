import type { Circuit } from '../model/Circuit.ts';
import type { Computation } from '../model/Computation.ts';
import type { Keys } from '../model/Keys.ts';
import { compile } from './compile.ts';
import { makeKeys } from './makeKeys.ts';
import type { Toolbox } from './toolbox.ts';

/** A computation that is ready to be proven. */
export type Prepared = { readonly computation: Computation; readonly circuit: Circuit; readonly keys: Keys };

/**
 * Compiles a computation and makes its development keys, or finds both.
 * @throws the errors of `compile` and `makeKeys`
 */
export async function prepare(
  toolbox: Toolbox,
  { name, size }: { readonly name: string; readonly size?: string | undefined },
): Promise<Prepared> {
  const { computation, circuit } = await compile(toolbox, { name, size });
  return { computation, circuit, keys: await makeKeys(toolbox, circuit) };
}
