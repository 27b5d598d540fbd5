/** What this project uses of the packages and globals that bring no types of their own. */

declare module 'ffjavascript' {
  /** Field elements and points in the library's own form: Montgomery, affine (2 coordinates) or Jacobian (3). */
  export type Bytes = Uint8Array;

  export type Curve = {
    readonly name: string;
    readonly q: bigint;
    readonly r: bigint;
    readonly Fr: FieldR;
    readonly G1: Group<readonly bigint[]>;
    readonly G2: Group<readonly (readonly bigint[])[]>;
    /** `code` is the library's WebAssembly module; a single-threaded curve keeps it. */
    readonly tm: { readonly concurrency: number; readonly code: Uint8Array };
    pairing(g1: Bytes, g2: Bytes): Bytes;
    /** Pairs of points of G1 and G2, then the element of the target group that their product must be. */
    pairingEq(...pointsAndTarget: readonly Bytes[]): Promise<boolean>;
    terminate(): Promise<void>;
  };

  export type FieldR = {
    readonly n8: number;
    readonly zero: Bytes;
    readonly one: Bytes;
    /** The thread's own random number generator by default. */
    random: () => Bytes;
    e(value: bigint | number | string): Bytes;
    toObject(element: Bytes): bigint;
    fromObject(value: bigint): Bytes;
    add(a: Bytes, b: Bytes): Bytes;
    sub(a: Bytes, b: Bytes): Bytes;
    mul(a: Bytes, b: Bytes): Bytes;
    neg(a: Bytes): Bytes;
    inv(a: Bytes): Bytes;
    fromRng(stream: ChaCha): Bytes;
    /** Plain integers of 32 bytes, least significant first. */
    fromRprLE(bytes: Bytes, offset: number): Bytes;
    toRprLE(target: Bytes, offset: number, element: Bytes): void;
    /** Plain little-endian elements behind one another, to and from Montgomery form. */
    batchToMontgomery(elements: Bytes): Promise<Bytes>;
    batchFromMontgomery(elements: Bytes): Promise<Bytes>;
    /** The values of a polynomial on the domain of as many points as it has coefficients, in Montgomery form. */
    fft(coefficients: Bytes): Promise<Bytes>;
  };

  /** The stream of random numbers that snarkjs draws from: ChaCha20 with eight words of key. */
  export class ChaCha {
    constructor(seed: readonly number[]);
    nextU32(): number;
  }

  export type Group<Coordinates> = {
    readonly zero: Bytes;
    readonly zeroAffine: Bytes;
    readonly g: Bytes;
    readonly gAffine: Bytes;
    fromObject(coordinates: Coordinates): Bytes;
    toObject(point: Bytes): Coordinates;
    toAffine(point: Bytes): Bytes;
    add(a: Bytes, b: Bytes): Bytes;
    sub(a: Bytes, b: Bytes): Bytes;
    neg(a: Bytes): Bytes;
    eq(a: Bytes, b: Bytes): boolean;
    isZero(a: Bytes): boolean;
    isValid(a: Bytes): boolean;
    timesScalar(a: Bytes, scalar: bigint): Bytes;
    timesFr(a: Bytes, scalar: Bytes): Bytes;
    /** Affine points behind one another, and as many little-endian scalars. */
    multiExpAffine(points: Bytes, scalars: Bytes): Promise<Bytes>;
    /** Point number i of a row of affine points times first·step^i. */
    batchApplyKey(points: Bytes, first: Bytes, step: Bytes): Promise<Bytes>;
    /** Points behind one another: projective to affine, and affine to the form in which snarkjs hashes them. */
    batchToAffine(points: Bytes): Promise<Bytes>;
    batchLEMtoU(points: Bytes): Promise<Bytes>;
    /** A point whose discrete logarithm nobody knows. */
    fromRng(stream: ChaCha): Bytes;
    /** Writes a point's coordinates most significant byte first, out of Montgomery form. */
    toRprUncompressed(target: Bytes, offset: number, point: Bytes): void;
  };

  export function getCurveFromName(name: string, options?: { readonly singleThread?: boolean }): Promise<Curve>;
}

declare module 'snarkjs' {
  export type Projective = readonly string[];
  export type ProofJson = {
    readonly pi_a: Projective;
    readonly pi_b: readonly Projective[];
    readonly pi_c: Projective;
    readonly protocol: string;
    readonly curve: string;
  };
  type File = string | Uint8Array | { readonly type: 'mem'; data?: Uint8Array };
  export const groth16: {
    prove(zkey: File, wtns: File): Promise<{ proof: ProofJson; publicSignals: string[] }>;
    verify(verifyingKey: unknown, publicSignals: unknown, proof: unknown): Promise<boolean>;
  };
  export const zKey: {
    newZKey(r1cs: File, ptau: File, zkey: File): Promise<unknown>;
    contribute(from: File, to: File, name: string, entropy: string): Promise<unknown>;
    beacon(from: File, to: File, name: string, hash: string, iterationsExponent: number): Promise<unknown>;
    verifyFromR1cs(r1cs: File, ptau: File, zkey: File): Promise<boolean>;
    exportVerificationKey(zkey: File): Promise<unknown>;
  };
  export const powersOfTau: {
    newAccumulator(curve: unknown, power: number, to: File): Promise<unknown>;
    contribute(from: File, to: File, name: string, entropy: string): Promise<unknown>;
    preparePhase2(from: File, to: File): Promise<unknown>;
  };
}

/** Node has it; its type package does not. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): { module: string; name: string; kind: string }[];
    static exports(module: Module): { name: string; kind: string }[];
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class CompileError extends Error {}
  class RuntimeError extends Error {}
  function compile(bytes: Uint8Array): Promise<Module>;
}
