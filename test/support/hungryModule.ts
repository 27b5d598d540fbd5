/**
 * @module WebAssembly with the interface of circom's witness calculators, made by hand, that takes memory instead of
 * calculating: circom itself never makes such a module. Binary format: https://webassembly.github.io/spec/core/binary/
 */
import { r } from '../../src/model/Field.ts';

const i32 = 0x7f;
const code = {
  fill: [0xfc, 0x0b, 0x00],
  size: 0x3f,
  lessUnsigned: 0x49,
  multiply: 0x6c,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  branch: 0x0c,
  constant: 0x41,
  grow: 0x40,
  drop: 0x1a,
} as const;
const primeAt = 0;
const pageBytes = 65_536;
const bitePages = 256;

export type HungryOptions = {
  /** Elements of the witness it claims to make, and of its input. */
  readonly wires: number;
  readonly inputs: number;
  /** Pages of 64 KiB that one call of `init` takes. */
  readonly pages: number;
  /** Whether it writes to what it takes. */
  readonly use: 'touch' | 'reserve';
};

/** The bytes of the module. */
export function hungryModule({ wires, inputs, pages, use }: HungryOptions): Uint8Array {
  const types = [signature(0, 0), signature(1, 0), signature(2, 1), signature(3, 0), signature(0, 1)];
  const [nothing, one, two, three, give] = [0, 1, 2, 3, 4] as const;
  const imports = [
    ['exceptionHandler', one],
    ['printErrorMessage', nothing],
    ['writeBufferMessage', nothing],
    ['showSharedRWMemory', nothing],
  ] as const;
  const functions: readonly (readonly [string, number, readonly number[]])[] = [
    ['getSharedRWMemoryStart', give, constant(primeAt)],
    ['init', one, eat(pages, use)],
    ['setInputSignal', three, []],
    ['getInputSignalSize', two, constant(1)],
    ['getRawPrime', nothing, []],
    ['getFieldNumLen32', give, constant(8)],
    ['getWitnessSize', give, constant(wires)],
    ['getInputSize', give, constant(inputs)],
    ['getWitness', one, []],
    ['getMessageChar', give, constant(0)],
  ];
  const exported = functions.map(([name], i) => [...text(name), 0x00, ...unsigned(imports.length + i)]);
  const bodies = functions.map(([, , body]) => sized([0x00, ...body, code.end]));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector(imports.map(([name, type]) => [...text('runtime'), ...text(name), 0x00, ...unsigned(type)]))),
    ...section(3, vector(functions.map(([, type]) => unsigned(type)))),
    ...section(5, vector([[0x00, ...unsigned(1)]])),
    ...section(7, vector([[...text('memory'), 0x02, 0x00], ...exported])),
    ...section(10, vector(bodies)),
    ...section(11, vector([[0x00, ...constant(primeAt), code.end, ...sized(primeBytes())]])),
  ]);
}

/** Takes all at once and leaves it, or takes it bite by bite and writes to every byte. */
function eat(pages: number, use: HungryOptions['use']): number[] {
  if (use === 'reserve') return [...constant(pages), code.grow, 0x00, code.drop];
  // while (memory.size < pages) memory.fill(memory.grow(bite) * 64 KiB, 1, bite * 64 KiB)
  const start = [...constant(bitePages), code.grow, 0x00, ...constant(pageBytes), code.multiply];
  const fill = [...start, ...constant(1), ...constant(bitePages * pageBytes), ...code.fill];
  const isLess = [code.size, 0x00, ...constant(pages - bitePages), code.lessUnsigned];
  return [code.loop, 0x40, ...isLess, code.if, 0x40, ...fill, code.branch, 0x01, code.end, code.end];
}

function signature(parameters: number, results: number): number[] {
  return [
    0x60,
    ...vector(Array.from({ length: parameters }, () => [i32])),
    ...vector(Array.from({ length: results }, () => [i32])),
  ];
}

function primeBytes(): number[] {
  return Array.from({ length: 32 }, (_, i) => Number((r >> BigInt(8 * i)) & 0xffn));
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  return sized([...new TextEncoder().encode(value)]);
}

function constant(value: number): number[] {
  return [code.constant, ...signed(value)];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const byte = value & 0x7f;
  const rest = value >> 7;
  return rest === 0 && (byte & 0x40) === 0 ? [byte] : [byte | 0x80, ...signed(rest)];
}
