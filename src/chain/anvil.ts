/**
 * @module The local chain's program: anvil's own binary, found in the npm package of this platform. The package's
 * wrapper script is not used, because ending it leaves the real process behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChainUnavailableError } from '../errors.ts';
import { isAlive } from '../lock.ts';
import type { Hex } from '../model/Hex.ts';

/** The chain id of every local chain. */
export const localChainId = 31337;

/** Anvil is up after some 0.2 s; a loaded machine takes longer. */
const startTimeoutMs = 30_000;
/** What may be lost of the local chain when the machine stops at once: the outbox sends it again. */
const stateIntervalSec = 3;
const probeTimeoutMs = 5_000;

export type AnvilOptions = {
  /** Where anvil writes its log; its folder is made. The port is read from there. */
  readonly logPath: string;
  /** Where the chain is kept between starts; without it the chain ends with its process. */
  readonly statePath?: string | undefined;
  /** Time of block 0, in seconds since 1970. */
  readonly genesisTimeSec?: number | undefined;
  readonly chainId?: number | undefined;
};

/** What a chain says about itself. `instance` is drawn at random by each process, so it identifies the process. */
export type AnvilIdentity = {
  readonly instance: Hex;
  readonly chainId: number;
  readonly genesis: Hex;
};

export type AnvilProcess = AnvilIdentity & { readonly pid: number; readonly url: string };

/** The chains that npm has a binary of anvil for, as node names platform and processor. */
const packages: Readonly<Record<string, string>> = {
  'darwin-arm64': 'anvil-darwin-arm64',
  'darwin-x64': 'anvil-darwin-amd64',
  'linux-arm64': 'anvil-linux-arm64',
  'linux-x64': 'anvil-linux-amd64',
  'win32-x64': 'anvil-win32-amd64',
};

/**
 * Starts anvil on a free port of this machine only, detached from this process, and waits until it answers. The clock
 * of a chain that is taken up again goes on from its last block.
 * @param onSpawn told the process number before anything is waited for
 * @throws ChainUnavailableError when the platform has no binary or anvil does not come up
 */
export async function startAnvil(options: AnvilOptions, onSpawn?: (pid: number) => void): Promise<AnvilProcess> {
  const child = spawnAnvil(options);
  const pid = child.pid;
  if (pid === undefined) throw new ChainUnavailableError('anvil could not be started', { at: anvilBinary() });
  onSpawn?.(pid);
  const end = Date.now() + startTimeoutMs;
  while (Date.now() < end && isAlive(pid) && child.exitCode === null) {
    const url = loggedUrl(options.logPath);
    const identity = url && (await identify(url));
    if (url && identity) {
      await resumeClock(url);
      return { ...identity, pid, url };
    }
    await sleep(20);
  }
  if (isAlive(pid)) process.kill(pid);
  throw new ChainUnavailableError('the local chain did not start', {
    at: options.logPath,
    details: logTail(options.logPath),
    remedy: options.statePath ? `if its saved state is damaged, move ${options.statePath} away` : undefined,
  });
}

/** Asks a local chain who it is; nothing when nobody answers there or it is not anvil. */
export async function identify(url: string): Promise<AnvilIdentity | undefined> {
  try {
    const metadata = (await callRpc(url, 'anvil_metadata')) as { instanceId: Hex; chainId: number };
    const genesis = (await callRpc(url, 'eth_getBlockByNumber', ['0x0', false])) as { hash: Hex };
    return { instance: metadata.instanceId, chainId: metadata.chainId, genesis: genesis.hash };
  } catch {
    return undefined;
  }
}

/** The address that anvil wrote into its log when it began to listen. */
export function loggedUrl(logPath: string): string | undefined {
  const port = /Listening on 127\.0\.0\.1:(\d+)\s/.exec(readLog(logPath))?.[1];
  return port && `http://127.0.0.1:${port}`;
}

/**
 * The path of anvil's binary for this platform.
 * @throws ChainUnavailableError
 */
export function anvilBinary(platform: string = process.platform, processor: string = process.arch): string {
  const name = packages[`${platform}-${processor}`];
  const facts = { remedy: 'name the RPC of a chain of yours in tally.config.ts' };
  if (!name) throw new ChainUnavailableError(`there is no local chain for ${platform} on ${processor}`, facts);
  try {
    // The platform package is a dependency of anvil's, and may lie below it.
    const wrapper = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json');
    const manifest = createRequire(wrapper).resolve(`@foundry-rs/${name}/package.json`);
    return join(dirname(manifest), 'bin', platform === 'win32' ? 'anvil.exe' : 'anvil');
  } catch (cause) {
    throw new ChainUnavailableError(`the package @foundry-rs/${name} is not installed`, {
      cause,
      remedy: 'run npm install without --omit=optional',
    });
  }
}

function spawnAnvil({ logPath, statePath, genesisTimeSec, chainId = localChainId }: AnvilOptions): ChildProcess {
  mkdirSync(dirname(logPath), { recursive: true });
  const log = openSync(logPath, 'w', 0o600);
  const flags = ['--host', '127.0.0.1', '--port', '0', '--chain-id', String(chainId), '--color', 'never'];
  if (genesisTimeSec !== undefined) flags.push('--timestamp', String(genesisTimeSec));
  if (statePath) flags.push('--state', statePath, '--state-interval', String(stateIntervalSec));
  const child = spawn(anvilBinary(), flags, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  // Without a listener a failed start would end this process; the missing pid tells of it.
  child.on('error', () => undefined);
  child.unref();
  return child;
}

/** Anvil begins at the genesis time again when it loads a state: without this, blocks would go back in time. */
async function resumeClock(url: string): Promise<void> {
  const latest = (await callRpc(url, 'eth_getBlockByNumber', ['latest', false])) as { number: Hex; timestamp: Hex };
  if (BigInt(latest.number) > 0n) await callRpc(url, 'anvil_setTime', [Number(BigInt(latest.timestamp)) + 1]);
}

async function callRpc(url: string, method: string, params: readonly unknown[] = []): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(probeTimeoutMs),
  });
  const { result } = (await response.json()) as { result?: unknown };
  if (result === undefined || result === null) throw new Error(`no answer to ${method}`);
  return result;
}

function readLog(logPath: string): string {
  try {
    return readFileSync(logPath, 'utf8');
  } catch {
    return '';
  }
}

function logTail(logPath: string): string[] {
  return readLog(logPath).trim().split('\n').slice(-3);
}
