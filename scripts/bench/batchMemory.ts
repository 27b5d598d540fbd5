/**
 * @module The memory of a batch: a process of its own proves it, from the built package as users run it, since the
 * stripping of types would weigh as much as a worker. What counts is the most that was ever resident, with Node, its
 * threads and every table in it, less the size of the proving key's file.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import { InternalError } from '../../src/errors.ts';
import type { Job } from '../../src/model/Job.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const mebibyte = 2 ** 20;

type Batch = { readonly jobs: readonly [Job, ...Job[]]; readonly workers: number; readonly engine: string };

/** Mebibytes above the size of the key. @throws InternalError when the package or the batch fails */
export async function batchMemory({ jobs, workers, engine }: Batch): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'tally-bench-memory-'));
  try {
    await buildInto(folder);
    const batch = join(folder, 'batch');
    await writeFile(batch, serialize(jobs));
    const program = join(folder, 'prove.js');
    await writeFile(program, source(folder));
    const resident = Number(await output(process.execPath, [program, batch, String(workers), engine]));
    return resident / mebibyte - jobs[0].keys.provingKey.bytes / mebibyte;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `resourceUsage` gives the peak in KiB. */
function source(folder: string): string {
  const url = (path: string) => JSON.stringify(pathToFileURL(join(folder, path)).href);
  return `
import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { createProver } from ${url('prover/index.js')};
const [batch, workers, engine] = process.argv.slice(2);
const jobs = deserialize(readFileSync(batch));
const prover = createProver({ threads: Number(workers), queueMax: jobs.length, engine });
await Promise.all(jobs.map((job) => prover.prove(job)));
await prover.close();
console.log(process.resourceUsage().maxRSS * 1024);
`;
}

async function buildInto(folder: string): Promise<void> {
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  const config = join(repository, 'tsconfig.build.json');
  await output(process.execPath, [tsc, '-p', config, '--declaration', 'false', '--outDir', folder]);
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const kernel = 'prover/kernel';
  await mkdir(join(folder, kernel), { recursive: true });
  for (const name of ['built', 'kernel.wasm']) {
    const from = join(repository, kernel, name);
    // Where no addon could be built there is none.
    await cp(from, join(folder, kernel, name), { recursive: true, force: true }).catch((error) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
  }
}

function output(command: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { out: '', error: '' };
    child.stdout.on('data', (chunk) => {
      text.out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      text.error += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve(text.out);
      reject(
        new InternalError(`a program of the benchmark failed with ${code}`, { details: [text.error || text.out] }),
      );
    });
  });
}
