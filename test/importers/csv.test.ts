import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ImportError, InputFileError } from '../../src/errors.ts';
import { type BadRows, readCsv } from '../../src/importers/csv.ts';

async function read(text: string, badRows?: BadRows) {
  const dir = await mkdtemp(join(tmpdir(), 'tally-csv-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, 'rows.csv');
  await writeFile(path, text);
  return readCsv({
    path,
    badRows,
    columns: ['a', 'b'],
    delimiter: ';',
    parseRow: ({ line, cells }) => (cells[1] === 'bad' ? 'b is bad' : { line, b: cells[1] }),
  });
}

describe('readCsv', () => {
  test('gives rows with their lines', async () => {
    const { rows, dropped } = await read('"a";"b"\r\n1;"x;y"\r\n\r\n2;"say ""z"""\r\n');
    expect(rows).toEqual([
      { line: 2, b: 'x;y' },
      { line: 4, b: 'say "z"' },
    ]);
    expect(dropped).toEqual([]);
  });

  test('behavior: a last row without an end of line counts when it is whole', async () => {
    expect(await read('a;b\n1;x\n2;y')).toEqual({
      rows: [
        { line: 2, b: 'x' },
        { line: 3, b: 'y' },
      ],
      dropped: [],
    });
  });

  test.each(['2', '2;"y', '2;bad', '2;y;z'])('behavior: a last row cut to %j is dropped and reported', async (tail) => {
    const { rows, dropped } = await read(`a;b\n1;x\n${tail}`);
    expect(rows).toEqual([{ line: 2, b: 'x' }]);
    expect(dropped).toEqual([{ file: 'rows.csv', line: 3, why: expect.stringContaining('cut') }]);
  });

  test.each(['2', '2;"y', '2;bad', '2;y;z', '2;"y"z', '2;y"z'])('error: the row %j in the middle', async (row) => {
    const reading = read(`a;b\n1;x\n${row}\n3;z\n`);
    await expect(reading).rejects.toThrow(ImportError);
    await expect(reading).rejects.toMatchObject({ at: expect.stringMatching(/rows\.csv:3$/) });
  });

  test.each(['2', '2;"y', '2;bad', '2;y;z', '2;"y"z', '2;y"z'])(
    'behavior: the row %j alone is dropped when asked for',
    async (row) => {
      const { rows, dropped } = await read(`a;b\n1;x\n${row}\n3;z\n`, 'drop');
      expect(rows.map(({ line }) => line)).toEqual([2, 4]);
      expect(dropped.map(({ line }) => line)).toEqual([3]);
    },
  );

  test.each(['', 'a\n', 'b;a\n1;x\n', 'a;b;c\n', '"a;b\n'])('error: a file that starts with %j', async (text) => {
    await expect(read(text, 'drop')).rejects.toThrow(ImportError);
  });

  test('error: the message names the place and not the content', async () => {
    const error: ImportError = await read('a;b\n4711;0815;4242\n').catch((reason) => reason);
    expect(error.message).toMatch(/line 2 of rows\.csv/);
    expect(error.message).not.toMatch(/4711|0815|4242/);
  });

  test('error: no such file', async () => {
    const reading = readCsv({ path: '/nowhere.csv', columns: [], delimiter: ';', parseRow: () => 'never' });
    await expect(reading).rejects.toThrow(InputFileError);
  });
});
