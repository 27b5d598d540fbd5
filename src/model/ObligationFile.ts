/**
 * @module Windows of obligations as NDJSON, one obligation a line: `{"window","dateFrom","dateTo","asset","debtor",
 * "creditor","amount","valueDate","reference"}`. Amounts and references are decimal strings, days are numbers.
 */
import { ObligationError } from '../errors.ts';
import { Decimal } from './Decimal.ts';
import { Json, type JsonValue } from './Json.ts';
import { Obligation } from './Obligation.ts';

/** A window as an importer or a file gives it. */
export type WindowBook = {
  /** The month, such as `1994-03`. */
  readonly label: string;
  readonly dateFrom: number;
  readonly dateTo: number;
  readonly obligations: readonly Obligation[];
};

export const ObligationFile = {
  toLines: (windows: readonly WindowBook[]): string =>
    windows
      .flatMap(({ label, dateFrom, dateTo, obligations }) =>
        obligations.map(({ debtor, creditor, amount, valueDate, asset, reference }) =>
          Json.stringify({
            ...{ window: label, dateFrom, dateTo, asset },
            ...{ debtor, creditor, amount, valueDate, reference },
          }),
        ),
      )
      .map((line) => `${line}\n`)
      .join(''),

  /**
   * Parses the lines; obligations of a window keep their order, windows come in the order of their labels.
   * @throws ObligationError, JsonError, InputPrecisionError, each with the line
   */
  parse: (text: string, source: string): readonly WindowBook[] => {
    const windows = new Map<string, WindowBook & { readonly obligations: Obligation[] }>();
    for (const [i, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue;
      const at = `${source}:${i + 1}`;
      const { label, dateFrom, dateTo, obligation } = parseLine(Json.parse(line, at), at);
      const window = windows.get(label) ?? { label, dateFrom, dateTo, obligations: [] };
      if (window.dateFrom !== dateFrom || window.dateTo !== dateTo) {
        throw new ObligationError(`window ${label} has other dates than on an earlier line`, { at });
      }
      window.obligations.push(obligation);
      windows.set(label, window);
    }
    return [...windows.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  },

  /** The number of a month's window on chain: `1994-03` is 199403. */
  windowNumber: (label: string): number => Number(label.replace('-', '')),
} as const;

function parseLine(json: JsonValue, at: string) {
  if (!Json.isObject(json)) throw new ObligationError('a line is not an object', { at });
  const { window, dateFrom, dateTo, asset, debtor, creditor, valueDate } = json;
  const amount = Decimal.parse(json.amount);
  const reference = Decimal.parse(json.reference);
  if (typeof window !== 'string' || !/^[0-9]{4}-(0[1-9]|1[0-2])$/.test(window)) {
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
  const obligation = Obligation.check({ ...numbers, amount, reference }, at);
  return { label: window, dateFrom: dateFrom as number, dateTo: dateTo as number, obligation };
}
