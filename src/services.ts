/**
 * @module What runs in the background between commands: `.tally/services.json` says which processes were started, so
 * that the next command adopts them and `tally down` ends them. Each service keeps an entry of its own shape; this file
 * only reads, writes and guards the record, so that two services never overwrite one another.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ServicesError } from './errors.ts';
import { readTextBounded, writeFileAtomic } from './files.ts';
import { type Attempt, waitForLock } from './lock.ts';
import { Json, type JsonObject } from './model/Json.ts';

export type ServiceName = 'chain' | 'database';

/** A start takes a second or two; whoever waits longer than this waits for a process that hangs. */
const startTimeoutMs = 60_000;
/** Reading and writing the record takes milliseconds. */
const recordTimeoutMs = 10_000;
const recordBytesMax = 65_536;

/**
 * Runs an action while no other process starts or stops this service.
 * @param folder the project's `.tally` folder
 * @throws ServicesError when another process holds the service for too long, or the folder cannot be written
 */
export function holdService<T>(folder: string, name: ServiceName, action: () => Promise<T>): Promise<T> {
  return underLock({ folder, lock: `${name}.lock`, timeoutMs: startTimeoutMs }, action);
}

/**
 * The entry of a service, or nothing when it was never started.
 * @throws ServicesError when the record is not one of ours
 */
export async function readService(folder: string, name: ServiceName): Promise<JsonObject | undefined> {
  const entry = (await readRecord(folder))[name];
  if (entry === undefined || Json.isObject(entry)) return entry;
  throw damaged(folder);
}

/** Replaces the entry of a service and leaves the others as they are. @throws ServicesError */
export function writeService(folder: string, name: ServiceName, entry: object): Promise<void> {
  return underLock({ folder, lock: 'services.lock', timeoutMs: recordTimeoutMs }, async () => {
    const record = { ...(await readRecord(folder)), version: 1, [name]: entry };
    await writeFileAtomic(recordPath(folder), `${Json.stringify(record, 2)}\n`, 0o600);
  });
}

/** Where the record lies. */
export function recordPath(folder: string): string {
  return join(folder, 'services.json');
}

async function readRecord(folder: string): Promise<JsonObject> {
  const path = recordPath(folder);
  if (!existsSync(path)) return {};
  const json = Json.parse(await readTextBounded(path, recordBytesMax), path);
  if (Json.isObject(json)) return json;
  throw damaged(folder);
}

function damaged(folder: string): ServicesError {
  return new ServicesError('the record of the background services is not one of ours', {
    at: recordPath(folder),
    remedy: 'end the anvil and postgres processes of this project, if they run, and delete this file',
  });
}

async function underLock<T>(
  { folder, lock, timeoutMs }: { readonly folder: string; readonly lock: string; readonly timeoutMs: number },
  action: () => Promise<T>,
): Promise<T> {
  const outcome: Attempt = await waitForLock(join(folder, lock), timeoutMs).catch((cause) => {
    throw new ServicesError('the folder of the background services cannot be written', { at: folder, cause });
  });
  if (!('lock' in outcome)) {
    throw new ServicesError(`process ${outcome.heldBy} has held the background services for too long`, {
      at: join(folder, lock),
    });
  }
  try {
    return await action();
  } finally {
    await outcome.lock.release();
  }
}
