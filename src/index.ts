/** @module What other programs import: the nouns, the prover, the verifier and the path as functions. */
export { createProver, type ProveOptions, type Prover, type ProverOptions } from '../prover/index.ts';
export { createVerifier, type Verifier, verify } from '../prover/verify.ts';
export { type Config, type ConfigFile, defineConfig, loadConfig } from './config.ts';
export * from './errors.ts';
export type { Artifact, Circuit } from './model/Circuit.ts';
export {
  Computation,
  type ComputationSpec,
  contextSignal,
  defineComputation,
  type SignalSpec,
} from './model/Computation.ts';
export type { Job } from './model/Job.ts';
export type { Keys } from './model/Keys.ts';
export { Manifest } from './model/Manifest.ts';
export { Obligation } from './model/Obligation.ts';
export { ObligationFile, type WindowBook } from './model/ObligationFile.ts';
export { Payment } from './model/Payment.ts';
export { PaymentFile } from './model/PaymentFile.ts';
export { Policy } from './model/Policy.ts';
export { Positions } from './model/Positions.ts';
export { Proof } from './model/Proof.ts';
export { ProofFile } from './model/ProofFile.ts';
export type { Proven } from './model/Proven.ts';
export { Seal } from './model/Seal.ts';
export { type Context, Statement } from './model/Statement.ts';
export { VerifyingKey } from './model/VerifyingKey.ts';
export { netWindows, recordInputs } from './pipeline.ts';
