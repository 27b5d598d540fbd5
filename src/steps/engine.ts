import { pathToFileURL } from 'node:url';
import { chooseEngine, type EngineChoice } from '../../prover/engines/choose.ts';
import type { Config } from '../config.ts';
import { ConfigError, UsageError } from '../errors.ts';

/**
 * The engine that the configuration names: the path of a module that exports `createEngine`, the name of one of ours,
 * or `auto` for the fastest that works here.
 * @throws ConfigError
 */
export function proverEngine(config: Config): URL {
  return chosenEngine(config).url;
}

/** The same with its name, as costs and reports tell it. @throws ConfigError */
export function chosenEngine(config: Config): Pick<EngineChoice, 'name' | 'url'> {
  const { engine } = config.prover;
  return /^[./].*\.[jt]s$/.test(engine) ? { name: engine, url: pathToFileURL(engine) } : namedEngine(config);
}

/** One of our own engines. @throws ConfigError when there is none of the name, or it does not work here */
export function namedEngine({ prover: { engine } }: Config): EngineChoice {
  try {
    return chooseEngine(engine === 'auto' ? undefined : engine);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new ConfigError(`there is no engine "${engine}"`, {
      details: cause.details,
      remedy: 'use auto, native, native:ifma, native:adx, native:generic, wasm, snarkjs, or the path of a module',
      cause,
    });
  }
}
