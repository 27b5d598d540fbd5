/**
 * Real artifacts for the parsers and the key linter, made by circom and snarkjs in a folder of their own: one tiny
 * circuit, others that differ from it in one respect each, and keys of several protocols and curves for it.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { R1cs } from '../../prover/artifacts/r1cs.ts';
import type { KeyedCircuit } from '../../prover/keys/constraints.ts';
import { cacheDir } from './fixtures.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** `product` differs from `twice` in matrix C only, from `shifted` in A, and from `longer` in size. */
const sources = {
  product: 'product === a * b;',
  twice: '2 * product === a * b;',
  shifted: 'product === (a + 1) * b;',
  longer: 'signal square; square <== a * a; product === square * b;',
} as const;

export type CircuitName = keyof typeof sources;

export type Artifacts = {
  readonly dir: string;
  readonly path: (name: string) => string;
  readonly read: (name: string) => Promise<Uint8Array<ArrayBuffer>>;
};

/**
 * Folder with `<circuit>.r1cs` and `<circuit>.zkey` (no contribution, but one for `product`), `raw.zkey` (of `product`
 * without it), `product.wtns`, `beacon.zkey` (a contribution and a beacon), `plonk.zkey`, `fflonk.zkey`, `small.ptau` (not prepared),
 * `prepared.ptau`, and over BLS12-381 `bls.r1cs`, `bls.zkey`, `bls.wtns`, `bls.ptau`. Made once and kept.
 */
export async function loadArtifacts(): Promise<Artifacts> {
  const recipe = createHash('sha256').update(await readFile(new URL(import.meta.url)));
  const dir = join(cacheDir, `artifacts-${recipe.digest('hex').slice(0, 16)}`);
  if (!existsSync(dir)) await makeArtifacts(dir);
  const path = (name: string) => join(dir, name);
  return { dir, path, read: async (name) => new Uint8Array(await readFile(path(name))) };
}

/** A circuit as keys know it; its id is not one that a computation has. */
export async function keyedCircuit(artifacts: Artifacts, name: CircuitName): Promise<KeyedCircuit> {
  const bytes = await artifacts.read(`${name}.r1cs`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    name,
    size: 'tiny',
    programId: `0x${sha256}`,
    publicCount: R1cs.publicCount(R1cs.parse(bytes)),
    r1cs: { path: artifacts.path(`${name}.r1cs`), sha256, bytes: bytes.length },
  };
}

async function makeArtifacts(dir: string): Promise<void> {
  await mkdir(dirname(dir), { recursive: true });
  const scratch = await mkdtemp(`${dir}.`);
  const cli = join(dirname(require.resolve('snarkjs')), 'cli.cjs');
  const snarkjs = (...args: string[]) => run(process.execPath, [cli, ...args], { cwd: scratch });
  await makePowers(snarkjs, 'bn128', 'small', 'prepared');
  for (const name of Object.keys(sources) as CircuitName[]) {
    await compile(scratch, name, sources[name]);
    await snarkjs('groth16', 'setup', `${name}.r1cs`, 'prepared.ptau', `${name}.zkey`);
  }
  await rename(join(scratch, 'product.zkey'), join(scratch, 'raw.zkey'));
  await snarkjs('zkey', 'contribute', 'raw.zkey', 'product.zkey', '--name=first', '-e=for tests');
  await snarkjs('zkey', 'beacon', 'product.zkey', 'beacon.zkey', '0102030405060708', '10', '-n=last');
  await snarkjs('plonk', 'setup', 'product.r1cs', 'prepared.ptau', 'plonk.zkey');
  await snarkjs('fflonk', 'setup', 'product.r1cs', 'prepared.ptau', 'fflonk.zkey');
  await makePowers(snarkjs, 'bls12381', 'blsSmall', 'bls');
  await compile(scratch, 'bls', sources.product, 'bls12381');
  await snarkjs('groth16', 'setup', 'bls.r1cs', 'bls.ptau', 'bls.zkey');
  await writeFile(join(scratch, 'input.json'), JSON.stringify({ context: 7, product: 35, a: 5, b: 7 }));
  for (const name of ['product', 'bls']) {
    await snarkjs('wtns', 'calculate', `${name}_js/${name}.wasm`, 'input.json', `${name}.wtns`);
  }
  await rename(scratch, dir).catch(() => rm(scratch, { recursive: true }));
}

type Snarkjs = (...args: string[]) => Promise<unknown>;

/** Powers for 2^6 rows, as they come out of phase 1 and prepared for phase 2. */
async function makePowers(snarkjs: Snarkjs, curve: string, raw: string, prepared: string): Promise<void> {
  await snarkjs('powersoftau', 'new', curve, '6', 'new.ptau');
  await snarkjs('powersoftau', 'contribute', 'new.ptau', `${raw}.ptau`, '--name=first', '-e=for tests');
  await snarkjs('powersoftau', 'prepare', 'phase2', `${raw}.ptau`, `${prepared}.ptau`);
}

async function compile(dir: string, name: string, body: string, prime = 'bn128'): Promise<void> {
  const source = `pragma circom 2.2.3;
template Main() {
  signal input context; signal input product; signal input a; signal input b;
  signal bound <== context * context;
  ${body}
}
component main {public [context, product]} = Main();
`;
  await writeFile(join(dir, `${name}.circom`), source);
  const cli = join(dirname(require.resolve('circom2/package.json')), 'cli.js');
  await run(process.execPath, [cli, `${name}.circom`, '--r1cs', '--wasm', '--O2', '--prime', prime], { cwd: dir });
}

export type SectionPlace = {
  readonly id: number;
  readonly lengthAt: number;
  readonly at: number;
  readonly length: number;
};

/** Where the sections of a sound file lie, so that tests can damage them one by one. */
export function sectionsOf(bytes: Uint8Array): SectionPlace[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const places: SectionPlace[] = [];
  for (let at = 12; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at + 4, true));
    places.push({ id: view.getUint32(at, true), lengthAt: at + 4, at: at + 12, length });
    at += 12 + length;
  }
  return places;
}

/** A copy of a file with something written into the section `id`, `offset` bytes from its start. */
export function patched(bytes: Uint8Array, id: number, offset: number, change: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const place = sectionsOf(bytes).find((section) => section.id === id);
  if (!place) throw new Error(`there is no section ${id}`);
  copy.set(change, place.at + offset);
  return copy;
}

/** Little-endian bytes of an integer. */
export function littleEndian(value: bigint | number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
}
