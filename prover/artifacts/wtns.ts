/** @module Witness files (`.wtns`, version 2): a header with prime and count, then the elements w[0] = 1, w[1], … */
import { ArtifactMismatchError } from '../../src/errors.ts';
import { r } from '../../src/model/Field.ts';
import { Container, elementBytes, findNotBelow, writeU256 } from './binary.ts';

/** `values` holds 32 bytes per element, least significant first, as engines take them. */
export type Wtns = { readonly count: number; readonly values: Uint8Array };

const format = { magic: 'wtns', version: 2 } as const;
const headerBytes = 4 + elementBytes + 4;

export const Wtns = {
  /**
   * Parses a witness file: exact lengths, every element below r, the first one 1. The values are a view of the file.
   * @throws ArtifactTruncatedError, ArtifactFormatError, ArtifactVersionError, ArtifactCurveError
   */
  parse: (bytes: Uint8Array, source = 'witness'): Wtns => {
    const container = Container.parse(bytes, source, format);
    Container.checkOnly(container, [1, 2]);
    const header = Container.section(container, 1);
    header.prime(r);
    const count = header.u32();
    header.end();
    const body = Container.sized(container, 2, count * elementBytes);
    const notBelow = findNotBelow(body.bytes, r);
    if (notBelow >= 0) {
      throw body.malformed(`has an element that is not below r: w[${notBelow / elementBytes}]`, notBelow);
    }
    if (count < 1 || body.scalar() !== 1n) throw body.malformed('does not start with the element 1', 0);
    return { count, values: body.bytes };
  },

  /** The file that holds elements of 32 bytes each. Takes what `parse` gives as `values`. */
  encode: (values: Uint8Array): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(12 + 12 + headerBytes + 12 + values.length);
    const view = new DataView(bytes.buffer);
    bytes.set(new TextEncoder().encode(format.magic));
    view.setUint32(4, format.version, true);
    view.setUint32(8, 2, true);
    view.setUint32(12, 1, true);
    view.setBigUint64(16, BigInt(headerBytes), true);
    view.setUint32(24, elementBytes, true);
    writeU256(view, 28, r);
    view.setUint32(60, values.length / elementBytes, true);
    view.setUint32(64, 2, true);
    view.setBigUint64(68, BigInt(values.length), true);
    bytes.set(values, 76);
    return bytes;
  },

  /**
   * Checks that a witness has one element for each wire of a circuit or key.
   * @throws ArtifactMismatchError
   */
  checkFits: ({ count }: Wtns, wires: number, source = 'witness'): void => {
    if (count === wires) return;
    throw new ArtifactMismatchError(`${source} has ${count} elements, the circuit has ${wires} wires`, {
      at: source,
      remedy: 'calculate the witness with the circuit that the key was made for',
    });
  },
} as const;
