import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { InputFileError, InputTypeError, type TallyError } from '../errors.ts';
import { Json } from '../model/Json.ts';
import type { RawInput } from './planStatements.ts';

/** A line of an inputs file: an input under its caller's id, or why it is none. */
export type InputLine =
  | { readonly line: number; readonly raw: RawInput }
  | { readonly line: number; readonly error: TallyError };

/** The largest input of a circuit of 2^20 signals is smaller. */
export const lineBytesMax = 32 * 2 ** 20;
const callerKeyMax = 256;
const newline = 0x0a;

/**
 * Reads an NDJSON file of `{"id": "…", "input": {…}}` line by line: however many there are, one is in memory.
 * @throws InputFileError when it is not a regular file, or a line is longer than 32 MiB
 */
export async function* readInputLines(path: string): AsyncGenerator<InputLine> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) => {
    throw new InputFileError(`cannot open ${path}`, { at: path, cause });
  });
  try {
    if (!(await handle.stat()).isFile()) throw new InputFileError(`${path} is not a regular file`, { at: path });
    let line = 0;
    for await (const bytes of splitLines(handle.createReadStream({ autoClose: false }), path)) {
      line++;
      if (bytes.some((byte) => byte > 0x20)) yield parseLine(bytes, line, `${path}:${line}`);
    }
  } finally {
    await handle.close();
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, to)]);
      begun = [];
      length = 0;
      from = to + 1;
    }
    begun.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > lineBytesMax) {
      throw new InputFileError(`a line of ${path} has more than the ${lineBytesMax} bytes that are read`, { at: path });
    }
  }
  if (length > 0) yield Buffer.concat(begun);
}

function parseLine(bytes: Buffer, line: number, at: string): InputLine {
  try {
    const value = Json.parse(decode(bytes, at), at);
    const { id, input } = Json.isObject(value) ? value : {};
    if (typeof id !== 'string' || id.length < 1 || id.length > callerKeyMax || input === undefined) {
      throw new InputTypeError('a line is not {"id": "…", "input": {…}} with an id of at most 256 characters', { at });
    }
    return { line, raw: { id, input } };
  } catch (error) {
    return { line, error: error as TallyError };
  }
}

function decode(bytes: Buffer, at: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new InputFileError('a line is not UTF-8 text', { at, cause });
  }
}
