/**
 * @module The folder of compiled circuits. An entry is built beside its place and renamed into it, so that there is one
 * winner among several writers and a reader sees a whole entry or none. What is read is checked against its own hashes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, readFileBounded, readTextBounded, renameDurably, writeFileAtomic } from '../files.ts';
import type { Artifact } from '../model/Circuit.ts';
import { type CircuitFacts, readFacts } from './inspect.ts';
import { isAlive } from './lock.ts';

export type Entry = CircuitFacts & { readonly r1cs: Artifact; readonly wasm: Artifact; readonly sym: Artifact };

/** Ten times what the largest settlement circuit needs. */
export const artifactBytesMax = 2 ** 30;
const manifestName = 'circuit.json';
const manifestBytesMax = 64 * 1024;

/** The entry in a folder: checked, or `absent`, or `damaged` when a byte is not what was written. */
export async function readEntry(dir: string): Promise<Entry | 'absent' | 'damaged'> {
  if (!existsSync(dir)) return 'absent';
  try {
    const text = await readTextBounded(join(dir, manifestName), manifestBytesMax);
    const { r1cs, wasm, sym, facts } = await readArtifacts(dir);
    // What is there is described anew: whichever of the two was changed, and wherever, they differ.
    return text === manifestText(facts, { r1cs, wasm, sym }) ? { ...facts, r1cs, wasm, sym } : 'damaged';
  } catch {
    // Whatever is wrong with a cached entry has the same remedy: it is put aside and built again.
    return 'damaged';
  }
}

/** Completes a built folder with its manifest and moves it into its place; the entry of an earlier winner stays. */
export async function publishEntry(builtDir: string, dir: string, facts: CircuitFacts): Promise<void> {
  const { r1cs, wasm, sym } = await readArtifacts(builtDir);
  await writeFileAtomic(join(builtDir, manifestName), manifestText(facts, { r1cs, wasm, sym }));
  try {
    await renameDurably(builtDir, dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') throw error;
  }
}

/** Moves a damaged entry out of the way and returns where it is now. */
export async function quarantineEntry(dir: string): Promise<string> {
  const aside = `${dir}.damaged-${randomBytes(4).toString('hex')}`;
  try {
    await rename(dir, aside);
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return aside;
}

/**
 * Gives `work` a folder beside the entries, on the same file system, and removes what is left of it; also what processes
 * that were killed have left.
 */
export async function withBuildFolder<T>(parentDir: string, work: (dir: string) => Promise<T>): Promise<T> {
  const dir = join(parentDir, `.building-${process.pid}-${randomBytes(6).toString('hex')}`);
  await makeFolder(dir);
  await removeAbandoned(parentDir);
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function removeAbandoned(parentDir: string): Promise<void> {
  for (const name of await readdir(parentDir)) {
    const pid = /^\.building-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(parentDir, name), { recursive: true, force: true });
  }
}

type Artifacts = Readonly<Record<'r1cs' | 'wasm' | 'sym', Artifact>>;

function manifestText({ constraints, wires, publicCount }: CircuitFacts, { r1cs, wasm, sym }: Artifacts): string {
  const bare = ({ sha256, bytes }: Artifact) => ({ sha256, bytes });
  const files = { r1cs: bare(r1cs), wasm: bare(wasm), sym: bare(sym) };
  return `${JSON.stringify({ constraints, wires, publicCount, files }, undefined, 2)}\n`;
}

async function readArtifacts(dir: string): Promise<Artifacts & { readonly facts: CircuitFacts }> {
  const path = join(dir, 'circuit.r1cs');
  const content = await readFileBounded(path, { bytesMax: artifactBytesMax });
  const [wasm, sym] = await Promise.all([artifactAt(join(dir, 'circuit.wasm')), artifactAt(join(dir, 'circuit.sym'))]);
  return { r1cs: artifactOf(path, content), wasm, sym, facts: readFacts(content, path) };
}

async function artifactAt(path: string): Promise<Artifact> {
  return artifactOf(path, await readFileBounded(path, { bytesMax: artifactBytesMax }));
}

function artifactOf(path: string, content: Uint8Array): Artifact {
  return { path, sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };
}
