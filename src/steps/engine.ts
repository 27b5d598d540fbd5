import { pathToFileURL } from 'node:url';
import type { ProverOptions } from '../../prover/index.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';

/**
 * The engine that the configuration names: `snarkjs`, or the path of a module that exports `createEngine`.
 * @throws ConfigError
 */
export function proverEngine({ prover: { engine } }: Config): ProverOptions['engine'] {
  if (engine === 'snarkjs') return engine;
  if (/^[./].*\.[jt]s$/.test(engine)) return pathToFileURL(engine);
  throw new ConfigError(`there is no engine "${engine}"`, { remedy: 'use snarkjs, or the path of a module' });
}
