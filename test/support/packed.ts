/**
 * @module The package as `npm pack` makes it, installed in a folder without a registry: the tarball is unpacked where npm
 * would put it, and what it depends on is linked from this repository's own node_modules. So the files, the `bin`, the
 * `exports` and the paths between them are those of a real install; that npm resolves the dependencies is not tried.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const repository = fileURLToPath(new URL('../../', import.meta.url));

const run = promisify(execFile);

/** Node of this repository first, npm offline, nothing of the surrounding test runner. */
export const authorEnv: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:TALLY_|VITEST|NODE_OPTIONS|NODE_ENV|npm_)/.test(name)),
  ),
  PATH: `${join(repository, 'node_modules/.bin')}:${process.env.PATH}`,
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
  npm_config_fund: 'false',
};

/** Packs the repository, which builds it first, and returns the tarball's path. */
export async function pack(folder: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: repository,
    env: authorEnv,
    maxBuffer: 16 * 2 ** 20,
  });
  return join(folder, stdout.trim().split('\n').at(-1) as string);
}

/** What `npm install` does with a tarball of ours, or with a package that this repository has. */
export async function install(project: string, what: string): Promise<void> {
  const modules = join(project, 'node_modules');
  if (!what.endsWith('.tgz')) return link(modules, what.replace(/(.)@.*$/, '$1'));
  await mkdir(join(modules, '.bin'), { recursive: true });
  await run('tar', ['-xzf', join(project, what), '-C', modules]);
  const home = join(modules, 'tallystick');
  await rename(join(modules, 'package'), home);
  const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const [name, path] of Object.entries(manifest.bin)) {
    await chmod(join(home, path), 0o755);
    await symlink(join('../tallystick', path), join(modules, '.bin', name));
  }
  for (const name of Object.keys(manifest.dependencies)) await link(modules, name);
}

async function link(modules: string, name: string): Promise<void> {
  const path = join(modules, name);
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  await symlink(join(repository, 'node_modules', name), path);
}
