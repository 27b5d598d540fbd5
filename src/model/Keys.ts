/** @module A proving key on disk together with the verifying key that was read out of it. */
import type { Artifact } from './Circuit.ts';
import type { Hex } from './Hex.ts';
import type { VerifyingKey } from './VerifyingKey.ts';

export type Keys = {
  /** What is proven with them. */
  readonly programId: Hex;
  /** With what it is verified: the id of `verifyingKey`. */
  readonly keyId: Hex;
  readonly provingKey: Artifact;
  readonly verifyingKey: VerifyingKey;
};
