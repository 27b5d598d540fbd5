/**
 * @module One compilation at a time per cache entry, over all processes of the machine. The lock saves work and memory;
 * it does not guard correctness, since an entry is published by one rename whoever builds it.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, CompilerLimitError } from '../errors.ts';

export type LockOptions = {
  /** A lock that is held for longer by a living process ends the wait. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called each time that the lock is found held. */
  readonly onWait?: ((elapsedMs: number) => void) | undefined;
};

const pollMs = 200;

/**
 * Runs `work` while this process holds the lock file; waits for a living holder, takes over from a dead one.
 * @throws CompilerLimitError when the wait passes its deadline, CancelledError
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const content = `${process.pid} ${randomBytes(8).toString('hex')}`;
  await mkdir(dirname(path), { recursive: true });
  await acquire(path, content, options);
  try {
    return await work();
  } finally {
    // A holder that was thought dead does not remove the lock of its successor.
    if ((await readLock(path)) === content) await rm(path, { force: true });
  }
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process runs, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function acquire(path: string, content: string, { deadlineMs, signal, onWait }: LockOptions): Promise<void> {
  const startedMs = Date.now();
  while (!(await create(path, content))) {
    if (signal?.aborted) throw new CancelledError('the wait for another compilation was cancelled', { at: path });
    const elapsedMs = Date.now() - startedMs;
    if (elapsedMs > deadlineMs) {
      throw new CompilerLimitError('another process compiles the same circuit for too long', {
        at: path,
        remedy: 'end it, or remove the lock file if its process is none of ours',
      });
    }
    if (await isAbandoned(path)) {
      await putAside(path);
      continue;
    }
    onWait?.(elapsedMs);
    await sleep(pollMs);
  }
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A lock without a process number was written by nobody, or is being written: it gets one more look. */
async function isAbandoned(path: string): Promise<boolean> {
  const first = await readLock(path);
  if (first === undefined) return false;
  const pid = Number.parseInt(first, 10);
  if (Number.isSafeInteger(pid) && pid > 0) return !isAlive(pid);
  await sleep(pollMs);
  return (await readLock(path)) === first;
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** By renaming, so that of several successors one succeeds. */
async function putAside(path: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, aside);
    await rm(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
