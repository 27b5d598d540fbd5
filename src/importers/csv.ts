/** @module Reads delimited text whose rows come with the line they stand on, and whose bad rows are never lost in silence. */
import { basename } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { ImportError } from '../errors.ts';
import { readTextBounded } from '../files.ts';

/** The complete file of the largest data set we import has 70 MB. */
const csvBytesMax = 256 * 2 ** 20;

type CsvFile = {
  readonly path: string;
  /** The names of the first row, in order; a file with others is refused. */
  readonly columns: readonly string[];
  readonly delimiter: ';' | ',';
};

export type Row = { readonly line: number; readonly cells: readonly string[] };

/** A row that was left out, and why; never its content. */
export type DroppedRow = { readonly file: string; readonly line: number; readonly why: string };

/** What to do with a row that does not parse: end the import, or leave the row out and report it. */
export type BadRows = 'refuse' | 'drop';

export type CsvOptions<T> = CsvFile & {
  readonly badRows?: BadRows | undefined;
  /** The row's meaning, or a text that says what is wrong with it without quoting it. */
  readonly parseRow: (row: Row) => T | string;
};

/**
 * Parses each row of a file. A last row without an end of line that does not parse is a truncated file's: it is always
 * left out and reported. Any other bad row ends the import unless `badRows` is `drop`.
 * @throws ImportError with file and line, InputFileError
 */
export async function readCsv<T>(
  options: CsvOptions<T>,
): Promise<{ readonly rows: T[]; readonly dropped: DroppedRow[] }> {
  const { path, columns, parseRow } = options;
  const file = basename(path);
  const text = await readTextBounded(path, csvBytesMax);
  const cut = text.lastIndexOf('\n') + 1;
  const [head, ...body] = splitRows(text.slice(0, cut), options);
  if (head === undefined || typeof head.cells === 'string' || head.cells.join() !== columns.join()) {
    throw new ImportError(`${file} does not start with the expected column names`, {
      at: `${path}:1`,
      remedy: `the first line must name: ${columns.join(', ')}`,
    });
  }
  const last = splitRows(text.slice(cut), options).map((row) => ({ ...row, line: countLines(text, cut) }));
  const rows: T[] = [];
  const dropped: DroppedRow[] = [];
  for (const row of [...body, ...last]) {
    const { line, cells } = row;
    const parsed = typeof cells === 'string' ? cells : (checkWidth(cells, columns) ?? parseRow({ line, cells }));
    if (typeof parsed !== 'string') rows.push(parsed);
    else if (last.includes(row)) dropped.push({ file, line, why: `the file is cut here: ${parsed}` });
    else if (options.badRows === 'drop') dropped.push({ file, line, why: parsed });
    else throw badRow(path, line, parsed);
  }
  return { rows, dropped };
}

function badRow(path: string, line: number, why: string): ImportError {
  return new ImportError(`line ${line} of ${basename(path)} is malformed: ${why}`, {
    at: `${path}:${line}`,
    remedy: 'correct the row, or ask for bad rows to be dropped; each one is then reported',
  });
}

type Split = { readonly line: number; readonly cells: readonly string[] | string };

/**
 * Cells of each row, or in their place what the CSV itself got wrong. A row is a line: a quote that never closes spoils
 * its own row and not all that follow. Parsing at once is four times faster, parsing by line knows the bad lines.
 */
function splitRows(text: string, file: CsvFile): readonly Split[] {
  try {
    const rows = parseRows(text, file).map(({ record, info }) => ({ line: info.lines, cells: record }));
    if (!rows.some(({ cells }) => cells.some((cell) => cell.includes('\n')))) return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return text.split('\n').flatMap((content, index) => splitLine(content, index + 1, file));
}

function splitLine(content: string, line: number, file: CsvFile): readonly Split[] {
  try {
    return parseRows(content, file).map(({ record }) => ({ line, cells: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return [{ line, cells: 'a quote is out of place' }];
  }
}

type Parsed = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

function parseRows(text: string, { delimiter }: CsvFile): readonly Parsed[] {
  const options = { delimiter, bom: true, info: true, relax_column_count: true, skip_empty_lines: true } as const;
  // The declared result of `parse` does not know of `info`.
  return parse(text, options) as unknown as readonly Parsed[];
}

function checkWidth(cells: readonly string[], columns: readonly string[]): string | undefined {
  return cells.length === columns.length ? undefined : `${cells.length} cells in place of ${columns.length}`;
}

function countLines(text: string, end: number): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
