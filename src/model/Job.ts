/** @module A statement to prove with its private input, known by an id that the same input always has. */
import { createHmac } from 'node:crypto';
import type { Circuit } from './Circuit.ts';
import type { Values } from './Computation.ts';
import { Hex } from './Hex.ts';
import { Json } from './Json.ts';
import type { Keys } from './Keys.ts';

export type Job = {
  /** The caller's own key for it; unique within a batch. */
  readonly id: string;
  readonly circuit: Circuit;
  readonly keys: Keys;
  /** Complete and validated; private. */
  readonly input: Values;
};

export const Job = {
  /**
   * HMAC-SHA-256(tenant key, programId ‖ canonical input): equal for equal work, and tells nothing of the input to who
   * lacks the tenant's key.
   */
  id: ({ tenantKey, programId, input }: { tenantKey: Uint8Array; programId: Hex; input: Values }): string =>
    createHmac('sha256', tenantKey).update(Hex.toBytes(programId)).update(Json.canonical(input)).digest('hex'),
} as const;
