/**
 * @module A bounded reader of the binary container that circom and snarkjs share: a magic word, a version, a count of
 * sections, then for each section its number, its length and its bytes. All integers are little-endian. Nothing that a
 * file says of itself is believed before it is checked against the bytes that are really there, and nothing is
 * allocated by a number out of a file. Views are handed out, never copies, so a file may lie in shared memory.
 */
import {
  ArtifactCurveError,
  ArtifactFormatError,
  ArtifactTruncatedError,
  ArtifactVersionError,
} from '../../src/errors.ts';
import { q, r } from '../../src/model/Field.ts';

/** More sections than any of the formats has; a guard for the table. */
const sectionsMax = 64;

/** Bytes of a field element of BN254. */
export const elementBytes = 32;

type ContainerFormat = { readonly magic: string; readonly version: number };

/** One section of a file. `offset` says where its bytes begin in the file. */
type Section = { readonly id: number; readonly offset: number; readonly bytes: Uint8Array };

/** A file taken apart into its sections. `source` is what errors call it. */
export type Container = { readonly source: string; readonly sections: ReadonlyMap<number, Section> };

export const Container = {
  /**
   * Takes a file apart: exact magic and version, every section inside the file and there once, no byte left over.
   * @throws ArtifactTruncatedError, ArtifactFormatError, ArtifactVersionError
   */
  parse: (bytes: Uint8Array, source: string, format: ContainerFormat): Container => {
    const cursor = new Cursor(bytes, source, 0);
    const magic = String.fromCharCode(...cursor.take(4));
    if (magic !== format.magic) {
      throw new ArtifactFormatError(`${source} is not a ${format.magic} file`, { at: `${source}, byte 0` });
    }
    const version = cursor.u32();
    if (version !== format.version) {
      throw new ArtifactVersionError(`${source} has version ${version} of the ${format.magic} format`, {
        at: `${source}, byte 4`,
        details: [`supported: ${format.version}`],
      });
    }
    const count = cursor.u32();
    if (count > sectionsMax) throw cursor.malformed(`claims ${count} sections, more than ${sectionsMax}`, 8);
    const sections = new Map<number, Section>();
    for (let i = 0; i < count; i++) {
      const at = cursor.position;
      const id = cursor.u32();
      const length = cursor.u64();
      if (sections.has(id)) throw cursor.malformed(`has section ${id} twice`, at);
      const offset = cursor.position;
      sections.set(id, { id, offset, bytes: cursor.take(length) });
    }
    cursor.end();
    return { source, sections };
  },

  /** A cursor over one section. @throws ArtifactFormatError when the file has no such section */
  section: ({ source, sections }: Container, id: number): Cursor => {
    const section = sections.get(id);
    if (!section) throw new ArtifactFormatError(`${source} has no section ${id}`, { at: source });
    return new Cursor(section.bytes, source, section.offset);
  },

  /** A section of exactly the length that the header demands. @throws ArtifactFormatError */
  sized: (container: Container, id: number, length: number): Cursor => {
    const cursor = Container.section(container, id);
    if (cursor.remaining !== length) {
      throw cursor.malformed(`has ${cursor.remaining} bytes in section ${id} where its header demands ${length}`);
    }
    return cursor;
  },

  /** @throws ArtifactFormatError when there is a section beside those that the format has */
  checkOnly: ({ source, sections }: Container, ids: readonly number[]): void => {
    for (const { id, offset } of sections.values()) {
      if (!ids.includes(id)) {
        throw new ArtifactFormatError(`${source} has an unknown section ${id}`, { at: `${source}, byte ${offset}` });
      }
    }
  },
} as const;

/** Reads forward through bytes and refuses to leave them. Positions in its errors are those of the whole file. */
export class Cursor {
  position = 0;
  readonly bytes: Uint8Array;
  readonly source: string;
  readonly #origin: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, source: string, origin: number) {
    this.bytes = bytes;
    this.source = source;
    this.#origin = origin;
    this.#view = viewOf(bytes);
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** The next `length` bytes as a view. @throws ArtifactTruncatedError */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A 64-bit length or count. @throws ArtifactTruncatedError when no file could be so long */
  u64(): number {
    const value = this.#view.getBigUint64(this.#advance(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#truncated(`a length of ${value}`);
    return Number(value);
  }

  /** 32 bytes as an integer, not reduced. */
  u256(): bigint {
    return readU256(this.#view, this.#advance(elementBytes));
  }

  /** 32 bytes that must lie below r. @throws ArtifactFormatError */
  scalar(): bigint {
    const at = this.position;
    const value = this.u256();
    if (value >= r) throw this.malformed('has a scalar that is not below the order of the group', at);
    return value;
  }

  /** 32 bytes that must lie below q. @throws ArtifactFormatError */
  coordinate(): bigint {
    const at = this.position;
    const value = this.u256();
    if (value >= q) throw this.malformed("has a coordinate that is not below the field's prime", at);
    return value;
  }

  /** A length-prefixed prime that must be BN254's `r` or `q`. @throws ArtifactCurveError */
  prime(expected: bigint): void {
    const at = this.position;
    const length = this.u32();
    if (length === elementBytes && this.u256() === expected) return;
    throw new ArtifactCurveError(`${this.source} is not over the field of BN254`, {
      at: this.#place(at),
      remedy: 'compile and set up with the prime bn128',
    });
  }

  /** @throws ArtifactFormatError when bytes are left over */
  end(): void {
    if (this.remaining > 0) throw this.malformed(`has ${this.remaining} bytes too many`);
  }

  /** The error for contents that the format forbids, at a position of this cursor. */
  malformed(what: string, position = this.position): ArtifactFormatError {
    return new ArtifactFormatError(`${this.source} ${what}`, { at: this.#place(position) });
  }

  #advance(length: number): number {
    if (length > this.remaining) throw this.#truncated(`${length} bytes`);
    const start = this.position;
    this.position += length;
    return start;
  }

  #truncated(wanted: string): ArtifactTruncatedError {
    return new ArtifactTruncatedError(`${this.source} ends where ${wanted} should follow`, {
      at: this.#place(this.position),
      details: [`bytes left: ${this.remaining}`],
    });
  }

  #place(position: number): string {
    return `${this.source}, byte ${this.#origin + position}`;
  }
}

/** The integer in the 32 bytes at an offset, least significant byte first. */
export function readU256(view: DataView, offset: number): bigint {
  return (
    view.getBigUint64(offset, true) |
    (view.getBigUint64(offset + 8, true) << 64n) |
    (view.getBigUint64(offset + 16, true) << 128n) |
    (view.getBigUint64(offset + 24, true) << 192n)
  );
}

/** Writes an integer below 2^256 as 32 bytes, least significant byte first. */
export function writeU256(view: DataView, offset: number, value: bigint): void {
  // setBigUint64 takes the value modulo 2^64, which is the limb that is wanted.
  view.setBigUint64(offset, value, true);
  view.setBigUint64(offset + 8, value >> 64n, true);
  view.setBigUint64(offset + 16, value >> 128n, true);
  view.setBigUint64(offset + 24, value >> 192n, true);
}

/** A modulus as eight 32-bit limbs, least significant first, for `isBelow`. */
export function limbsOf(modulus: bigint): readonly number[] {
  return Array.from({ length: 8 }, (_, i) => Number((modulus >> BigInt(32 * i)) & 0xffffffffn));
}

/** Whether the 32 bytes at an offset are an integer below the modulus. Makes no bigint: it runs over large files. */
export function isBelow(view: DataView, offset: number, modulusLimbs: readonly number[]): boolean {
  let i = 7;
  while (i > 0 && view.getUint32(offset + 4 * i, true) === modulusLimbs[i]) i--;
  return view.getUint32(offset + 4 * i, true) < (modulusLimbs[i] as number);
}

/** Where the first of consecutive 32-byte integers that is not below `modulus` begins, or -1. */
export function findNotBelow(bytes: Uint8Array, modulus: bigint): number {
  const view = viewOf(bytes);
  const limbs = limbsOf(modulus);
  for (let offset = 0; offset + elementBytes <= bytes.length; offset += elementBytes) {
    if (!isBelow(view, offset, limbs)) return offset;
  }
  return -1;
}

/** A view for reading and writing integers at any offset of the bytes, wherever their buffer lies. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
