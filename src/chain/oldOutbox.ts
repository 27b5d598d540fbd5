/**
 * @module The outbox of earlier versions was a file. One that lists transactions whose end it does not tell is not passed
 * over: they may be anywhere, and only the program that wrote it knows how to finish them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OutboxFileError } from '../errors.ts';
import { readTextBounded } from '../files.ts';
import type { Hex } from '../model/Hex.ts';

/** @throws OutboxFileError when the file of an account has unfinished transactions or cannot be read */
export async function refuseOldOutbox(
  folder: string,
  { chainId, address }: { readonly chainId: number; readonly address: Hex },
): Promise<void> {
  const path = join(folder, `${chainId}-${address.toLowerCase()}.ndjson`);
  if (!existsSync(path)) return;
  const last = new Map<unknown, unknown>();
  for (const line of (await readTextBounded(path)).split('\n').slice(1)) {
    const row = parse(line);
    if (row) last.set(row.hash, row.state);
  }
  const open = [...last.values()].filter((state) => state === 'signed' || state === 'sent').length;
  if (open === 0) return;
  throw new OutboxFileError(
    `an earlier version left ${open} transactions of which it is not known what became of them`,
    {
      at: path,
      remedy: 'finish them with that version, or move the file away if the chain they were for is gone',
    },
  );
}

/** A last line that was cut off by a crash was never acted upon. */
function parse(line: string): { readonly hash?: unknown; readonly state?: unknown } | undefined {
  try {
    return JSON.parse(line) as { hash?: unknown; state?: unknown };
  } catch {
    return undefined;
  }
}
