/** @module What is kept of a journal outside the database: the last head that was signed, and evidence of forks. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointSignatureError } from '../errors.ts';
import { readTextBounded, writeFileAtomic } from '../files.ts';
import { Checkpoint } from '../model/Checkpoint.ts';
import { Json } from '../model/Json.ts';
import type { NoteKey } from '../model/SignedNote.ts';
import type { Journal } from './head.ts';

const noteBytesMax = 262_144;

/** The last head that was signed here. @throws CheckpointFormatError, CheckpointSignatureError when it was altered */
export async function readKeptHead(
  folder: string,
  journal: Journal,
  key: NoteKey,
): Promise<{ readonly checkpoint: Checkpoint; readonly note: string } | undefined> {
  const path = headPath(folder, journal);
  if (!existsSync(path)) return undefined;
  const note = await readTextBounded(path, noteBytesMax);
  return { checkpoint: openKept(note, key, path), note };
}

function openKept(note: string, key: NoteKey, path: string): Checkpoint {
  try {
    return Checkpoint.open(note, key, path).checkpoint;
  } catch (error) {
    if (!(error instanceof CheckpointSignatureError)) throw error;
    // It was signed here before it was kept: not the key is in question but this file.
    throw new CheckpointSignatureError(error.shortMessage, {
      at: path,
      details: error.details,
      remedy: 'find out who changed the file; restore it from a copy before anything is signed again',
      cause: error,
    });
  }
}

export function keepHead(folder: string, journal: Journal, note: string): Promise<void> {
  return writeFileAtomic(headPath(folder, journal), note);
}

/** Writes two heads of one size down and returns where. */
export async function keepFork(
  folder: string,
  { origin, size }: Pick<Checkpoint, 'origin' | 'size'>,
  notes: readonly [string, string],
): Promise<string> {
  const path = join(folder, `fork-${origin.replaceAll(/[^a-z0-9.-]/g, '_')}-${size}.json`);
  await writeFileAtomic(path, `${Json.stringify({ version: 1, evidence: 'fork', origin, size, notes }, 2)}\n`);
  return path;
}

function headPath(folder: string, { tenant }: Journal): string {
  return join(folder, `${tenant}.checkpoint`);
}
