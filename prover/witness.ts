/**
 * @module Calculates witnesses with the WebAssembly that circom 2.2 makes of a circuit. The module's interface: inputs
 * are named by the 64-bit FNV-1a hash of their name (http://www.isthe.com/chongo/tech/comp/fnv/), given as two halves;
 * elements pass through 32 bytes of shared memory, least significant first. What the circuit logs is dropped, because
 * it may be private.
 */
import {
  ArtifactCurveError,
  ArtifactFormatError,
  ArtifactMismatchError,
  UnsatisfiedError,
  WorkerMemoryError,
} from '../src/errors.ts';
import type { Signal, Values } from '../src/model/Computation.ts';
import { r } from '../src/model/Field.ts';
import { Input } from '../src/model/Input.ts';

const elementBytes = 32;

/** Messages longer than this are cut: a circuit does not write more by itself. */
const messageCharactersMax = 4096;

/** The functions of circom's runtime; a module that asks for anything else is not of circom 2.2. */
const importNames = ['exceptionHandler', 'printErrorMessage', 'writeBufferMessage', 'showSharedRWMemory'];

type WitnessExports = {
  readonly memory: WebAssembly.Memory;
  readonly getSharedRWMemoryStart: () => number;
  /** Starts a calculation; 1 makes the circuit check its constraints where it can. */
  readonly init: (check: number) => void;
  readonly setInputSignal: (hashHigh: number, hashLow: number, index: number) => void;
  readonly getInputSignalSize: (hashHigh: number, hashLow: number) => number;
  readonly getRawPrime: () => void;
  readonly getFieldNumLen32: () => number;
  readonly getWitnessSize: () => number;
  readonly getInputSize: () => number;
  readonly getWitness: (index: number) => void;
  readonly getMessageChar: () => number;
};

export type WitnessCalculator = {
  /** The number of elements of a witness. */
  readonly wires: number;
  /**
   * The witness of a complete, validated input: w[0] = 1, w[1], … as 32 bytes each, least significant first.
   * @throws UnsatisfiedError with template and line, ArtifactMismatchError when the circuit has other inputs
   */
  readonly calculate: (values: Values) => Uint8Array<ArrayBuffer>;
};

/**
 * Compiles a circuit's WebAssembly, after a look at its imports and exports.
 * @param source what errors call the file
 * @throws ArtifactFormatError
 */
export async function compileWitnessModule(wasm: Uint8Array, source: string): Promise<WebAssembly.Module> {
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(wasm);
  } catch (cause) {
    throw new ArtifactFormatError(`${source} is not a WebAssembly module`, { at: source, cause });
  }
  const imports = WebAssembly.Module.imports(module).map(({ module, name, kind }) => `${kind} ${module}.${name}`);
  const expected = importNames.map((name) => `function runtime.${name}`);
  if (imports.toSorted().join() !== expected.toSorted().join()) {
    throw new ArtifactFormatError(`${source} does not import what a circuit of circom 2.2 does`, { at: source });
  }
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`));
  const missing = exportKinds.find((name) => !exported.has(name));
  if (missing) throw new ArtifactFormatError(`${source} does not export ${missing}`, { at: source });
  return module;
}

const exportKinds = [
  'memory memory',
  ...(
    [
      'getSharedRWMemoryStart',
      'init',
      'setInputSignal',
      'getInputSignalSize',
      'getRawPrime',
      'getFieldNumLen32',
      'getWitnessSize',
      'getInputSize',
      'getWitness',
      'getMessageChar',
    ] as const satisfies readonly (keyof WitnessExports)[]
  ).map((name) => `function ${name}`),
];

/**
 * A calculator that keeps one instance of the module from call to call, and takes a new one after a failure.
 * @throws ArtifactCurveError, ArtifactMismatchError when the module is not over BN254 or its inputs are not the schema's
 */
export function createWitnessCalculator(module: WebAssembly.Module, signals: readonly Signal[]): WitnessCalculator {
  const inputs = signals.map(toCircuitInput);
  let machine: Machine | undefined = startMachine(module, inputs);
  const wires = machine.exports.getWitnessSize();
  return {
    wires,
    calculate: (values) => {
      const current = machine ?? startMachine(module, inputs);
      machine = undefined;
      const witness = tell(() => calculate(current, inputs, values));
      machine = current;
      return witness;
    },
  };
}

type CircuitInput = { readonly name: string; readonly hash: readonly [number, number]; readonly size: number };

function toCircuitInput({ name, dimensions }: Signal): CircuitInput {
  return { name, hash: hashName(name), size: dimensions.reduce((product, length) => product * length, 1) };
}

function hashName(name: string): readonly [number, number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}

/** An instance together with the messages that it has written since the calculation began. */
type Machine = { readonly exports: WitnessExports; readonly messages: string[] };

function startMachine(module: WebAssembly.Module, inputs: readonly CircuitInput[]): Machine {
  const messages: string[] = [];
  const readMessage = (): string => {
    let text = '';
    for (let code = exports.getMessageChar(); code !== 0; code = exports.getMessageChar()) {
      if (text.length < messageCharactersMax) text += String.fromCharCode(code);
    }
    return text;
  };
  const runtime = {
    exceptionHandler: (code: number) => {
      throw toError(code, messages);
    },
    printErrorMessage: () => {
      messages.push(readMessage());
    },
    writeBufferMessage: readMessage,
    showSharedRWMemory: () => {},
  };
  const exports = new WebAssembly.Instance(module, { runtime }).exports as WitnessExports;
  checkPrime(exports);
  checkInputs(exports, inputs);
  return { exports, messages };
}

function calculate(machine: Machine, inputs: readonly CircuitInput[], values: Values): Uint8Array<ArrayBuffer> {
  const { exports, messages } = machine;
  messages.length = 0;
  exports.init(1);
  for (const { name, hash, size } of inputs) {
    const flat = Input.flatten(values[name] ?? []);
    if (flat.length !== size) throw otherInputs(`signal ${name} has ${size} elements there`);
    for (const [index, element] of flat.entries()) {
      writeElement(shared(exports), element);
      exports.setInputSignal(...hash, index);
    }
  }
  return readWitness(exports);
}

/** Copies the elements in words of 32 bits through one view: a witness has tens of thousands of them. */
function readWitness(exports: WitnessExports): Uint8Array<ArrayBuffer> {
  const wordsPerElement = elementBytes / 4;
  const witness = new Uint32Array(exports.getWitnessSize() * wordsPerElement);
  const start = exports.getSharedRWMemoryStart();
  let view = new Uint32Array(exports.memory.buffer, start, wordsPerElement);
  for (let offset = 0; offset < witness.length; offset += wordsPerElement) {
    exports.getWitness(offset / wordsPerElement);
    // Growing memory detaches its views.
    if (view.length === 0) view = new Uint32Array(exports.memory.buffer, start, wordsPerElement);
    for (let i = 0; i < wordsPerElement; i++) witness[offset + i] = view[i] as number;
  }
  return new Uint8Array(witness.buffer);
}

/** What the processor refuses to do, in V8's words; they quote no value. */
const arithmeticTraps = ['divide by zero', 'remainder by zero', 'divide result unrepresentable'];

/** Gives a trap of the WebAssembly a name: the input leads to an impossible division, or the module is broken. */
function tell<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) throw new WorkerMemoryError('the witness calculator overflowed its stack');
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    const { message } = error;
    if (!arithmeticTraps.includes(message)) throw new ArtifactFormatError(`the witness calculator trapped: ${message}`);
    throw new UnsatisfiedError(`the input leads the circuit to an impossible division: ${message}`);
  }
}

/** The bytes through which elements pass; taken anew each time, because growing memory moves it. */
function shared({ memory, getSharedRWMemoryStart }: WitnessExports): Uint8Array {
  return new Uint8Array(memory.buffer, getSharedRWMemoryStart(), elementBytes);
}

function writeElement(bytes: Uint8Array, element: bigint): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, elementBytes);
  let rest = element;
  for (let offset = 0; offset < elementBytes; offset += 8) {
    view.setBigUint64(offset, BigInt.asUintN(64, rest), true);
    rest >>= 64n;
  }
}

function checkPrime(exports: WitnessExports): void {
  const expected = new Uint8Array(elementBytes);
  writeElement(expected, r);
  if (exports.getFieldNumLen32() * 4 === elementBytes) {
    exports.getRawPrime();
    if (Buffer.compare(shared(exports), expected) === 0) return;
  }
  throw new ArtifactCurveError('the circuit computes over another field than that of BN254');
}

function checkInputs(exports: WitnessExports, inputs: readonly CircuitInput[]): void {
  for (const { name, hash, size } of inputs) {
    const actual = exports.getInputSignalSize(...hash);
    if (actual !== size) throw otherInputs(`signal ${name} has ${Math.max(actual, 0)} elements there, here ${size}`);
  }
  const total = inputs.reduce((sum, { size }) => sum + size, 0);
  if (exports.getInputSize() !== total) {
    throw otherInputs(`the circuit has ${exports.getInputSize()} input elements, the schema ${total}`);
  }
}

function otherInputs(detail: string): ArtifactMismatchError {
  return new ArtifactMismatchError('the witness calculator has other inputs than the schema', {
    details: [detail],
    remedy: 'compile the computation again',
  });
}

/** circom's numbers for what goes wrong in a calculation: 4 is a failed assertion or constraint, 5 is memory. */
function toError(code: number, messages: readonly string[]): Error {
  if (code === 4) return unsatisfied(messages);
  if (code === 5) return new WorkerMemoryError('the witness calculator ran out of memory');
  if (code === 7) {
    return new UnsatisfiedError('the input leads the circuit outside one of its arrays', places(messages));
  }
  return otherInputs(`circom's exception ${code}`);
}

/** Messages read `Error in template Range_3 line: 12`, from the failing template up to the main one. */
function unsatisfied(messages: readonly string[]): UnsatisfiedError {
  const { at, details } = places(messages);
  return new UnsatisfiedError(`the input does not satisfy the circuit${at ? `: it fails in ${at}` : ''}`, {
    at,
    details,
  });
}

function places(messages: readonly string[]): { at: string | undefined; details: readonly string[] } {
  const found = messages
    .flatMap((message) => [...message.matchAll(/template (\w+?)(?:_\d+)? line: (\d+)/g)])
    .map(([, template, line]) => `template ${template}, line ${line}`);
  return { at: found[0], details: found.slice(1).map((place) => `used by ${place}`) };
}
