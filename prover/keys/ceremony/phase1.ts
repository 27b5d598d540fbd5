/** @module Opens a phase-1 file for a ceremony. What it is, its hash says; a hash nobody published must be asked for. */
import { createHash } from 'node:crypto';
import { PtauError, UsageError } from '../../../src/errors.ts';
import { readFileBounded } from '../../../src/files.ts';
import { Container } from '../../artifacts/binary.ts';
import { Ptau } from '../../artifacts/ptau.ts';
import { artifactBytesMax } from '../../pinned.ts';
import { openArithmetic } from './arithmetic.ts';
import { findKnownPhase1 } from './known.ts';
import { checkPowers } from './powers.ts';

/** The powers of tau and what is known of them. `bytes` is the whole file. */
export type Phase1 = {
  readonly path: string;
  /** The published file that this is, where it is one. */
  readonly name: string | undefined;
  /** BLAKE2b-512 of the file, lower-case hex. */
  readonly blake2b: string;
  readonly ptau: Ptau;
  readonly bytes: Uint8Array;
};

export type Phase1Options = {
  /** The hash that the file must have; needed where it is none of the published ones. */
  readonly blake2b?: string | undefined;
  /** What computes, as `TALLY_ENGINE`; the fastest by default. */
  readonly engine?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Reads a phase-1 file. One of the published files is known by its hash alone. Any other must have the hash that the
 * caller names, and its points must be the powers of one tau that a contribution made.
 * @throws PtauError, the errors of `Ptau.parse`, InputFileError, UsageError, CancelledError
 */
export async function openPhase1(
  path: string,
  { blake2b: expected, engine, signal }: Phase1Options = {},
): Promise<Phase1> {
  if (expected !== undefined && !/^[0-9a-f]{128}$/.test(expected)) {
    throw new UsageError('a BLAKE2b-512 hash is 128 lower-case hexadecimal digits', { at: '--blake2b' });
  }
  const bytes = await readFileBounded(path, { bytesMax: artifactBytesMax });
  const ptau = Ptau.parse(bytes, path);
  const blake2b = createHash('blake2b512').update(bytes).digest('hex');
  const known = findKnownPhase1(blake2b);
  checkHash(path, { blake2b, expected, isKnown: known !== undefined });
  if (!known) await checkPowers(bytes, { source: path, ptau, arithmetic: openArithmetic(engine), signal });
  return { path, name: known?.name, blake2b, ptau, bytes };
}

/** A section of the file's points as a view. */
export function phase1Section({ bytes, path }: Phase1, id: number): Uint8Array {
  return Container.section(Container.parse(bytes, path, { magic: 'ptau', version: 1 }), id).bytes;
}

type Hashes = { readonly blake2b: string; readonly expected: string | undefined; readonly isKnown: boolean };

function checkHash(path: string, { blake2b, expected, isKnown }: Hashes): void {
  const details = [`found BLAKE2b-512 ${blake2b}`];
  if (expected !== undefined && expected !== blake2b) {
    throw new PtauError(`${path} is not the phase-1 file that was expected`, {
      at: path,
      details: [`expected BLAKE2b-512 ${expected}`, ...details],
      remedy: 'take the file from its publisher again',
    });
  }
  if (expected === undefined && !isKnown) {
    throw new PtauError(`${path} is none of the published phase-1 files`, {
      at: path,
      details,
      remedy: 'take a published file, or name the hash that its publisher gives with --blake2b',
    });
  }
}
