/**
 * @module Payments as NDJSON, one a line, version 1: `{"version","id","sequence","paidAt","asset","debtor","creditor",
 * "amount","references","valueDate"}`. Amounts and references are decimal strings, times are seconds, days are numbers;
 * `valueDate` may be left out.
 */
import { PaymentError } from '../errors.ts';
import { Decimal } from './Decimal.ts';
import { Json } from './Json.ts';
import { Payment } from './Payment.ts';
import { SchemaVersion } from './SchemaVersion.ts';

const version = 1;
const members = new Set([
  ...['version', 'id', 'sequence', 'paidAt', 'asset', 'debtor', 'creditor', 'amount', 'references', 'valueDate'],
]);

export const PaymentFile = {
  version,

  toLine: ({ references, ...payment }: Payment): string => Json.stringify({ version, ...payment, references }),

  toLines: (payments: readonly Payment[]): string =>
    payments.map((payment) => `${PaymentFile.toLine(payment)}\n`).join(''),

  /**
   * Parses a line; `at` is its place for the error. Unknown members are refused.
   * @throws PaymentError, SchemaVersionError, JsonError, InputPrecisionError
   */
  parseLine: (line: string, at: string): Payment => {
    const json = Json.parseLine(line, at);
    if (!Json.isObject(json)) throw new PaymentError('a line is not an object', { at });
    SchemaVersion.check(json, { versions: [version], at });
    const unknown = Object.keys(json).find((name) => !members.has(name));
    if (unknown !== undefined)
      throw new PaymentError(`a line has the unknown member ${JSON.stringify(unknown)}`, { at });
    const amount = Decimal.parse(json.amount);
    const references = Array.isArray(json.references) ? json.references.map(Decimal.parse) : [];
    if (amount === undefined || references.includes(undefined)) {
      throw new PaymentError('amount and references must be decimal strings', { at });
    }
    const { id, sequence, paidAt, asset, debtor, creditor, valueDate } = json;
    const payment = { id, sequence, paidAt, asset, debtor, creditor, amount, references };
    const dated = valueDate === undefined ? payment : { ...payment, valueDate };
    return Payment.check(dated as unknown as Payment, at);
  },
} as const;
