/** @module Computation → circuit: artifacts are compiled once per content and found again by it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CompileError } from '../errors.ts';
import { readFileBounded, readTextBounded, writeFileAtomic } from '../files.ts';
import { Circuit } from '../model/Circuit.ts';
import { Computation, type Parameters, type Signal } from '../model/Computation.ts';
import { Json } from '../model/Json.ts';
import { Name } from '../model/Name.ts';
import { artifactBytesMax, type Entry, publishEntry, quarantineEntry, readEntry, withBuildFolder } from './cache.ts';
import { readSources, type Source, searchFolders } from './includes.ts';
import { type CircuitFacts, inspectCircuit } from './inspect.ts';
import { lintSource } from './lintSource.ts';
import { withLock } from './lock.ts';
import { type CompileLimits, circomVersion, deadlineMsDefault, runCircom } from './runCircom.ts';

export type CompileOptions = CompileLimits & {
  /** One of the computation's sizes; the first by default. */
  readonly size?: string | undefined;
  /** Holds one folder per computation, and `lib`. */
  readonly circuitsDir: string;
  /** Artifacts are kept in its subfolder `circuits`. */
  readonly cacheDir: string;
};

/** `--O2` halves Poseidon circuits, `--inspect` finds signals that are not constrained; the prime is BN254's. */
const flags = ['--r1cs', '--wasm', '--sym', '--O2', '--inspect', '--prime', 'bn128'] as const;
/** Counts up when the checks or the layout of an entry change, so that older entries are built again. */
const cacheFormat = 1;

/**
 * Compiles a computation at one size, or finds it compiled; the same content gives the same bytes everywhere.
 * @throws NameError, ComputationError, ArtifactEscapeError, IncludeError, CompileError, CompilerLimitError, CancelledError
 * @example
 * const circuit = await compile(square, { circuitsDir: 'circuits', cacheDir: '.tally/cache' });
 */
export async function compile(computation: Computation, options: CompileOptions): Promise<Circuit> {
  const plan = await planBuild(computation, options);
  const entry = await readEntry(plan.dir);
  return toCircuit(plan, typeof entry === 'string' ? await buildOnce(plan, options) : entry);
}

/** Builds the entry unless another process did while this one waited for its turn. */
async function buildOnce(plan: Plan, options: CompileOptions): Promise<Entry> {
  const { deadlineMs = deadlineMsDefault, signal, onProgress } = options;
  const onWait = (elapsedMs: number) =>
    onProgress?.({ label: `${plan.label}: another process compiles it`, elapsedMs });
  return withLock(`${plan.dir}.lock`, { deadlineMs, signal, onWait }, async () => {
    const found = await readEntry(plan.dir);
    if (typeof found !== 'string') return found;
    if (found === 'damaged') {
      const aside = await quarantineEntry(plan.dir);
      onProgress?.({ label: `${plan.label}: damaged in the cache, moved to ${aside}`, elapsedMs: 0 });
    }
    await build(plan, options);
    const built = await readEntry(plan.dir);
    if (typeof built !== 'string') return built;
    throw new CompileError(`the compiled circuit was ${built} right after it was written`, { at: plan.dir });
  });
}

type Plan = {
  readonly computation: Computation;
  readonly size: string;
  readonly parameters: Parameters;
  readonly signals: readonly Signal[];
  readonly sources: readonly Source[];
  readonly mainText: string;
  /** The place of the entry in the cache. */
  readonly dir: string;
  readonly label: string;
};

async function planBuild(computation: Computation, { size: given, circuitsDir, cacheDir }: CompileOptions) {
  const { name, template } = computation;
  Name.check(name, 'computation');
  const size = Name.check(given ?? (Object.keys(computation.sizes)[0] as string), 'size');
  const parameters = Computation.parameters(computation, size);
  const signals = Computation.signals(computation, parameters);
  const entry = `circuits/${name}/${template}.circom`;
  const sources = await readSources(entry, { circuitsDir, computation: name });
  const mainText = mainCircuit(computation, parameters, entry);
  const key = cacheKey(sources, mainText, signals);
  const dir = join(cacheDir, 'circuits', `${name}-${size}-${key.slice(0, 16)}`);
  const plan: Plan = { computation, size, parameters, signals, sources, mainText, dir, label: `${name} (${size})` };
  return plan;
}

/** The file that instantiates the main template; its name and text depend on nothing but the computation. */
function mainCircuit(computation: Computation, parameters: Parameters, entry: string): string {
  const isPublic = Object.entries(computation.signals).filter(([, spec]) => spec.public);
  const list = isPublic.map(([name]) => name).join(', ');
  const given = computation.parameters.map((name) => parameters[name]).join(', ');
  return [
    `pragma circom ${circomVersion};`,
    `include "${entry}";`,
    `component main {public [${list}]} = ${computation.template}(${given});`,
    '',
  ].join('\n');
}

function cacheKey(sources: readonly Source[], mainText: string, signals: readonly Signal[]): string {
  const content = {
    cacheFormat,
    circom: circomVersion,
    compiler: sha256(readFileSync(createRequire(import.meta.url).resolve('circom2/circom.wasm'))),
    flags,
    main: mainText,
    schema: signals.map(({ name, dimensions, public: isPublic }) => ({ name, dimensions, public: isPublic })),
    sources: sources.map(({ name, text }) => ({ name, sha256: sha256(text) })),
  };
  return sha256(Json.canonical(content));
}

async function build(plan: Plan, options: CompileOptions): Promise<void> {
  lintOwn(plan);
  await withBuildFolder(dirname(plan.dir), async (stagingDir) => {
    await writeStaging(stagingDir, plan);
    const libraries = searchFolders.flatMap((folder) => ['-l', `/src/${folder}`]);
    const args = ['/src/main.circom', ...flags, ...libraries, '-o', '/out'];
    await runCircom({ ...options, stagingDir, args, label: plan.label });
    const builtDir = join(stagingDir, 'built');
    const facts = await collect(stagingDir, builtDir, plan);
    await publishEntry(builtDir, plan.dir, facts);
  });
}

function lintOwn({ sources, computation: { name, template } }: Plan): void {
  const entry = `circuits/${name}/${template}.circom`;
  for (const source of sources.filter((candidate) => candidate.name.startsWith('circuits/'))) {
    lintSource(source, source.name === entry ? template : undefined);
  }
}

/** Circom sees copies of exactly the sources whose hashes are in the key, and nothing else. */
async function writeStaging(stagingDir: string, { sources, mainText }: Plan): Promise<void> {
  const src = join(stagingDir, 'src');
  await Promise.all(['out', 'built'].map((folder) => mkdir(join(stagingDir, folder))));
  await Promise.all(sources.map(({ name, text }) => writeFileAtomic(join(src, name), text)));
  await writeFileAtomic(join(src, 'main.circom'), mainText);
}

async function collect(stagingDir: string, builtDir: string, plan: Plan): Promise<CircuitFacts> {
  const out = join(stagingDir, 'out');
  await rename(join(out, 'main.r1cs'), join(builtDir, 'circuit.r1cs'));
  await rename(join(out, 'main.sym'), join(builtDir, 'circuit.sym'));
  await rename(join(out, 'main_js', 'main.wasm'), join(builtDir, 'circuit.wasm'));
  const bytesMax = artifactBytesMax;
  const files = {
    r1cs: await readFileBounded(join(builtDir, 'circuit.r1cs'), { bytesMax }),
    wasm: await readFileBounded(join(builtDir, 'circuit.wasm'), { bytesMax }),
    sym: await readTextBounded(join(builtDir, 'circuit.sym'), bytesMax),
  };
  const { name, template } = plan.computation;
  const at = `circuits/${name}/${template}.circom`;
  return inspectCircuit(files, { computation: name, at, signals: plan.signals });
}

function toCircuit(plan: Plan, entry: Entry): Circuit {
  const { computation, size, parameters, signals } = plan;
  return {
    name: computation.name,
    version: computation.version,
    kind: computation.kind ?? 'generic',
    size,
    template: computation.template,
    parameters,
    signals,
    programId: Circuit.programId(entry.r1cs.sha256, signals),
    compiler: `circom ${circomVersion} --O2`,
    ...entry,
  };
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
