import { join } from 'node:path';
import { inputSchema } from '../author/inputSchema.ts';
import { renderTypes } from '../author/renderTypes.ts';
import { writeFileAtomic } from '../files.ts';
import { compile } from './compile.ts';
import { computationFolder } from './findComputation.ts';
import type { Toolbox } from './toolbox.ts';

export type WriteTypesOptions = {
  readonly name: string;
  readonly size?: string | undefined;
  /** The computation's own folder by default. */
  readonly folder?: string | undefined;
};

/**
 * Writes the types of a computation's input, results and public signals (`types.ts`) and the JSON Schema of its input
 * (`input.schema.json`), both from the schema in its `computation.ts`. Returns the paths.
 * @throws the errors of `compile`
 */
export async function writeTypes(
  toolbox: Toolbox,
  { name, size, folder = computationFolder(toolbox.config, name) }: WriteTypesOptions,
): Promise<readonly string[]> {
  const { circuit } = await compile(toolbox, { name, size });
  const files = [
    { path: join(folder, 'types.ts'), text: renderTypes(circuit) },
    { path: join(folder, 'input.schema.json'), text: `${JSON.stringify(inputSchema(circuit), undefined, 2)}\n` },
  ];
  for (const { path, text } of files) await writeFileAtomic(path, text);
  return files.map(({ path }) => path);
}
