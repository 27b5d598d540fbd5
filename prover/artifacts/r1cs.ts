/**
 * @module Constraint systems (`.r1cs`, version 1): a header, the constraints a·b = c as sparse rows over wires, and the
 * label of each wire. Wire 0 is 1; then follow outputs, public inputs, private inputs, intermediate signals.
 */
import { r } from '../../src/model/Field.ts';
import { Container, type Cursor, elementBytes, isBelow, limbsOf, readU256, viewOf } from './binary.ts';

/** Wires with their coefficients in [0, r). */
export type LinearCombination = readonly (readonly [wire: number, coefficient: bigint])[];

type Constraint = {
  readonly a: LinearCombination;
  readonly b: LinearCombination;
  readonly c: LinearCombination;
};

export type R1cs = {
  readonly wires: number;
  readonly publicOutputs: number;
  readonly publicInputs: number;
  readonly privateInputs: number;
  /** How many signals the circuit had before simplification. */
  readonly labels: number;
  readonly constraintCount: number;
  /** The constraints in order, decoded one at a time; only their terms on wires below a limit where one is given. */
  readonly constraints: (wireLimit?: number) => Iterable<Constraint>;
  /** The label of a wire, with which the `.sym` file names its signal. */
  readonly label: (wire: number) => number;
};

const format = { magic: 'r1cs', version: 1 } as const;
const termBytes = 4 + elementBytes;
/** Three empty combinations. */
const constraintBytesMin = 12;

export const R1cs = {
  /**
   * Parses a constraint system; every row is walked, so that `constraints` cannot fail later. Allocates nothing that
   * grows with the file.
   * @throws ArtifactTruncatedError, ArtifactFormatError, ArtifactVersionError, ArtifactCurveError
   */
  parse: (bytes: Uint8Array, source = 'r1cs'): R1cs => {
    const container = Container.parse(bytes, source, format);
    Container.checkOnly(container, [1, 2, 3, 4, 5]);
    const header = readHeader(Container.section(container, 1));
    const rows = Container.section(container, 2);
    checkRows(rows, header);
    const map = Container.sized(container, 3, header.wires * 8);
    const labels = viewOf(map.bytes);
    checkNoCustomGates(container);
    return {
      ...header,
      constraints: (wireLimit = header.wires) => decodeRows(rows.bytes, header.constraintCount, wireLimit),
      label: (wire) => Number(labels.getBigUint64(8 * wire, true)),
    };
  },

  publicCount: ({ publicOutputs, publicInputs }: R1cs): number => publicOutputs + publicInputs,
} as const;

type Header = Omit<R1cs, 'constraints' | 'label'>;

function readHeader(cursor: Cursor): Header {
  cursor.prime(r);
  const at = cursor.position;
  const header = {
    wires: cursor.u32(),
    publicOutputs: cursor.u32(),
    publicInputs: cursor.u32(),
    privateInputs: cursor.u32(),
    labels: cursor.u64(),
    constraintCount: cursor.u32(),
  };
  cursor.end();
  const named = header.publicOutputs + header.publicInputs + header.privateInputs;
  if (header.wires < named + 1) {
    throw cursor.malformed(`claims ${named} inputs and outputs on ${header.wires} wires`, at);
  }
  return header;
}

function checkRows(cursor: Cursor, { constraintCount, wires }: Header): void {
  if (constraintCount * constraintBytesMin > cursor.remaining) {
    throw cursor.malformed(`claims ${constraintCount} constraints in ${cursor.remaining} bytes`);
  }
  const view = viewOf(cursor.bytes);
  const limbs = limbsOf(r);
  for (let combination = 0; combination < 3 * constraintCount; combination++) {
    const terms = cursor.u32();
    const start = cursor.position;
    cursor.take(terms * termBytes);
    for (let offset = start; offset < cursor.position; offset += termBytes) {
      if (view.getUint32(offset, true) >= wires)
        throw cursor.malformed(`names an unknown wire in constraint ${Math.floor(combination / 3)}`, offset);
      if (!isBelow(view, offset + 4, limbs))
        throw cursor.malformed(`has a coefficient not below r in constraint ${Math.floor(combination / 3)}`, offset);
    }
  }
  cursor.end();
}

/** Custom gates are PLONK's: Groth16 would leave them unproven. */
function checkNoCustomGates(container: Container): void {
  for (const id of [4, 5]) {
    if (!container.sections.has(id)) continue;
    const section = Container.section(container, id);
    if (section.remaining > 0 && section.u32() !== 0) throw section.malformed('uses custom gates', 0);
    section.end();
  }
}

function* decodeRows(bytes: Uint8Array, count: number, wireLimit: number): Generator<Constraint> {
  const view = viewOf(bytes);
  let offset = 0;
  const combination = (): LinearCombination => {
    const terms: [number, bigint][] = [];
    const end = offset + 4 + view.getUint32(offset, true) * termBytes;
    for (offset += 4; offset < end; offset += termBytes) {
      const wire = view.getUint32(offset, true);
      if (wire < wireLimit) terms.push([wire, readU256(view, offset + 4)]);
    }
    return terms;
  };
  for (let i = 0; i < count; i++) yield { a: combination(), b: combination(), c: combination() };
}
