/**
 * @module Windows of obligations as NDJSON, one obligation a line, version 1: `{"version","window","dateFrom","dateTo",
 * "asset","debtor","creditor","amount","valueDate","reference"}`. Amounts and references are decimal strings, days are
 * numbers. A line without a version was written before lines had one, and is read as version 1. An obligation that came
 * after its window was closed stands in a later one, with `"adjusts":{"window","valueDate"}` to say where it belonged.
 */
import { ObligationError } from '../errors.ts';
import { Decimal } from './Decimal.ts';
import { Json, type JsonValue } from './Json.ts';
import { Obligation } from './Obligation.ts';
import { SchemaVersion } from './SchemaVersion.ts';

/** Where a late obligation belonged: its window, which was closed, and its own value date. */
export type Adjusts = { readonly window: string; readonly valueDate: number };

export type BookedObligation = Obligation & { readonly adjusts?: Adjusts | undefined };

/** A window as an importer or a file gives it. */
export type WindowBook = {
  /** The month, such as `1994-03`. */
  readonly label: string;
  readonly dateFrom: number;
  readonly dateTo: number;
  readonly obligations: readonly BookedObligation[];
};

const version = 1;
const members = new Set([
  ...['version', 'window', 'dateFrom', 'dateTo', 'asset', 'debtor', 'creditor', 'amount', 'valueDate', 'reference'],
  'adjusts',
]);

/** Takes the lines of a file one by one. */
export type ObligationLines = {
  /** @throws ObligationError, SchemaVersionError, JsonError, InputPrecisionError */
  readonly add: (line: string, at: string) => void;
  /** Obligations of a window keep their order, windows come in the order of their labels. */
  readonly windows: () => readonly WindowBook[];
};

export const ObligationFile = {
  toLines: (windows: readonly WindowBook[]): string =>
    windows
      .flatMap(({ label, dateFrom, dateTo, obligations }) =>
        obligations.map(({ debtor, creditor, amount, valueDate, asset, reference, adjusts }) =>
          Json.stringify({
            ...{ version, window: label, dateFrom, dateTo, asset },
            ...{ debtor, creditor, amount, valueDate, reference },
            ...(adjusts ? { adjusts: { window: adjusts.window, valueDate: adjusts.valueDate } } : {}),
          }),
        ),
      )
      .map((line) => `${line}\n`)
      .join(''),

  /**
   * Parses the lines; obligations of a window keep their order, windows come in the order of their labels.
   * @throws ObligationError, SchemaVersionError, JsonError, InputPrecisionError, each with the line
   */
  parse: (text: string, source: string): readonly WindowBook[] => {
    const lines = ObligationFile.lines();
    for (const [i, line] of text.split('\n').entries()) {
      if (line.trim() !== '') lines.add(line, `${source}:${i + 1}`);
    }
    return lines.windows();
  },

  /** The same for a file that is read line by line. */
  lines: (): ObligationLines => {
    const windows = new Map<string, WindowBook & { readonly obligations: BookedObligation[] }>();
    return {
      add: (line, at) => {
        const { label, dateFrom, dateTo, obligation } = parseLine(Json.parseLine(line, at), at);
        const window = windows.get(label) ?? { label, dateFrom, dateTo, obligations: [] };
        if (window.dateFrom !== dateFrom || window.dateTo !== dateTo) {
          throw new ObligationError(`window ${label} has other dates than on an earlier line`, { at });
        }
        window.obligations.push(obligation);
        windows.set(label, window);
      },
      windows: () => [...windows.values()].sort((a, b) => (a.label < b.label ? -1 : 1)),
    };
  },

  /** The number of a month's window on chain: `1994-03` is 199403. */
  windowNumber: (label: string): number => Number(label.replace('-', '')),
} as const;

function parseLine(json: JsonValue, at: string) {
  if (!Json.isObject(json)) throw new ObligationError('a line is not an object', { at });
  SchemaVersion.check(json, { versions: [version], unnamed: version, at });
  const unknown = Object.keys(json).find((name) => !members.has(name));
  if (unknown !== undefined)
    throw new ObligationError(`a line has the unknown member ${JSON.stringify(unknown)}`, { at });
  const { window, dateFrom, dateTo, asset, debtor, creditor, valueDate } = json;
  const amount = Decimal.parse(json.amount);
  const reference = Decimal.parse(json.reference);
  if (!isMonth(window)) {
    throw new ObligationError('window is not a month such as "1994-03"', { at });
  }
  if (![dateFrom, dateTo, asset, debtor, creditor, valueDate].every(Number.isSafeInteger)) {
    throw new ObligationError('dateFrom, dateTo, asset, debtor, creditor and valueDate must be integers', { at });
  }
  if (amount === undefined || reference === undefined) {
    throw new ObligationError('amount and reference must be decimal strings', { at });
  }
  const numbers = { asset, debtor, creditor, valueDate } as Pick<
    Obligation,
    'asset' | 'debtor' | 'creditor' | 'valueDate'
  >;
  const checked = Obligation.check({ ...numbers, amount, reference }, at);
  const obligation = json.adjusts === undefined ? checked : { ...checked, adjusts: parseAdjusts(json.adjusts, at) };
  return { label: window, dateFrom: dateFrom as number, dateTo: dateTo as number, obligation };
}

function parseAdjusts(json: JsonValue, at: string): Adjusts {
  if (Json.isObject(json) && isMonth(json.window) && Number.isSafeInteger(json.valueDate)) {
    return { window: json.window, valueDate: json.valueDate as number };
  }
  throw new ObligationError('adjusts does not name a window and a value date', { at });
}

function isMonth(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9]{4}-(0[1-9]|1[0-2])$/.test(value);
}
