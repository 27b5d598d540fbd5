/**
 * @module A disk that forgets, for processes started with `--import` of this file. What a process wrote is on the disk
 * once it has asked for that: the content of a file when the file was synced, a name in a folder when the folder was. With
 * `TALLY_DISK_LOG` naming a folder, what was synced is noted there, and `afterPowerCut` makes of it what would be found
 * after a power cut. With `TALLY_DISK_FAILS` a number, that sync and all after it fail as those of a broken disk do.
 */
import {
  copyFileSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import promises, { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

const { TALLY_DISK_LOG: log, TALLY_DISK_FAILS: failsFrom } = process.env;
if (log !== undefined || failsFrom !== undefined) await install();

/** A name in a folder, the number of what it names, and whether that is a folder. */
type NotedName = readonly [string, number, boolean];

/** Where in a log the content of a file or the names in a folder are kept, by its number in the file system. */
const filePath = (folder: string, ino: number) => join(folder, `${ino}.file`);
const namesPath = (folder: string, ino: number) => join(folder, `${ino}.names`);

async function install(): Promise<void> {
  const any = await open('/dev/null');
  const prototype = Object.getPrototypeOf(any) as FileHandle;
  await any.close();
  const { sync } = prototype;
  let syncs = 0;
  prototype.sync = async function (this: FileHandle) {
    if (failsFrom !== undefined && ++syncs >= Number(failsFrom)) {
      throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', syscall: 'fsync' });
    }
    await sync.call(this);
    if (log !== undefined) noteSynced(log, this.fd);
  };
  if (log !== undefined) forgetReused(log);
}

function noteSynced(folder: string, fd: number): void {
  const found = fstatSync(fd);
  const path = readlinkSync(`/proc/self/fd/${fd}`);
  // Whoever notes this may be killed in the middle, too.
  const temporary = join(folder, 'noting');
  if (found.isFile()) {
    copyFileSync(path, temporary);
    renameSync(temporary, filePath(folder, found.ino));
  } else {
    const names = readdirSync(path).map((name): NotedName => {
      const named = lstatSync(join(path, name));
      return [name, named.ino, named.isDirectory()];
    });
    writeFileSync(temporary, JSON.stringify(names));
    renameSync(temporary, namesPath(folder, found.ino));
  }
}

/** A new file or folder may get the number of one that was removed, but nothing of what that one held. */
function forgetReused(folder: string): void {
  const { open: openFile, mkdir } = promises;
  const forget = (path: string) => {
    const { ino } = lstatSync(path);
    rmSync(filePath(folder, ino), { force: true });
    rmSync(namesPath(folder, ino), { force: true });
  };
  promises.open = async (...words) => {
    const handle = await openFile(...words);
    if (words[1] === 'wx') forget(String(words[0]));
    return handle;
  };
  promises.mkdir = (async (path: string, options: object) => {
    const made = await mkdir(path, options);
    if (made !== undefined) forget(path);
    return made;
  }) as typeof mkdir;
  syncBuiltinESMExports();
}

/** Puts what a log says is on the disk of the folder `from` into the folder `to`. */
export function afterPowerCut(folder: string, from: string, to: string): void {
  restore(folder, lstatSync(from).ino, to);
}

function restore(folder: string, ino: number, to: string): void {
  mkdirSync(to, { recursive: true });
  if (!existsSync(namesPath(folder, ino))) return;
  const names = JSON.parse(readFileSync(namesPath(folder, ino), 'utf8')) as readonly NotedName[];
  for (const [name, child, isFolder] of names) {
    const path = join(to, name);
    if (isFolder) restore(folder, child, path);
    else if (existsSync(filePath(folder, child))) copyFileSync(filePath(folder, child), path);
    // A name without content: an empty file is what most file systems leave.
    else writeFileSync(path, '');
  }
}
