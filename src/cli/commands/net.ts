import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { readTextBounded } from '../../files.ts';
import { ObligationFile } from '../../model/ObligationFile.ts';
import { netWindows } from '../../pipeline.ts';
import { openChain } from '../../steps/openChain.ts';
import type { Command } from '../command.ts';
import { netJson, netText } from '../netReport.ts';
import { wholeNumber, workerCount } from '../numbers.ts';

export const netCommand: Command = {
  name: 'net',
  summary: 'net windows of obligations: prove every chunk, record it, disclose and check the positions',
  usage: '<obligations.ndjson>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    window: { type: 'string', value: '<yyyy-mm>', summary: 'net one window only' },
    stream: { type: 'string', value: '<number>', summary: 'the stream that the windows belong to; default: 1' },
    size: { type: 'string', value: '<size>', summary: 'the size of the circuits; default: the first' },
    threads: { type: 'string', value: '<number>', summary: 'workers; default: one per processor' },
  },
  notes: [
    'The file is what `tally import` writes. A run that was cut short goes on where it stopped: proofs are kept, and',
    'what the chain has is adopted. The salts of the commitments stay in the data folder. An obligation that comes when',
    'its window is closed goes into the next window of the file, due on its first day, and says which one it adjusts.',
  ].join('\n'),
  run: async ({ positionals, options, config, cwd, onProgress, signal, traces }) => {
    const path = resolve(cwd, positionals[0] as string);
    const stream = wholeNumber(options.stream, 'stream', { min: 1 }) ?? 1;
    const threads = workerCount(options.threads);
    const all = ObligationFile.parse(await readTextBounded(path), path);
    const books = options.window === undefined ? all : all.filter(({ label }) => label === options.window);
    if (books.length === 0) {
      throw new UsageError(`${path} has no obligations${options.window ? ` in window ${options.window}` : ''}`);
    }
    const toolbox = { config, onProgress, signal, traces };
    const size = options.size as string | undefined;
    const session = await openChain(toolbox);
    try {
      const { journal } = session;
      const result = await netWindows(toolbox, session, { books, stream, size, threads, journal });
      return { text: netText(result), json: netJson(result) };
    } finally {
      await session.close();
    }
  },
};
