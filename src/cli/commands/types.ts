import { relative } from 'node:path';
import { writeTypes } from '../../steps/writeTypes.ts';
import { authorCommand } from '../authorCommand.ts';

export const typesCommand = authorCommand({
  name: 'types',
  summary: "write TypeScript types and a JSON Schema of a computation's input and results",
  size: 'the size that lengths are of; default: the first',
  out: { value: '<folder>', summary: "default: the computation's folder" },
  notes: 'Writes types.ts and input.schema.json, and replaces them when they are there.',
  write: async (toolbox, { name, size, out: folder }, cwd) => {
    const written = await writeTypes(toolbox, { name, size, folder });
    return { text: written.map((path) => `written  ${relative(cwd, path)}`).join('\n'), json: { written } };
  },
});
