/**
 * @module Groth16 proving keys in snarkjs' layout (`.zkey`, version 1), sections: 1 protocol · 2 header with the
 * verifying points · 3 IC · 4 coefficients of A and B · 5 A, 6 B in G1, 7 B in G2, 8 C, 9 H · 10 contributions. Points
 * are affine, coordinates in Montgomery form (times 2^256 mod q), infinity is all zeros. Coefficients are in double
 * Montgomery form (times 2^512 mod r), because the prover multiplies them by plain witness elements.
 */
import { ArtifactProtocolError, UnsafeKeyError } from '../../src/errors.ts';
import { q, r } from '../../src/model/Field.ts';
import { type G1, type G2, Point } from '../../src/model/Point.ts';
import { Container, type Cursor, elementBytes, isBelow, limbsOf, viewOf } from './binary.ts';
import { type Contributions, readContributions } from './contributions.ts';
import { checkG1Section, checkG2Section, fromMontgomery } from './points.ts';

export type Zkey = {
  readonly source: string;
  readonly wires: number;
  /** Public signals without the constant 1. */
  readonly publicCount: number;
  readonly domainSize: number;
  /** The verifying points, affine, out of Montgomery form. */
  readonly alpha1: G1;
  readonly beta1: G1;
  readonly beta2: G2;
  readonly gamma2: G2;
  readonly delta1: G1;
  readonly delta2: G2;
  readonly ic: readonly G1[];
  /** Views of the file, as engines take them. `coefficients` still has its leading 32-bit count. */
  readonly sections: {
    readonly coefficients: Uint8Array;
    readonly a: Uint8Array;
    readonly b1: Uint8Array;
    readonly b2: Uint8Array;
    readonly c: Uint8Array;
    readonly h: Uint8Array;
  };
  readonly contributions: Contributions;
};

type ZkeyOptions = {
  /** Checks the points of the large sections too: coordinates below q, on the curve or at infinity. */
  readonly deep?: boolean | undefined;
};

const format = { magic: 'zkey', version: 1 } as const;
const protocolNames: Readonly<Record<number, string>> = { 1: 'groth16', 2: 'plonk', 10: 'fflonk' };
const g1Bytes = 2 * elementBytes;
const g2Bytes = 4 * elementBytes;
/** BN254's scalar field has roots of unity up to order 2^28, and the H section needs those of the double domain. */
const domainSizeMax = 2 ** 27;

/** Bytes of one coefficient: matrix, constraint, wire, value. */
export const coefficientBytes = 12 + elementBytes;

/** 2^512 mod r. */
const doubleRadix = (1n << 512n) % r;

/** The double Montgomery form in which a coefficient is stored. */
export function toCoefficientForm(value: bigint): bigint {
  return (value * doubleRadix) % r;
}

export const Zkey = {
  /**
   * Parses a proving key: lengths exactly as the header demands, indices and scalars in range, verifying points on
   * their curves. Says nothing of subgroups or of trapdoors: that is `lintKey`'s.
   * @throws ArtifactTruncatedError, ArtifactFormatError, ArtifactVersionError, ArtifactCurveError,
   * ArtifactProtocolError, UnsafeKeyError
   */
  parse: (bytes: Uint8Array, source = 'zkey', { deep = false }: ZkeyOptions = {}): Zkey => {
    const container = Container.parse(bytes, source, format);
    checkProtocol(container);
    Container.checkOnly(container, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const header = readHeader(Container.section(container, 2), source);
    const { wires, publicCount, domainSize } = header;
    const icSection = Container.sized(container, 3, (publicCount + 1) * g1Bytes);
    const ic = Array.from({ length: publicCount + 1 }, (_, i) => g1(icSection, `IC[${i}]`));
    const sections = {
      coefficients: checkCoefficients(Container.section(container, 4), header),
      a: Container.sized(container, 5, wires * g1Bytes).bytes,
      b1: Container.sized(container, 6, wires * g1Bytes).bytes,
      b2: Container.sized(container, 7, wires * g2Bytes).bytes,
      c: Container.sized(container, 8, (wires - publicCount - 1) * g1Bytes).bytes,
      h: Container.sized(container, 9, domainSize * g1Bytes).bytes,
    };
    if (deep) {
      for (const id of [5, 6, 8, 9]) checkG1Section(Container.section(container, id), id);
      checkG2Section(Container.section(container, 7), 7);
    }
    return { source, ...header, ic, sections, contributions: readContributions(Container.section(container, 10)) };
  },
} as const;

type Header = Omit<Zkey, 'source' | 'ic' | 'sections' | 'contributions'>;

function checkProtocol(container: Container): void {
  const cursor = Container.section(container, 1);
  const id = cursor.u32();
  cursor.end();
  if (id === 1) return;
  const name = protocolNames[id];
  const known = name === undefined ? `the unknown protocol ${id}` : name;
  throw new ArtifactProtocolError(`${container.source} is a key of ${known}, not of groth16`, {
    at: container.source,
    remedy: 'make a Groth16 key for the circuit',
  });
}

function readHeader(cursor: Cursor, source: string): Header {
  cursor.prime(q);
  cursor.prime(r);
  const at = cursor.position;
  const wires = cursor.u32();
  const publicCount = cursor.u32();
  const domainSize = cursor.u32();
  if (publicCount >= wires) throw cursor.malformed(`claims ${publicCount} public signals on ${wires} wires`, at);
  if (domainSize < 1 || domainSize > domainSizeMax || !Number.isInteger(Math.log2(domainSize))) {
    throw cursor.malformed(`claims a domain of ${domainSize}, which is no power of two up to 2^27`, at);
  }
  const points = {
    alpha1: g1(cursor, `alpha of ${source}`),
    beta1: g1(cursor, `beta of ${source}`),
    beta2: g2(cursor, `beta of ${source}`),
    gamma2: g2(cursor, `gamma of ${source}`),
    delta1: g1(cursor, `delta of ${source}`),
    delta2: g2(cursor, `delta of ${source}`),
  };
  cursor.end();
  return { wires, publicCount, domainSize, ...points };
}

/** A verifying point of G1. Infinity, written as zeros, is on no curve and refused with the rest. */
function g1(cursor: Cursor, name: string): G1 {
  const point = { x: fromMontgomery(cursor.coordinate()), y: fromMontgomery(cursor.coordinate()) };
  if (Point.isOnG1(point)) return point;
  throw offCurve(name);
}

function g2(cursor: Cursor, name: string): G2 {
  const coordinate = () => fromMontgomery(cursor.coordinate());
  const point: G2 = { x: [coordinate(), coordinate()], y: [coordinate(), coordinate()] };
  if (Point.isOnTwist(point)) return point;
  throw offCurve(name);
}

function offCurve(name: string): UnsafeKeyError {
  return new UnsafeKeyError(`${name} is at infinity or off its curve`, { at: name });
}

function checkCoefficients(cursor: Cursor, { domainSize, wires }: Header): Uint8Array {
  const count = cursor.u32();
  if (cursor.remaining !== count * coefficientBytes) {
    throw cursor.malformed(`claims ${count} coefficients in ${cursor.remaining} bytes`, 0);
  }
  const view = viewOf(cursor.bytes);
  const limbs = limbsOf(r);
  for (let at = 4; at < cursor.bytes.length; at += coefficientBytes) {
    const isSound =
      view.getUint32(at, true) <= 1 &&
      view.getUint32(at + 4, true) < domainSize &&
      view.getUint32(at + 8, true) < wires &&
      isBelow(view, at + 12, limbs);
    if (!isSound)
      throw cursor.malformed('has a coefficient whose matrix, constraint, wire or value is out of range', at);
  }
  return cursor.bytes;
}
