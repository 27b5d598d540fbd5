import { describe, expect, test } from 'vitest';
import { ObligationError, SchemaVersionError } from '../../src/errors.ts';
import { ObligationFile, type WindowBook } from '../../src/model/ObligationFile.ts';

const base = { asset: 203, debtor: 1, creditor: 0, amount: 5n, valueDate: 8405 };
const books: readonly WindowBook[] = [
  {
    ...{ label: '1993-01', dateFrom: 8401, dateTo: 8431 },
    obligations: [
      { ...base, reference: 1n },
      { ...base, reference: 2n, amount: 2n ** 64n - 1n },
    ],
  },
  { label: '1993-02', dateFrom: 8432, dateTo: 8459, obligations: [{ ...base, reference: 3n, valueDate: 8440 }] },
];
const text = ObligationFile.toLines(books);

describe('ObligationFile', () => {
  test('default: what is written is read again, at once or line by line', () => {
    expect(ObligationFile.parse(text, 'file')).toEqual(books);
    const lines = ObligationFile.lines();
    for (const [i, line] of text.trim().split('\n').entries()) lines.add(line, `file:${i + 1}`);
    expect(lines.windows()).toEqual(books);
  });

  test('R33 lines from before there were versions are migrated, also among others', () => {
    const [first = '', ...others] = text.split('\n');
    expect(ObligationFile.parse([first.replace('"version":1,', ''), ...others].join('\n'), 'file')).toEqual(books);
    expect(ObligationFile.parse(text.replaceAll('"version":1,', ''), 'file')).toEqual(books);
  });

  test.each(['2', '"1"', 'null', '0'])('R33 the version %s among others is refused with its line', (version) => {
    const lines = text.split('\n');
    const mixed = lines.with(1, (lines[1] as string).replace('"version":1', `"version":${version}`)).join('\n');
    expect(refusal(mixed)).toMatchObject({ name: SchemaVersionError.name, exitCode: 2, at: 'file:2' });
  });

  test('error: a member that nobody knows, other dates of a window', () => {
    expect(refusal(text.replace('{', '{"memo":"x",'))).toMatchObject({ name: ObligationError.name, at: 'file:1' });
    expect(refusal(text.replace('8431', '8430'))).toMatchObject({ name: ObligationError.name, at: 'file:2' });
  });
});

function refusal(lines: string): unknown {
  try {
    return ObligationFile.parse(lines, 'file');
  } catch (error) {
    const { name, exitCode, at } = error as ObligationError;
    return { name, exitCode, at };
  }
}
