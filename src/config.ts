/**
 * @module What a repository says of itself in `tally.config.ts`: where its circuits lie, which chain it settles on, how
 * much of the machine it may use. Everything has a default, so a repository without the file works.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from './errors.ts';
import { Json } from './model/Json.ts';

/** What `tally.config.ts` exports by default. */
export type ConfigFile = {
  /** Folder with one sub-folder per computation. Default: `circuits`. */
  readonly circuits?: string;
  /** Where artifacts, keys and local services are kept; not for version control. Default: `.tally`. */
  readonly data?: string;
  readonly chain?: {
    /** Without it the embedded local chain is used. */
    readonly rpcUrl?: string;
    /** The chain that `rpcUrl` must be; checked at every start. */
    readonly chainId?: number;
    /** A file with the operator's private key, readable by its owner only. */
    readonly operatorKeyFile?: string;
  };
  /** Public test networks on which development keys may be used. Never a chain of real value. */
  readonly developmentChains?: readonly number[];
  readonly prover?: {
    /** Worker threads. Default: one per processor. */
    readonly threads?: number;
    /** Milliseconds that one proof may take. Default: 10 minutes. */
    readonly deadlineMs?: number;
    /** The proving engine. */
    readonly engine?: string;
  };
  readonly jobs?: {
    /** Jobs that may be open at a time; more are refused. Default: 200,000. */
    readonly openMax?: number;
    /** Jobs that may be taken in on one day (UTC). Default: no limit. */
    readonly perDay?: number;
    /** Tries of a job whose failure may pass. Default: 3. */
    readonly attemptsMax?: number;
  };
};

export type Config = {
  readonly root: string;
  readonly circuitsDir: string;
  readonly dataDir: string;
  readonly chain: {
    readonly rpcUrl: string | undefined;
    readonly chainId: number | undefined;
    readonly operatorKeyFile: string | undefined;
  };
  readonly developmentChains: readonly number[];
  readonly prover: { readonly threads: number; readonly deadlineMs: number; readonly engine: string };
  readonly jobs: { readonly openMax: number; readonly perDay: number | undefined; readonly attemptsMax: number };
};

/** Names the type of a configuration, for editors. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}

const fileName = 'tally.config.ts';
const deadlineMsDefault = 10 * 60_000;
/** Rows of about a kilobyte: a queue of this length is still quick. */
const openMaxDefault = 200_000;
const attemptsMaxDefault = 3;

/**
 * Finds `tally.config.ts` in a folder or above it and works out the defaults. Without one the folder itself is the root.
 * @throws ConfigError
 */
export async function loadConfig(start: string, path?: string): Promise<Config> {
  const file = path ? resolve(start, path) : findUpwards(start);
  if (path && !existsSync(file as string)) throw new ConfigError(`there is no ${path}`, { at: path });
  const root = file ? dirname(file) : findRoot(start);
  return complete(file ? await importFile(file) : {}, root, file ?? fileName);
}

function complete(raw: unknown, root: string, at: string): Config {
  if (!Json.isObject(raw)) throw new ConfigError(`${at} does not export a configuration by default`, { at });
  checkKeys(raw, ['circuits', 'data', 'chain', 'developmentChains', 'prover', 'jobs'], at);
  const file = raw as ConfigFile;
  checkKeys(file.chain ?? {}, ['rpcUrl', 'chainId', 'operatorKeyFile'], `${at} chain`);
  checkKeys(file.prover ?? {}, ['threads', 'deadlineMs', 'engine'], `${at} prover`);
  checkKeys(file.jobs ?? {}, ['openMax', 'perDay', 'attemptsMax'], `${at} jobs`);
  const inside = (path: string) => (isAbsolute(path) ? path : join(root, path));
  const threads = file.prover?.threads ?? availableParallelism();
  const deadlineMs = file.prover?.deadlineMs ?? deadlineMsDefault;
  for (const [name, value] of Object.entries({ threads, deadlineMs })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`prover.${name} must be a positive integer`, { at });
  }
  const jobs = { openMax: openMaxDefault, attemptsMax: attemptsMaxDefault, perDay: undefined, ...file.jobs };
  for (const [name, value] of Object.entries(jobs)) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
      throw new ConfigError(`jobs.${name} must be a positive integer`, { at });
  }
  if (file.chain?.rpcUrl !== undefined && file.chain.chainId === undefined) {
    throw new ConfigError('chain.rpcUrl needs chain.chainId beside it', {
      at,
      remedy: 'name the chain that you expect there',
    });
  }
  return {
    root,
    circuitsDir: inside(file.circuits ?? 'circuits'),
    dataDir: inside(file.data ?? process.env.TALLY_DATA ?? '.tally'),
    chain: {
      rpcUrl: file.chain?.rpcUrl,
      chainId: file.chain?.chainId,
      operatorKeyFile: file.chain?.operatorKeyFile === undefined ? undefined : inside(file.chain.operatorKeyFile),
    },
    developmentChains: file.developmentChains ?? [],
    prover: { threads, deadlineMs, engine: process.env.TALLY_ENGINE ?? file.prover?.engine ?? 'snarkjs' },
    jobs,
  };
}

function checkKeys(object: object, known: readonly string[], at: string): void {
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new ConfigError(`${at} has an unknown entry "${unknown}"`, { at, remedy: `known: ${known.join(', ')}` });
  }
}

async function importFile(file: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (cause) {
    throw new ConfigError(`${file} cannot be loaded: ${(cause as Error).message}`, { at: file, cause });
  }
}

function findUpwards(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const file = join(folder, fileName);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The nearest folder with a package.json, so that commands work from any sub-folder. */
function findRoot(start: string): string {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return resolve(start);
  }
}
