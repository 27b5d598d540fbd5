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
    /** One RPC endpoint, or a list of several of one chain. Without it the embedded local chain is used. */
    readonly rpcUrl?: string | readonly string[];
    /** The chain that `rpcUrl` must be; checked at every start. */
    readonly chainId?: number;
    /** A file with the operator's private key, readable by its owner only. */
    readonly operatorKeyFile?: string;
    /** Blocks after which a transaction counts as final, its own counted. Default: 1 locally, 12 elsewhere. */
    readonly finality?: number;
    /** The most to pay for a unit of gas; while it costs more, submissions wait. Default: 200. */
    readonly feeCapGwei?: number;
    /** Seconds after which a transaction that is not included offers an eighth more. Default: 48. */
    readonly bumpAfterSec?: number;
    /** What may be spent on gas in a day (UTC); then submissions wait for the next. Default: no limit. */
    readonly spendPerDayGwei?: number;
  };
  /** Public test networks on which development keys may be used. Never a chain of real value. */
  readonly developmentChains?: readonly number[];
  readonly prover?: {
    /** Worker threads, at most 256. Default: one per processor. */
    readonly threads?: number;
    /** Milliseconds that one proof may take. Default: 10 minutes. */
    readonly deadlineMs?: number;
    /** The proving engine; `auto`, the fastest that works here, by default. */
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
    /** Endpoints of one chain; none for the embedded one. */
    readonly rpcUrls: readonly string[];
    readonly chainId: number | undefined;
    readonly operatorKeyFile: string | undefined;
    readonly finality: number | undefined;
    readonly feeCapGwei: number | undefined;
    readonly bumpAfterSec: number | undefined;
    readonly spendPerDayGwei: number | undefined;
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
/** More threads than any machine has; each takes memory before it proves anything. */
export const threadsMax = 256;
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
  checkEntries(raw, entryKinds.file, at);
  const file = raw as ConfigFile;
  checkEntries(file.chain ?? {}, entryKinds.chain, `${at} chain`);
  checkEntries(file.prover ?? {}, entryKinds.prover, `${at} prover`);
  checkEntries(file.jobs ?? {}, entryKinds.jobs, `${at} jobs`);
  const inside = (path: string) => (isAbsolute(path) ? path : join(root, path));
  const threads = file.prover?.threads ?? Math.min(availableParallelism(), threadsMax);
  const deadlineMs = file.prover?.deadlineMs ?? deadlineMsDefault;
  if (threads > threadsMax) throw new ConfigError(`prover.threads is more than ${threadsMax}`, { at });
  const rpcUrls = [file.chain?.rpcUrl ?? []].flat();
  const jobs = { openMax: openMaxDefault, attemptsMax: attemptsMaxDefault, perDay: undefined, ...file.jobs };
  if (file.chain?.rpcUrl !== undefined && file.chain.chainId === undefined) {
    throw new ConfigError('chain.rpcUrl needs chain.chainId beside it', {
      at,
      remedy: 'name the chain that you expect there',
    });
  }
  return {
    root,
    circuitsDir: inside(file.circuits ?? 'circuits'),
    dataDir: inside(process.env.TALLY_DATA ?? file.data ?? '.tally'),
    chain: {
      rpcUrls,
      chainId: file.chain?.chainId,
      operatorKeyFile: file.chain?.operatorKeyFile === undefined ? undefined : inside(file.chain.operatorKeyFile),
      finality: file.chain?.finality,
      feeCapGwei: file.chain?.feeCapGwei,
      bumpAfterSec: file.chain?.bumpAfterSec,
      spendPerDayGwei: file.chain?.spendPerDayGwei,
    },
    developmentChains: file.developmentChains ?? [],
    prover: { threads, deadlineMs, engine: process.env.TALLY_ENGINE ?? file.prover?.engine ?? 'auto' },
    jobs,
  };
}

type Kind = { readonly is: (value: unknown) => boolean; readonly called: string };

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
const text: Kind = { is: (value) => typeof value === 'string' && value !== '', called: 'a text' };
const count: Kind = { is: isCount, called: 'a positive integer' };
const counts: Kind = { is: (value) => Array.isArray(value) && value.every(isCount), called: 'a list of chain ids' };
const group: Kind = { is: Json.isObject, called: 'an object' };
const isUrl = (value: unknown) => URL.canParse(String(value)) && /^https?:/.test(String(value));
const urls: Kind = {
  is: (value) => (Array.isArray(value) ? value.length > 0 && value.every(isUrl) : isUrl(value)),
  called: 'an http URL, or a list of them',
};

/** What may stand in the file, in its `chain` and in its `prover`. */
const entryKinds = {
  file: { circuits: text, data: text, chain: group, developmentChains: counts, prover: group, jobs: group },
  chain: {
    ...{ rpcUrl: urls, chainId: count, operatorKeyFile: text },
    ...{ finality: count, feeCapGwei: count, bumpAfterSec: count, spendPerDayGwei: count },
  },
  prover: { threads: count, deadlineMs: count, engine: text },
  jobs: { openMax: count, perDay: count, attemptsMax: count },
} as const satisfies Record<string, Readonly<Record<string, Kind>>>;

/** The message never quotes a value: an RPC address may hold a provider's key. */
function checkEntries(object: object, kinds: Readonly<Record<string, Kind>>, at: string): void {
  for (const [name, value] of Object.entries(object)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (!kind) {
      const remedy = `known: ${Object.keys(kinds).join(', ')}`;
      throw new ConfigError(`${at} has an unknown entry "${name}"`, { at, remedy });
    }
    if (value !== undefined && !kind.is(value)) throw new ConfigError(`${at}: ${name} must be ${kind.called}`, { at });
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
