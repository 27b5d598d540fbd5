import { relative, resolve } from 'node:path';
import { writeTypes } from '../../steps/writeTypes.ts';
import type { Command } from '../command.ts';

export const typesCommand: Command = {
  name: 'types',
  summary: "write TypeScript types and a JSON Schema of a computation's input and results",
  usage: '<computation>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    size: { type: 'string', value: '<size>', summary: 'the size that lengths are of; default: the first' },
    out: { type: 'string', short: 'o', value: '<folder>', summary: "default: the computation's folder" },
  },
  notes: 'Writes types.ts and input.schema.json, and replaces them when they are there.',
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const written = await writeTypes(
      { config, onProgress, signal },
      {
        name: positionals[0] as string,
        size: options.size as string | undefined,
        folder: options.out === undefined ? undefined : resolve(cwd, options.out as string),
      },
    );
    return { text: written.map((path) => `written  ${relative(cwd, path)}`).join('\n'), json: { written } };
  },
};
