/**
 * @module Multiples of the generators of G1 and G2 by fixed-base windows: a table holds j·2^(wk)·G for every window k
 * and digit j, so a multiple is one mixed addition per window, 254/w of them. Runs inside one thread on the WebAssembly
 * curve code of the wasmcurves library, whose points are Jacobian (3 coordinates) or affine (2), in Montgomery form.
 */
import { Point } from '../../src/model/Point.ts';
import { elementBytes, viewOf, writeU256 } from '../artifacts/binary.ts';
import { toMontgomery } from '../artifacts/points.ts';

export type GroupName = 'g1' | 'g2';

/** Points that are made affine together, sharing one inversion; also the grain of progress and of cancelling. */
export const batchPoints = 1024;

const scalarBits = 254;
const pageBytes = 65536;

/** Bytes of an affine point. */
export const pointBytes: Readonly<Record<GroupName, number>> = { g1: 2 * elementBytes, g2: 4 * elementBytes };

export type FixedBase = {
  /**
   * Writes scalar·G for the scalars with numbers [from, to), at most `batchPoints` of them; 32 bytes each, least
   * significant first. A multiple by 0 is infinity and leaves its place in `output` as it is: zero.
   */
  readonly multiply: (scalars: Uint8Array, output: Uint8Array, from: number, to: number) => void;
};

/** The width that costs least for a number of multiples: wider tables take longer to fill. */
export function windowBitsFor(points: number): number {
  return Math.min(12, Math.max(4, Math.round(Math.log2(points + 1)) - 3));
}

/** Builds the table of a group. `code` is the curve's WebAssembly module. */
export function createFixedBase(code: Uint8Array, group: GroupName, windowBits: number): FixedBase {
  const wasm = instantiate(code, group);
  const windows = Math.ceil(scalarBits / windowBits);
  const digits = 2 ** windowBits - 1;
  const table = wasm.reserve(windows * digits * wasm.affineBytes);
  const scratch = wasm.reserve((Math.max(digits, batchPoints) + 1) * wasm.jacobianBytes);
  wasm.reserveWorkspace(Math.max(digits, batchPoints) * wasm.affineBytes);
  fillTable(wasm, { table, scratch, windows, digits });
  const mask = digits;
  const digitsOf = new Uint16Array(windows);

  const multiplyOne = (view: DataView, offset: number, target: number): boolean => {
    let any = 0;
    for (let k = 0, bit = 0; k < windows; k++, bit += windowBits) {
      const digit = readBits(view, offset, bit) & mask;
      digitsOf[k] = digit;
      any |= digit;
    }
    if (any === 0) return false;
    wasm.zero(target);
    for (let k = 0; k < windows; k++) {
      const digit = digitsOf[k] as number;
      if (digit > 0) wasm.addMixed(target, table + (k * digits + digit - 1) * wasm.affineBytes, target);
    }
    return true;
  };

  return {
    multiply: (scalars, output, from, to) => {
      const view = viewOf(scalars);
      const places: number[] = [];
      for (let i = from; i < to; i++) {
        const target = scratch + places.length * wasm.jacobianBytes;
        if (multiplyOne(view, i * elementBytes, target)) places.push(i);
      }
      wasm.batchToAffine(scratch, places.length, scratch);
      const bytes = wasm.bytes();
      for (const [k, place] of places.entries()) {
        const start = scratch + k * wasm.affineBytes;
        output.set(bytes.subarray(start, start + wasm.affineBytes), place * wasm.affineBytes);
      }
    },
  };
}

/** At least 25 bits from a bit position of a 32-byte integer on; zeros beyond its end. */
function readBits(view: DataView, offset: number, bit: number): number {
  const byte = Math.min(bit >> 3, elementBytes - 4);
  return view.getUint32(offset + byte, true) >>> (bit - 8 * byte);
}

type TableLayout = { table: number; scratch: number; windows: number; digits: number };

/** Fills window after window by adding its base; one more addition gives the base of the next window. */
function fillTable(wasm: WasmGroup, { table, scratch, windows, digits }: TableLayout): void {
  const base = wasm.reserve(wasm.affineBytes);
  wasm.writeGenerator(base);
  for (let k = 0; k < windows; k++) {
    wasm.zero(scratch);
    wasm.addMixed(scratch, base, scratch);
    for (let j = 1; j <= digits; j++) {
      wasm.addMixed(scratch + (j - 1) * wasm.jacobianBytes, base, scratch + j * wasm.jacobianBytes);
    }
    wasm.batchToAffine(scratch + digits * wasm.jacobianBytes, 1, base);
    wasm.batchToAffine(scratch, digits, table + k * digits * wasm.affineBytes);
  }
}

type WasmGroup = ReturnType<typeof instantiate>;

function instantiate(code: Uint8Array, group: GroupName) {
  const memory = new WebAssembly.Memory({ initial: 25 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  const call = (name: string) => exports[`${group}m_${name}`] as (...pointers: number[]) => void;
  // The module keeps the address of its first free byte at address 0 and takes its own workspace from there.
  let free = new Uint32Array(memory.buffer, 0, 1)[0] as number;
  const ensure = (end: number): void => {
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    new Uint32Array(memory.buffer, 0, 1)[0] = free;
  };
  return {
    affineBytes: pointBytes[group],
    jacobianBytes: (pointBytes[group] * 3) / 2,
    zero: call('zero'),
    addMixed: call('addMixed'),
    batchToAffine: call('batchToAffine'),
    bytes: () => new Uint8Array(memory.buffer),
    reserve: (length: number): number => {
      const start = (free + 7) & ~7;
      free = start + length;
      ensure(free);
      return start;
    },
    /** Keeps room behind all that is reserved later for what the module takes itself. */
    reserveWorkspace: (length: number): void => ensure(free + length + pageBytes),
    writeGenerator: (pointer: number): void => {
      const { x, y } = group === 'g1' ? { x: [Point.g1Generator.x], y: [Point.g1Generator.y] } : Point.g2Generator;
      const view = new DataView(memory.buffer);
      for (const [i, coordinate] of [...x, ...y].entries()) {
        writeU256(view, pointer + i * elementBytes, toMontgomery(coordinate));
      }
    },
  };
}
