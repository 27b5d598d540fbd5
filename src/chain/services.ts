/**
 * @module The local chain between commands: started once, recorded in `.tally/services.json`, adopted by the next
 * command, stopped by `tally down`. A recorded process is only believed, and only ever ended, when it proves to be the
 * one that was started: the chain at its port must still give the instance number that was recorded.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChainUnavailableError } from '../errors.ts';
import { isAlive } from '../lock.ts';
import type { Hex } from '../model/Hex.ts';
import type { JsonObject } from '../model/Json.ts';
import { holdService, readService, recordPath, writeService } from '../services.ts';
import { type AnvilIdentity, type AnvilProcess, identify, localChainId, loggedUrl, startAnvil } from './anvil.ts';

/** Writing the state takes well under a second. */
const stopTimeoutMs = 20_000;

export type LocalChainOptions = {
  /** The project's `.tally` folder. */
  readonly folder: string;
  /** Time of block 0 in seconds since 1970; a chain that exists keeps its own. */
  readonly genesisTimeSec: number;
};

export type LocalChain = {
  readonly url: string;
  readonly chainId: number;
  readonly pid: number;
  readonly genesis: Hex;
  /** `adopted`: it ran already · `started`: it is new or was stopped · `replaced`: its process had ended by itself. */
  readonly how: 'adopted' | 'started' | 'replaced';
  /** A line for the user when something is worth one. */
  readonly note?: string;
};

/** What the file says: without `pid` the chain was stopped in order; without `url` its start was not finished. */
type Entry = {
  readonly genesisTimeSec: number;
  readonly pid?: number;
  readonly url?: string;
  readonly instance?: Hex;
  readonly genesis?: Hex;
};

/**
 * The local chain of a project, adopted when it runs and started when it does not. Commands that ask at the same time
 * get the same chain.
 * @throws ChainUnavailableError
 */
export async function ensureLocalChain(options: LocalChainOptions): Promise<LocalChain> {
  const running = await findRunning(options.folder);
  if (running) return running;
  return holdService(
    options.folder,
    'chain',
    async () => (await findRunning(options.folder)) ?? (await start(options)),
  );
}

/** The local chain of a project when it runs. */
export async function findRunning(folder: string): Promise<LocalChain | undefined> {
  const entry = await readEntry(folder);
  const confirmed = entry && (await confirm(folder, entry));
  return confirmed && { ...pick(confirmed), how: 'adopted' };
}

/**
 * Stops the local chain of a project; its state stays for the next start. Says whether there was one to stop.
 * @throws ChainUnavailableError when it does not end
 */
export async function stopLocalChain(folder: string): Promise<boolean> {
  return holdService(folder, 'chain', async () => {
    const entry = await readEntry(folder);
    if (entry?.pid === undefined) return false;
    const confirmed = await confirm(folder, entry);
    if (confirmed) await end(confirmed.pid);
    await writeEntry(folder, { genesisTimeSec: entry.genesisTimeSec });
    return confirmed !== undefined;
  });
}

async function start({ folder, genesisTimeSec }: LocalChainOptions): Promise<LocalChain> {
  const entry = await readEntry(folder);
  const kept = { genesisTimeSec: entry?.genesisTimeSec ?? genesisTimeSec };
  if (entry?.pid !== undefined) await requireGone(entry);
  const spawned: { written?: Promise<void> } = {};
  const chain = await startAnvil({ ...kept, ...paths(folder), chainId: localChainId }, (pid) => {
    spawned.written = writeEntry(folder, { ...kept, pid });
  });
  await spawned.written;
  await writeEntry(folder, { ...kept, ...chain });
  if (entry?.pid === undefined) return { ...pick(chain), how: 'started' };
  return {
    ...pick(chain),
    how: 'replaced',
    note: `the local chain (process ${entry.pid}) had ended by itself and was started again from its saved state`,
  };
}

/** The recorded process, if it is certainly the one that was started. */
async function confirm(folder: string, entry: Entry): Promise<AnvilProcess | undefined> {
  const { pid } = entry;
  if (pid === undefined || !isAlive(pid)) return undefined;
  const url = entry.url ?? loggedUrl(paths(folder).logPath);
  const identity = url && (await identify(url));
  if (!url || !identity || !isRecorded(identity, entry)) return undefined;
  if (entry.url === undefined) await writeEntry(folder, { ...entry, ...identity, url });
  return { ...identity, pid, url };
}

/** A start that was cut short has recorded no instance: then the port in its log must have a chain of ours. */
function isRecorded(identity: AnvilIdentity, entry: Entry): boolean {
  if (identity.chainId !== localChainId) return false;
  return entry.instance === undefined || entry.instance === identity.instance;
}

/**
 * A process that lives but does not prove to be ours is a stranger with a number used again, unless it still listens
 * at the recorded port: then it is ours and hangs, and a second chain on the same state would spoil it.
 */
async function requireGone({ pid, url }: Entry): Promise<void> {
  if (pid === undefined || url === undefined || !isAlive(pid) || !(await accepts(url))) return;
  throw new ChainUnavailableError(`the local chain (process ${pid}) does not answer`, {
    at: url,
    remedy: `end process ${pid} and try again`,
  });
}

/** Whether something listens there but gives no answer in time. */
async function accepts(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return false;
  } catch (error) {
    return (error as Error).name === 'TimeoutError';
  }
}

async function end(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + stopTimeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new ChainUnavailableError(`the local chain (process ${pid}) does not end`);
    await sleep(20);
  }
}

async function readEntry(folder: string): Promise<Entry | undefined> {
  const entry = await readService(folder, 'chain');
  if (entry === undefined || isEntry(entry)) return entry;
  throw new ChainUnavailableError('the record of the local chain is not one of ours', {
    at: recordPath(folder),
    remedy: 'end the anvil process, if it runs, and delete this file',
  });
}

function isEntry(entry: JsonObject): entry is JsonObject & Entry {
  if (typeof entry.genesisTimeSec !== 'number') return false;
  return (entry.pid === undefined || typeof entry.pid === 'number') && (!entry.url || typeof entry.url === 'string');
}

function writeEntry(folder: string, entry: Entry): Promise<void> {
  return writeService(folder, 'chain', entry);
}

function paths(folder: string) {
  return {
    logPath: join(folder, 'chain', 'anvil.log'),
    statePath: join(folder, 'chain', 'state.json'),
  };
}

function pick({ url, chainId, pid, genesis }: AnvilProcess) {
  return { url, chainId, pid, genesis };
}
