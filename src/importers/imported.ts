/** @module What every importer hands on: numbered participants and their obligations. */
import { createHmac } from 'node:crypto';
import { ImportError } from '../errors.ts';
import { Obligation } from '../model/Obligation.ts';

export type Participant = {
  /** Its number in the stream; 0 is the bank whose books these are. */
  readonly number: number;
  readonly code: string;
};

/** An obligation with what opens its reference; the secret is for its two parties only. */
export type ImportedObligation = Obligation & {
  readonly externalRef: string;
  readonly secret: Uint8Array;
};

/** The bank itself is a party to every obligation of its books. */
export const hub: Participant = { number: 0, code: 'bank' };

/** As for the secret of a reference, which is derived from it. */
const seedBytesMin = 16;

/** @throws ImportError when the seed of the secrets is too short to hide anything */
export function checkSeed(seed: Uint8Array): void {
  if (seed.length >= seedBytesMin) return;
  throw new ImportError(`the seed of the secrets has ${seed.length} bytes, fewer than ${seedBytesMin}`, {
    remedy: `draw ${seedBytesMin} bytes or more from the operating system and keep them`,
  });
}

/**
 * Completes an obligation with a reference that opens by `externalRef` and a secret of its own:
 * HMAC-SHA-256 of externalRef under the seed.
 * @throws ObligationError
 */
export function withReference(
  terms: Omit<Obligation, 'reference'>,
  { externalRef, seed }: { readonly externalRef: string; readonly seed: Uint8Array },
): ImportedObligation {
  const secret = new Uint8Array(createHmac('sha256', seed).update(`tallystick/reference/v1/${externalRef}`).digest());
  const obligation = Obligation.check({ ...terms, reference: Obligation.reference(externalRef, secret) });
  return { ...obligation, externalRef, secret };
}
