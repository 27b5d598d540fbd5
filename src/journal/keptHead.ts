/** @module What is kept of a journal outside the database: the last head that was signed, and evidence of forks. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { JournalForkError } from '../errors.ts';
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
  return { checkpoint: Checkpoint.open(note, key, path).checkpoint, note };
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

/**
 * Compares a head from elsewhere with one of ours, both of which the journal's key signed.
 * @throws JournalForkError when they cannot both be true; the evidence is written first
 */
export async function requireNoFork(
  folder: string,
  key: NoteKey,
  [ours, theirs]: readonly [string, string],
): Promise<void> {
  const [a, b] = [ours, theirs].map((note) => Checkpoint.open(note, key).checkpoint) as [Checkpoint, Checkpoint];
  if (!Checkpoint.isFork(a, b)) return;
  const path = await keepFork(folder, a, [ours, theirs]);
  throw new JournalForkError(`two heads of ${a.size} entries were signed`, {
    at: path,
    remedy: 'keep the file: it shows that the journal’s key has signed two histories',
  });
}

function headPath(folder: string, { tenant }: Journal): string {
  return join(folder, `${tenant}.checkpoint`);
}
