import { createHash } from 'node:crypto';
import { Json } from '../model/Json.ts';
import { readSources } from './includes.ts';

/** The circom sources that a computation stands on. Hashes are SHA-256, lower-case hex. */
export type SourceList = {
  /** Over the canonical JSON of `files`. */
  readonly sha256: string;
  /** In order of name; names are those that circom sees, such as `circuits/square/Square.circom`. */
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
};

export type SourceListOptions = {
  readonly circuitsDir: string;
  readonly name: string;
  readonly template: string;
};

/** Hashes a computation's template and all that it includes. @throws IncludeError, ArtifactEscapeError, InputFileError */
export async function listSources({ circuitsDir, name, template }: SourceListOptions): Promise<SourceList> {
  const sources = await readSources(`circuits/${name}/${template}.circom`, { circuitsDir, computation: name });
  const files = sources.map((source) => ({ name: source.name, sha256: sha256(source.text) }));
  return { sha256: sha256(Json.canonical(files)), files };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
