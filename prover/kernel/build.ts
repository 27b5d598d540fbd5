/**
 * @module Builds the native kernel where a C++ compiler is at hand: each backend with its own instruction sets, linked
 * into one Node-API addon that chooses at run time. Run by npm after an install; it never fails one, and says in one
 * line what will be used. `CXX` names the compiler (`CXX=false` for none).
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = dirname(fileURLToPath(import.meta.url));
const output = join(sources, 'built');
const addon = join(output, 'kernel.node');
/** What the addon was built from; the same again needs no build. */
const stamp = join(output, 'kernel.stamp');

const commonFlags = ['-O3', '-std=c++17', '-fPIC', '-fvisibility=hidden'];
// GCC 12 warns of its own intrinsics headers.
const coreFlags = [
  '-fno-exceptions',
  '-fno-rtti',
  '-fomit-frame-pointer',
  '-Wno-uninitialized',
  '-Wno-maybe-uninitialized',
];
const ifmaFlags = ['avx512f', 'avx512ifma', 'avx512vl', 'avx512dq', 'avx512bw', 'avx512vbmi2', 'bmi2', 'adx'];

type Backend = { readonly name: string; readonly flags: readonly string[]; readonly architecture?: string };

/** The portable one has to compile; the others may fail with an old compiler and are then left out. */
const backends: readonly Backend[] = [
  { name: 'generic', flags: [] },
  { name: 'adx', flags: ['-mbmi2', '-madx'], architecture: 'x64' },
  { name: 'ifma', flags: ifmaFlags.map((set) => `-m${set}`), architecture: 'x64' },
];

export type Built = { readonly backends: readonly string[]; readonly isFresh: boolean };

/** Builds the addon, or says why it was not built. */
export async function buildKernel(): Promise<Built | { readonly reason: string }> {
  const key = await fingerprint();
  const [builtKey, builtBackends] = (await readFile(stamp, 'utf8').catch(() => '')).split('\n');
  if (builtKey === key && builtBackends && existsSync(addon)) {
    return { backends: builtBackends.split(' '), isFresh: false };
  }
  // An addon of other sources may not fit what calls it.
  await rm(addon, { force: true });
  const compiler = await findCompiler();
  if (!compiler) return { reason: 'no C++ compiler was found' };
  const headers = findHeaders();
  if (!headers) return { reason: "Node's header files are not there" };
  await mkdir(output, { recursive: true });
  const scratch = await mkdtemp(join(output, 'build-'));
  try {
    const done = await compileAll({ compiler, headers, scratch, addon, extraFlags: [] });
    await writeFile(stamp, `${key}\n${done.join(' ')}\n`);
    return { backends: done, isFresh: true };
  } catch (error) {
    return { reason: (error as Error).message };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Builds an addon with further flags, such as sanitizers. @throws Error when that fails */
export async function buildVariant(file: string, extraFlags: readonly string[]): Promise<readonly string[]> {
  const [compiler, headers] = [await findCompiler(), findHeaders()];
  if (!compiler || !headers) throw new Error("there is no C++ compiler, or Node's header files are not there");
  const scratch = await mkdtemp(join(tmpdir(), 'kernel-'));
  try {
    return await compileAll({ compiler, headers, scratch, addon: file, extraFlags });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

type Plan = {
  readonly compiler: string;
  readonly headers: string;
  readonly scratch: string;
  readonly addon: string;
  readonly extraFlags: readonly string[];
};

/** The names of the backends that are in the addon. @throws Error when the portable one or the addon fails */
async function compileAll({ compiler, headers, scratch, addon, extraFlags }: Plan): Promise<string[]> {
  const object = (name: string) => join(scratch, `${name}.o`);
  const compile = (file: string, name: string, flags: readonly string[]) =>
    run(compiler, [...commonFlags, ...flags, ...extraFlags, '-c', join(sources, file), '-o', object(name)]);
  // Two at a time: a core's optimiser takes a few hundred megabytes.
  const done: string[] = [];
  const queue = wantedBackends().reverse();
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { name, flags } = next;
      if ((await compile(`backends/${name}.cpp`, name, [...coreFlags, ...flags])).ok) done.push(name);
    }
  };
  await Promise.all([lane(), lane()]);
  if (!done.includes('generic')) throw new Error(`${compiler} could not compile the kernel`);
  const defines = done.map((name) => `-DKERNEL_HAS_${name.toUpperCase()}`);
  const glue = await compile('node/addon.cpp', 'addon', [...defines, '-I', headers]);
  if (!glue.ok) throw new Error(`${compiler} could not compile the addon`);
  const linked = join(scratch, 'kernel.node');
  const dynamic = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread'];
  const link = await run(compiler, [...dynamic, ...extraFlags, '-o', linked, ...[...done, 'addon'].map(object)]);
  if (!link.ok) throw new Error(`${compiler} could not link the addon`);
  // A process may have the old one open: replace it, never write into it.
  await moveFile(linked, addon);
  return done;
}

/** Across file systems a rename does not do. */
async function moveFile(from: string, to: string): Promise<void> {
  const near = `${to}.new`;
  await copyFile(from, near);
  await rename(near, to);
}

function wantedBackends(): Backend[] {
  return backends.filter(({ architecture }) => !architecture || architecture === process.arch);
}

/** A wish is taken at its word: where `CXX` does not work, nothing else is tried. */
async function findCompiler(): Promise<string | undefined> {
  const wish = process.env.CXX;
  for (const command of wish ? [wish] : ['c++', 'g++', 'clang++']) {
    if ((await run(command, ['--version'])).ok) return command;
  }
  return undefined;
}

/** Beside the executable in the packages that npm installs, and in most other distributions of Node. */
function findHeaders(): string | undefined {
  const places = [
    join(dirname(process.execPath), '..', 'include', 'node'),
    '/usr/include/node',
    '/usr/local/include/node',
  ];
  return places.find((place) => existsSync(join(place, 'node_api.h')));
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  const files = (await readdir(sources, { recursive: true }))
    .filter((file) => /\.(cpp|h)$|^build\.ts$/.test(file))
    .sort();
  for (const file of files) hash.update(`${file}\n`).update(await readFile(join(sources, file)));
  return hash.digest('hex');
}

function run(command: string, args: readonly string[]): Promise<{ ok: boolean; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += chunk;
      });
    child.on('error', () => resolve({ ok: false, text }));
    child.on('close', (code) => resolve({ ok: code === 0, text }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = await buildKernel();
  if ('reason' in result) {
    console.log(`proving kernel: not built (${result.reason}); the WebAssembly engine will be used`);
  } else {
    const verb = result.isFresh ? 'built' : 'up to date';
    const missing = wantedBackends().filter(({ name }) => !result.backends.includes(name));
    const without = missing.length > 0 ? `; the compiler is too old for ${missing.map(({ name }) => name)}` : '';
    console.log(`proving kernel: ${verb}, backends ${result.backends.join(', ')}${without}`);
  }
}
