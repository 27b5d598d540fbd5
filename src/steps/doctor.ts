import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { snarkjsVersion } from '../../prover/snarkjsRuntime.ts';
import { anvilBinary } from '../chain/anvil.ts';
import { inspectEndpoints } from '../chain/inspectEndpoints.ts';
import { findRunning } from '../chain/services.ts';
import { circomVersion } from '../compiler/runCircom.ts';
import type { Config } from '../config.ts';
import { computations } from './compile.ts';
import { namedEngine } from './engine.ts';
import type { Toolbox } from './toolbox.ts';

export type Check = {
  readonly name: string;
  /** `missing` keeps something from working, `note` does not. */
  readonly state: 'ok' | 'note' | 'missing';
  readonly says: string;
  readonly remedy?: string;
};

/** What real circuits need while they are compiled and proven. */
const memoryBytesMin = 3 * 2 ** 30;
const diskBytesMin = 2 ** 30;

/** Looks at all that the path needs of this machine and of the repository; makes the data folder, to see whether it can. */
export async function doctor(toolbox: Toolbox): Promise<readonly Check[]> {
  const { config } = toolbox;
  return [
    { name: 'node', state: 'ok', says: process.versions.node },
    {
      name: 'processors',
      state: 'ok',
      says: `${availableParallelism()} (${cpus()[0]?.model.trim() ?? 'unknown'}), ${config.prover.threads} workers`,
    },
    checkMemory(),
    await checkData(config.dataDir),
    await checkCircuits(toolbox),
    { name: 'compiler', state: 'ok', says: `circom ${circomVersion}` },
    checkEngine(config),
    await checkAnvil(),
    await checkChain(toolbox),
  ];
}

function checkEngine(config: Config): Check {
  const name = 'engine';
  if (/^[./]/.test(config.prover.engine)) return { name, state: 'ok', says: config.prover.engine };
  try {
    const choice = namedEngine(config);
    const version = choice.name === 'snarkjs' ? ` ${snarkjsVersion}` : '';
    const says = [`${choice.name}${version}`, ...choice.passedOver].join('; not ');
    const isFast = choice.name.startsWith('native');
    if (isFast) return { name, state: 'ok', says };
    return { name, state: 'note', says, remedy: 'proofs are faster with a C++ compiler: install one, then npm ci' };
  } catch (error) {
    return { name, state: 'missing', says: (error as Error).message, remedy: 'unset TALLY_ENGINE' };
  }
}

function checkMemory(): Check {
  const says = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  if (totalmem() >= memoryBytesMin) return { name: 'memory', state: 'ok', says };
  return { name: 'memory', state: 'note', says, remedy: 'circuits of the real size need 3 GiB; use smaller ones' };
}

async function checkData(dataDir: string): Promise<Check> {
  const name = 'data folder';
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    const { bavail, bsize } = await statfs(dataDir);
    const says = `${dataDir}, ${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB free`;
    if (bavail * bsize >= diskBytesMin) return { name, state: 'ok', says };
    return { name, state: 'note', says, remedy: 'keys of the real size need 1 GiB' };
  } catch (error) {
    const says = `${dataDir}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be written'}`;
    return { name, state: 'missing', says, remedy: 'make the folder writable, or set TALLY_DATA' };
  }
}

async function checkCircuits(toolbox: Toolbox): Promise<Check> {
  const name = 'computations';
  const names = await computations(toolbox).catch(() => []);
  if (names.length > 0) return { name, state: 'ok', says: names.join(', ') };
  return { name, state: 'note', says: `none in ${toolbox.config.circuitsDir}`, remedy: 'add a folder, see README.md' };
}

async function checkAnvil(): Promise<Check> {
  const name = 'anvil';
  try {
    const path = anvilBinary();
    await access(path, constants.X_OK);
    return { name, state: 'ok', says: path };
  } catch {
    const says = `no binary for ${process.platform} ${process.arch}`;
    return { name, state: 'note', says, remedy: 'run npm ci, or name a chain in tally.config.ts' };
  }
}

async function checkChain({ config }: Toolbox): Promise<Check> {
  const name = 'chain';
  const { rpcUrls, chainId } = config.chain;
  if (rpcUrls.length > 0) {
    const found = await inspectEndpoints(rpcUrls, chainId as number);
    const says = found.map(({ host, fault, head }) => `${host} ${fault ?? `at block ${head}`}`).join('; ');
    const good = found.filter(({ fault }) => fault === undefined).length;
    if (good === found.length) return { name, state: 'ok', says: `chain ${chainId}: ${says}` };
    const remedy = 'see to the endpoints that are named, or name others in tally.config.ts';
    return { name, state: good > 0 ? 'note' : 'missing', says: `chain ${chainId}: ${says}`, remedy };
  }
  const running = await findRunning(config.dataDir);
  return { name, state: 'ok', says: running ? `embedded, running at ${running.url}` : 'embedded, not running' };
}
