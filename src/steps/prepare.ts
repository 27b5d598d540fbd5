import type { Circuit } from '../model/Circuit.ts';
import type { Computation } from '../model/Computation.ts';
import type { Keys } from '../model/Keys.ts';
import { compile } from './compile.ts';
import { findKeys } from './findKeys.ts';
import { makeKeys } from './makeKeys.ts';
import type { Toolbox } from './toolbox.ts';

/** A computation that is ready to be proven. */
export type Prepared = { readonly computation: Computation; readonly circuit: Circuit; readonly keys: Keys };

export type PrepareOptions = {
  readonly name: string;
  readonly size?: string | undefined;
  /** The id of one of the repository's keys, or its first digits; without it development keys are used. */
  readonly key?: string | undefined;
};

/**
 * Compiles a computation and makes its development keys, or finds both, or finds the key that is named.
 * @throws the errors of `compile`, `makeKeys` and `findKeys`
 */
export async function prepare(toolbox: Toolbox, { name, size, key }: PrepareOptions): Promise<Prepared> {
  const { computation, circuit } = await compile(toolbox, { name, size });
  const keys = key === undefined ? await makeKeys(toolbox, circuit) : await findKeys(toolbox, circuit, key);
  return { computation, circuit, keys };
}
