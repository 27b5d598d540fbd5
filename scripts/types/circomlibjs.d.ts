/** The part of circomlibjs that the vectors and tests use; the package ships no types. */
declare module 'circomlibjs' {
  export type Poseidon = {
    (inputs: bigint[]): Uint8Array;
    readonly F: { toObject(element: Uint8Array): bigint };
  };
  export function buildPoseidon(): Promise<Poseidon>;
}
