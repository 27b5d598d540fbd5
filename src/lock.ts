/**
 * @module One owner at a time among the processes of a machine, without a lock that outlives its owner. The lock is a
 * folder; whoever wants it first adds a file of its own, named after its process, and then looks at the others. Two
 * owners at once are impossible, because the later of the two must have seen the earlier one's file. Files of dead
 * processes are swept away, so nothing is ever taken over in place and no take-over can race with another.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from './files.ts';

export type Lock = { readonly release: () => Promise<void> };

/** Either the lock or the process that has it. */
export type Attempt = { readonly lock: Lock } | { readonly heldBy: number };

/** How often a waiting process looks again, and how often a simultaneous claim is tried anew. */
const retryMs = 40;
const simultaneousTries = 5;
/** What Linux tells programs, whatever its kernel counts with. */
const ticksPerSec = 100;

/** Takes the lock of a folder, or says which living process has it. Never waits longer than some 100 ms. */
export async function tryLock(folder: string): Promise<Attempt> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await claim(folder);
    // Two that claim at the same moment both step back: an uneven pause lets one of them through.
    if ('lock' in outcome || !outcome.simultaneous || attempt === simultaneousTries) return outcome;
    await sleep(retryMs * Math.random());
  }
}

/** Waits for the lock of a folder while its owner lives, at most `timeoutMs`. */
export async function waitForLock(folder: string, timeoutMs: number): Promise<Attempt> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const outcome = await tryLock(folder);
    if ('lock' in outcome || Date.now() >= end) return outcome;
    await sleep(retryMs);
  }
}

/** Whether a process exists and is not merely waiting to be reaped. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return processStat(pid)?.state !== 'Z';
}

/** When a process started, in seconds since 1970, where the system has /proc. */
export function startedAtSec(pid: number): number | undefined {
  const ticks = processStat(pid)?.startTicks;
  if (ticks === undefined) return undefined;
  const bootSec = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1];
  return bootSec === undefined ? undefined : Number(bootSec) + ticks / ticksPerSec;
}

async function claim(folder: string): Promise<{ lock: Lock } | { heldBy: number; simultaneous: boolean }> {
  await makeFolder(folder);
  const before = new Set(await readdir(folder));
  const own = `${process.pid}-${processStat(process.pid)?.startTicks ?? 0}-${randomBytes(6).toString('hex')}`;
  await writeFile(join(folder, own), '', { flag: 'wx', mode: 0o600 });
  for (const other of await readdir(folder)) {
    if (other === own) continue;
    const holder = livingHolder(other);
    if (holder !== undefined) {
      await rm(join(folder, own), { force: true });
      return { heldBy: holder, simultaneous: !before.has(other) };
    }
    await rm(join(folder, other), { force: true });
  }
  return { lock: { release: () => rm(join(folder, own), { force: true }) } };
}

/** The process behind a claim's name, unless it has ended or its number now belongs to a later process. */
function livingHolder(name: string): number | undefined {
  const [pid, startTicks] = name.split('-').map(Number);
  if (!pid || !isAlive(pid)) return undefined;
  const now = processStat(pid);
  return now !== undefined && startTicks !== 0 && now.startTicks !== startTicks ? undefined : pid;
}

/** State and start time of a process where the system has /proc; process numbers are used again, start times not. */
function processStat(pid: number): { state: string; startTicks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses and may hold anything: count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] as string, startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}
