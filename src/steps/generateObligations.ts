import { createHash } from 'node:crypto';
import { generate } from '../importers/generate.ts';
import type { WindowBook } from '../model/ObligationFile.ts';

/** Fourteen banks in koruna, as in the data whose shape this is. */
const participants = 14;
const korunaNumber = 203;

/**
 * Seeded monthly windows of synthetic obligations of the shape that the real bank data has.
 * @throws ImportError when a count is out of range
 */
export function generateObligations({
  seed,
  windows,
  obligationsPerWindow,
}: {
  readonly seed: string;
  readonly windows: number;
  readonly obligationsPerWindow: number;
}): readonly WindowBook[] {
  const bytes = new Uint8Array(createHash('sha256').update(seed).digest());
  return generate({ seed: bytes, windows, obligationsPerWindow, participants, asset: korunaNumber }).windows;
}
