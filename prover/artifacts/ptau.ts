/**
 * @module Phase-1 files (`.ptau`, version 1), the powers of tau: only header and section lengths are read here.
 * Whether the points are what a ceremony made is for the ceremony's transcript check.
 */
import { PtauError } from '../../src/errors.ts';
import { q } from '../../src/model/Field.ts';
import { Container, elementBytes } from './binary.ts';

export type Ptau = {
  /** The file serves domains of up to 2^power. */
  readonly power: number;
  /** The power of the ceremony that it was cut from. */
  readonly ceremonyPower: number;
  /** Whether it holds the Lagrange sections that a set-up needs. */
  readonly prepared: boolean;
};

const format = { magic: 'ptau', version: 1 } as const;
const g1Bytes = 2 * elementBytes;
const g2Bytes = 4 * elementBytes;
/** BN254's scalar field has roots of unity up to order 2^28. */
const powerMax = 28;
const contributions = 7;
const lagrange = [12, 13, 14, 15] as const;

export const Ptau = {
  /**
   * Parses header and section table; every section has exactly the length that the power demands.
   * @throws ArtifactTruncatedError, ArtifactFormatError, ArtifactVersionError, ArtifactCurveError
   */
  parse: (bytes: Uint8Array, source = 'ptau'): Ptau => {
    const container = Container.parse(bytes, source, format);
    Container.checkOnly(container, [1, 2, 3, 4, 5, 6, contributions, ...lagrange]);
    const header = Container.section(container, 1);
    header.prime(q);
    const power = header.u32();
    const ceremonyPower = header.u32();
    header.end();
    if (power < 1 || power > powerMax || ceremonyPower < power || ceremonyPower > powerMax) {
      throw header.malformed(`claims power ${power} of ${ceremonyPower}`, 0);
    }
    for (const [id, length] of phase1Lengths(power)) Container.sized(container, id, length);
    Container.section(container, contributions);
    const prepared = lagrange.some((id) => container.sections.has(id));
    if (prepared) for (const [id, length] of lagrangeLengths(power)) Container.sized(container, id, length);
    return { power, ceremonyPower, prepared };
  },

  /**
   * Checks that a circuit can be set up from this file.
   * @throws PtauError when it is not prepared for phase 2 or too small
   */
  checkServes: (ptau: Ptau, circuit: { constraintCount: number; publicCount: number }, source = 'ptau'): void => {
    if (!ptau.prepared) {
      throw new PtauError(`${source} is not prepared for phase 2`, {
        at: source,
        remedy: 'take the prepared file, or prepare it with snarkjs powersoftau prepare phase2',
      });
    }
    // Groth16 in snarkjs' layout adds one row per public signal and one for the constant.
    const rows = circuit.constraintCount + circuit.publicCount + 1;
    if (rows > 2 ** ptau.power) {
      throw new PtauError(`${source} serves ${2 ** ptau.power} rows, the circuit has ${rows}`, {
        at: source,
        remedy: `take a file of power ${Math.ceil(Math.log2(rows))} or more`,
      });
    }
  },
} as const;

/** tau in G1 up to the double degree, tau in G2, alpha·tau and beta·tau in G1, beta in G2. */
function phase1Lengths(power: number): [number, number][] {
  const size = 2 ** power;
  return [
    [2, (2 * size - 1) * g1Bytes],
    [3, size * g2Bytes],
    [4, size * g1Bytes],
    [5, size * g1Bytes],
    [6, g2Bytes],
  ];
}

/** The same in the Lagrange bases of all domains up to 2^power, and for tau in G1 of one domain more. */
function lagrangeLengths(power: number): [number, number][] {
  const points = 2 ** (power + 1) - 1;
  return [
    [12, (2 * points + 1) * g1Bytes],
    [13, points * g2Bytes],
    [14, points * g1Bytes],
    [15, points * g1Bytes],
  ];
}
