/**
 * @module Builds `kernel.wasm`, which is checked in so that no machine needs a compiler for it. With `--check` it builds
 * again and compares byte for byte; that takes the very compiler below, which Debian 12 has as clang-19 and lld-19.
 * Exit codes: 0 the same or written, 1 different or not compiled, 3 another compiler: nothing was compared.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const compilerVersion = '19.1.7';
const sources = dirname(fileURLToPath(import.meta.url));
const committed = join(sources, 'kernel.wasm');

const flags = [
  ...['--target=wasm32', '-msimd128', '-mbulk-memory', '-std=c++17', '-ffreestanding', '-nostdlib'],
  ...['-fno-exceptions', '-fno-rtti'],
  // Forced inlining gains nothing here and more than doubles the module. What is left is loops over limbs, unrolled: with
  // -Oz the module has a third of the size, and sums of points and transforms take 1.5 times as long.
  ...['-O2', '-DKERNEL_INLINE=inline'],
  ...['-Wl,--no-entry', '-Wl,--strip-all', '-Wl,-z,stack-size=1048576'],
];

process.exitCode = main(process.argv.includes('--check'));

function main(isCheck: boolean): number {
  const compiler = ['clang++-19', 'clang++'].find((command) => versionOf(command) === compilerVersion);
  if (!compiler) {
    console.error(
      `kernel.wasm: not built, since this machine has no clang ${compilerVersion} (Debian: clang-19, lld-19)`,
    );
    return 3;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'kernel-wasm-'));
  try {
    const output = isCheck ? join(scratch, 'kernel.wasm') : committed;
    // Relative paths, so that no trace of the folder's name gets into the module.
    const built = spawnSync(compiler, [...flags, '-o', output, 'backends/wasm.cpp'], {
      cwd: sources,
      stdio: 'inherit',
    });
    if (built.status !== 0) return 1;
    const isSame = readFileSync(output).equals(readFileSync(committed));
    if (isCheck)
      console.log(isSame ? 'kernel.wasm: built again, the same bytes' : 'kernel.wasm: stale, build it again');
    return isSame ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function versionOf(command: string): string | undefined {
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return /version (\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
}
