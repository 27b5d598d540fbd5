import { InputTypeError, type TallyError } from '../errors.ts';
import { lineText, readLines } from '../files.ts';
import { Json } from '../model/Json.ts';
import type { RawInput } from './planStatements.ts';

/** A line of an inputs file: an input under its caller's id, or why it is none. */
export type InputLine =
  | { readonly line: number; readonly raw: RawInput }
  | { readonly line: number; readonly error: TallyError };

/** The largest input of a circuit of 2^20 signals is smaller. */
export const lineBytesMax = 32 * 2 ** 20;
const callerKeyMax = 256;

/**
 * Reads an NDJSON file of `{"id": "…", "input": {…}}` line by line: however many there are, one is in memory.
 * @throws InputFileError when it is not a regular file, or a line is longer than 32 MiB
 */
export async function* readInputLines(path: string): AsyncGenerator<InputLine> {
  for await (const { number, bytes } of readLines(path, lineBytesMax)) {
    yield parseLine(bytes, number, `${path}:${number}`);
  }
}

function parseLine(bytes: Uint8Array, line: number, at: string): InputLine {
  try {
    const value = Json.parse(lineText(bytes, at), at);
    const { id, input } = Json.isObject(value) ? value : {};
    if (typeof id !== 'string' || id.length < 1 || id.length > callerKeyMax || input === undefined) {
      throw new InputTypeError('a line is not {"id": "…", "input": {…}} with an id of at most 256 characters', { at });
    }
    return { line, raw: { id, input } };
  } catch (error) {
    return { line, error: error as TallyError };
  }
}
