/**
 * @module What a freshly compiled circuit must be like before anything stands on it: over BN254, without outputs, with
 * the signals that the computation's schema promises, each public one bound by a constraint. Reads only what it needs of
 * the r1cs (https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md).
 */
import { ArtifactCurveError, ArtifactFormatError, ArtifactTruncatedError, CompileError } from '../errors.ts';
import type { Signal } from '../model/Computation.ts';
import { r } from '../model/Field.ts';

export type CompiledFiles = {
  readonly r1cs: Uint8Array<ArrayBuffer>;
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly sym: string;
};

export type Expected = {
  readonly computation: string;
  /** The main template's file, to blame. */
  readonly at: string;
  readonly signals: readonly Signal[];
};

export type CircuitFacts = { readonly constraints: number; readonly wires: number; readonly publicCount: number };

/**
 * Checks compiled files against the schema and returns the circuit's counts.
 * @throws CompileError, ArtifactCurveError, ArtifactFormatError, ArtifactTruncatedError
 */
export function inspectCircuit(files: CompiledFiles, expected: Expected): CircuitFacts {
  const r1cs = sections(files.r1cs, expected.at);
  const header = readHeader(r1cs.header, expected.at);
  if (header.outputs > 0) {
    throw new CompileError(`the main template of "${expected.computation}" has outputs`, {
      at: expected.at,
      remedy: 'make each result a public input and constrain it with ===',
    });
  }
  checkSignals(files, expected);
  checkPublicUsed(r1cs.constraints, header, expected);
  return factsOf(header);
}

/** The counts that an r1cs itself states. @throws ArtifactCurveError, ArtifactFormatError, ArtifactTruncatedError */
export function readFacts(r1cs: Uint8Array<ArrayBuffer>, at: string): CircuitFacts {
  return factsOf(readHeader(sections(r1cs, at).header, at));
}

function factsOf({ constraints, wires, publicInputs }: Header): CircuitFacts {
  return { constraints, wires, publicCount: publicInputs };
}

type Header = {
  readonly wires: number;
  readonly outputs: number;
  readonly publicInputs: number;
  readonly constraints: number;
};

const sectionType = { header: 1, constraints: 2 } as const;
const sectionsMax = 16;
const elementBytes = 32;

type Sections = { readonly header: DataView; readonly constraints: DataView };

function sections(bytes: Uint8Array<ArrayBuffer>, at: string): Sections {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 12) throw new ArtifactTruncatedError('the r1cs ends within its first twelve bytes', { at });
  const count = view.getUint32(8, true);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== 'r1cs' || count > sectionsMax) {
    throw new ArtifactFormatError('the compiler did not write an r1cs', { at });
  }
  const found = new Map<number, DataView>();
  let offset = 12;
  for (let i = 0; i < count; i++) {
    if (offset + 12 > view.byteLength) throw new ArtifactTruncatedError('the r1cs ends in its section table', { at });
    const length = Number(view.getBigUint64(offset + 4, true));
    if (offset + 12 + length > view.byteLength) throw new ArtifactTruncatedError('an r1cs section is cut', { at });
    found.set(view.getUint32(offset, true), new DataView(bytes.buffer, bytes.byteOffset + offset + 12, length));
    offset += 12 + length;
  }
  const header = found.get(sectionType.header);
  const constraints = found.get(sectionType.constraints);
  if (!header || !constraints) throw new ArtifactFormatError('the r1cs lacks its header or its constraints', { at });
  return { header, constraints };
}

function readHeader(view: DataView, at: string): Header {
  if (view.byteLength !== 4 + elementBytes + 28 || view.getUint32(0, true) !== elementBytes) {
    throw new ArtifactCurveError('the circuit is not over a field of 32 bytes', { at });
  }
  const limbs = [0, 1, 2, 3].map((i) => view.getBigUint64(4 + 8 * i, true) << BigInt(64 * i));
  if (limbs.reduce((sum, limb) => sum + limb) !== r) {
    throw new ArtifactCurveError('the circuit is not over the scalar field of BN254', { at });
  }
  const at32 = (index: number) => view.getUint32(4 + elementBytes + 4 * index, true);
  // Words 4 and 5 are the 64-bit count of labels.
  return { wires: at32(0), outputs: at32(1), publicInputs: at32(2), constraints: at32(6) };
}

/** The template's inputs have the schema's names, shapes and order; circom lists public ones first. */
function checkSignals({ wasm, sym }: CompiledFiles, { computation, at, signals }: Expected): void {
  const sizes = inputSizes(wasm);
  const labels = mainLabels(sym);
  const fail = (what: string, details: readonly string[] = []) => {
    throw new CompileError(`the schema of "${computation}" does not fit its template: ${what}`, {
      at,
      details,
      remedy: 'make the signals of computation.ts those of the template, in order of declaration',
    });
  };
  for (const { name, dimensions } of signals) {
    const wanted = dimensions.reduce((product, size) => product * size, 1);
    if (!labels.has(name) && wanted > 0) fail(`the template has no signal "${name}"`);
    const size = sizes.of(name);
    if (size !== wanted) fail(`"${name}" has ${size} input elements in the template, ${wanted} in the schema`);
    const shape = labels.get(name)?.dimensions ?? dimensions;
    if (shape.join() !== dimensions.join()) fail(`"${name}" has another shape`, [`template: [${shape}]`]);
  }
  const extra = [...labels.keys()].find((name) => !signals.some((s) => s.name === name) && sizes.of(name) > 0);
  if (extra !== undefined) fail(`the template has an input "${extra}" that the schema lacks`);
  const order = [...labels.keys()];
  for (const side of [signals.filter((s) => s.public), signals.filter((s) => !s.public)]) {
    const names = side.map(({ name }) => name);
    const declared = order.filter((name) => names.includes(name));
    const position = declared.findIndex((name, i) => name !== names.filter((n) => labels.has(n))[i]);
    if (position >= 0) fail(`"${declared[position]}" is out of order`, [`template: ${declared.join(', ')}`]);
  }
}

type MainLabel = { readonly dimensions: readonly number[] };

/** The signals of the main component in circom's order: `label,wire,component,main.name[i][j]` per line. */
function mainLabels(sym: string): ReadonlyMap<string, MainLabel> {
  const labels = new Map<string, MainLabel>();
  for (const match of sym.matchAll(/^\d+,-?\d+,\d+,main\.(\w+)((?:\[\d+\])*)$/gm)) {
    const indexes = [...(match[2] as string).matchAll(/\d+/g)].map(([digits]) => Number(digits) + 1);
    // Elements come in order, so the last one tells the dimensions.
    labels.set(match[1] as string, { dimensions: indexes });
  }
  return labels;
}

/** How many elements each input has, as the witness calculator itself answers. */
function inputSizes(wasm: Uint8Array<ArrayBuffer>): { of(name: string): number } {
  const module = new WebAssembly.Module(wasm);
  const runtime = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, () => undefined]));
  const { getInputSignalSize } = new WebAssembly.Instance(module, { runtime }).exports as {
    getInputSignalSize(high: number, low: number): number;
  };
  return {
    of: (name) => {
      const hash = fnv1a(name);
      return getInputSignalSize(Number(hash >> 32n), Number(hash & 0xffffffffn));
    },
  };
}

/** FNV-1a with 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): circom's names for inputs. */
function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

/** A public signal that no constraint mentions could be changed in a finished proof's statement. */
function checkPublicUsed(constraints: DataView, header: Header, { at, computation, signals }: Expected): void {
  const unused = new Set(Array.from({ length: header.publicInputs }, (_, i) => i + 1));
  let offset = 0;
  const next = (bytes: number) => {
    offset += bytes;
    if (offset > constraints.byteLength) throw new ArtifactTruncatedError('the r1cs lacks constraints', { at });
    return offset - bytes;
  };
  for (let list = 0; list < 3 * header.constraints && unused.size > 0; list++) {
    const terms = constraints.getUint32(next(4), true);
    for (let term = 0; term < terms; term++) unused.delete(constraints.getUint32(next(4 + elementBytes), true));
  }
  const [wire] = unused;
  if (wire === undefined) return;
  throw new CompileError(`public signal "${publicNames(signals)[wire - 1]}" of "${computation}" is in no constraint`, {
    at,
    details: ['a value that nothing constrains proves nothing'],
    remedy: 'constrain it, for instance by squaring it into a signal: square <== value * value',
  });
}

function publicNames(signals: readonly Signal[]): readonly string[] {
  return signals.filter((signal) => signal.public).flatMap(({ name, dimensions }) => elementNames(name, dimensions));
}

function elementNames(name: string, [size, ...rest]: readonly number[]): readonly string[] {
  if (size === undefined) return [name];
  return Array.from({ length: size }, (_, i) => elementNames(`${name}[${i}]`, rest)).flat();
}
