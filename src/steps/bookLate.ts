import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from '../chain/deployment.ts';
import { readWindow } from '../chain/readWindow.ts';
import { WindowError } from '../errors.ts';
import { readTextBounded, writeFileAtomic } from '../files.ts';
import { type BookState, carryLate } from '../model/LateObligations.ts';
import { ObligationFile, type WindowBook } from '../model/ObligationFile.ts';
import type { ChainSession } from './openChain.ts';
import type { StreamPlace } from './planWindows.ts';
import type { Toolbox } from './toolbox.ts';

/**
 * Looks which windows the ledger has begun or closed, and moves obligations that came too late for theirs into the next
 * one, with `adjusts`. What each window is made of is kept in the data folder before anything of it is sent, for only who
 * made a window can tell what is in it.
 * @throws WindowError when there is no later window to take what is late, ChainUnavailableError, FileSystemError
 */
export async function bookLate(
  { config, onProgress }: Toolbox,
  { chain }: ChainSession,
  { deployment, place, books }: { deployment: Deployment; place: StreamPlace; books: readonly WindowBook[] },
): Promise<readonly WindowBook[]> {
  const pathOf = ({ label }: WindowBook) =>
    join(
      ...[config.dataDir, 'windows', `${place.chainId}-${place.contract.slice(2, 10)}`],
      `${place.stream}-${label}.ndjson`,
    );
  const states: BookState[] = [];
  for (const book of books) {
    const window = ObligationFile.windowNumber(book.label);
    const { state, next } = await readWindow(chain, deployment, { stream: place.stream, window });
    const isOpen = state === 'none' || (state === 'open' && next === 0);
    const path = pathOf(book);
    const [fixed] = isOpen || !existsSync(path) ? [] : ObligationFile.parse(await readTextBounded(path), path);
    states.push({ book, isOpen, fixed });
  }
  const { books: carried, waiting } = carryLate(states);
  if (waiting.length > 0) {
    const windows = [...new Set(waiting.map(({ adjusts }) => adjusts?.window))].join(', ');
    throw new WindowError(`${waiting.length} obligations came after their window was closed: ${windows}`, {
      at: windows,
      remedy: 'add the obligations of a later window that is not closed, which takes them; nothing was sent',
    });
  }
  for (const [i, book] of carried.entries()) {
    if (!states[i]?.isOpen) continue;
    await writeFileAtomic(pathOf(book), ObligationFile.toLines([book]), 0o600);
    const late = book.obligations.filter(({ adjusts }) => adjusts !== undefined).length;
    const label = `window ${book.label}`;
    if (late > 0) onProgress({ label, finished: true, note: `takes ${late} obligations of closed windows` });
  }
  return carried;
}
