import { init } from '../../steps/init.ts';
import type { Command } from '../command.ts';

export const initCommand: Command = {
  name: 'init',
  summary: 'start a computation of your own',
  usage: '<name>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {},
  notes: [
    'Writes a computation that works into circuits/<name>/: its template, computation.ts, examples.json for `tally test`, an',
    'input. Adds tally.config.ts and a line in .gitignore where there are none. Overwrites nothing.',
  ].join('\n'),
  run: async ({ positionals, config, onProgress, signal }) => {
    const name = positionals[0] as string;
    const { written } = await init({ config, onProgress, signal }, { name });
    const next = [`Next: tally test ${name}`, `      tally deploy ${name}`, `      tally types ${name}`];
    return { text: [...written.map((path) => `written  ${path}`), '', ...next].join('\n'), json: { name, written } };
  },
};
