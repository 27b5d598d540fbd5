import { work } from '../../steps/work.ts';
import type { Command } from '../command.ts';
import { wholeNumber } from '../numbers.ts';

export const workCommand: Command = {
  name: 'work',
  summary: 'prove the jobs that runs have taken in, in as many processes as you like',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {
    threads: { type: 'string', value: '<number>', summary: 'jobs at the same time; default: one per processor' },
    drain: { type: 'string', value: '<seconds>', summary: 'how long running jobs may take after SIGTERM; default: 30' },
    'until-empty': { type: 'boolean', summary: 'stop when nothing is left to fetch' },
  },
  notes: [
    'A worker that is killed loses nothing: its jobs go to another within some 15 seconds. SIGTERM or Ctrl-C makes it take',
    'nothing new, finish what it has or put it back, and exit with 0.',
  ].join('\n'),
  run: async ({ options, config, onProgress, signal, traces }) => {
    const drainSec = wholeNumber(options.drain, 'drain');
    const report = await work(
      { config, onProgress, signal, traces },
      {
        threads: wholeNumber(options.threads, 'threads', { min: 1 }),
        drainMs: drainSec === undefined ? undefined : drainSec * 1000,
        until: options['until-empty'] ? 'empty' : 'stopped',
      },
    );
    const told = Object.entries(report.outcomes).filter(([, number]) => number > 0);
    const text = told.map(([name, number]) => `${number} ${name}`).join(', ') || 'nothing to do';
    return { text, json: report };
  },
};
