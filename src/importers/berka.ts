/**
 * @module The PKDD'99 "Berka" data: a Czech bank's transactions of 1993 to 1998 (Berka and Sochorova, Discovery Challenge
 * guide to the financial data set, PKDD 1999). Each transfer between the bank and another one becomes an obligation
 * between the two banks; whose accounts they concern shows only in the reference, which is a hash.
 */
import { join } from 'node:path';
import { type BadRows, type DroppedRow, type Row, readCsv } from './csv.ts';
import { checkSeed, hub, type ImportedObligation, type Participant, withReference } from './imported.ts';
import { type Day, dayOf } from './months.ts';

export type BerkaOptions = {
  /** Holds `trans.asc` and `order.asc`. */
  readonly dir: string;
  /** At least 16 bytes, from which the secrets of the references are derived; the same seed gives the same ones. */
  readonly seed: Uint8Array;
  /** The stream's number of the asset. */
  readonly asset: number;
  readonly badRows?: BadRows | undefined;
};

/** A transfer from or to another bank. */
export type Transfer = {
  readonly line: number;
  readonly transId: string;
  readonly account: string;
  readonly date: Day;
  readonly direction: 'out' | 'in';
  readonly partner: string;
  readonly partnerAccount: string;
  /** In haler, hundredths of a koruna. */
  readonly amount: bigint;
};

/** A standing order of the bank's customer to pay an amount every month. */
export type StandingOrder = Pick<Transfer, 'account' | 'partner' | 'partnerAccount' | 'amount'> & {
  readonly orderId: string;
};

export type Berka = {
  /** The bank with number 0, then its partners by code. */
  readonly participants: readonly Participant[];
  /** In the order of the file; the i-th comes from the i-th transfer. Amounts in haler. */
  readonly obligations: readonly ImportedObligation[];
  readonly transfers: readonly Transfer[];
  readonly orders: readonly StandingOrder[];
  readonly dropped: readonly DroppedRow[];
  /** Good rows of `trans.asc`, transfers or not. */
  readonly transactions: number;
};

const transactionColumns = 'trans_id account_id date type operation amount balance k_symbol bank account'.split(' ');
const orderColumns = 'order_id account_id bank_to account_to amount k_symbol'.split(' ');
const operations: Readonly<Record<string, Transfer['direction']>> = { 'PREVOD NA UCET': 'out', 'PREVOD Z UCTU': 'in' };

/**
 * Reads the bank's transactions and standing orders.
 * @throws ImportError with file and line, InputFileError
 * @example
 * const { participants, obligations, dropped } = await importBerka({ dir: 'data/berka', seed, asset: 1 });
 */
export async function importBerka({ dir, seed, asset, badRows }: BerkaOptions): Promise<Berka> {
  checkSeed(seed);
  const shared = { delimiter: ';', badRows } as const;
  const transactions = await readCsv({
    ...shared,
    path: join(dir, 'trans.asc'),
    columns: transactionColumns,
    parseRow: parseTransaction,
  });
  const orders = await readCsv({
    ...shared,
    path: join(dir, 'order.asc'),
    columns: orderColumns,
    parseRow: parseOrder,
  });
  const transfers = transactions.rows.flatMap(({ transfer }) => transfer ?? []);
  const participants = numberPartners(transfers);
  const numbers = new Map(participants.map(({ code, number }) => [code, number]));
  return {
    participants,
    obligations: transfers.map((transfer) => toObligation(transfer, { numbers, seed, asset })),
    transfers,
    orders: orders.rows,
    dropped: [...transactions.dropped, ...orders.dropped],
    transactions: transactions.rows.length,
  };
}

/** Cash, interest and fees stay within the bank; everything with a partner bank is a transfer. */
type Transaction = { readonly transfer: Transfer | undefined };

function parseTransaction({ line, cells }: Row): Transaction | string {
  const [transId = '', account = '', dateText = '', , operation = '', amountText = '', , , partner = '', other = ''] =
    cells;
  const date = parseDate(dateText);
  const amount = parseAmount(amountText);
  if (![transId, account].every(isNumber)) return 'trans_id or account_id is not a number';
  if (date === undefined) return 'date is not a day written as yymmdd';
  if (amount === undefined) return 'amount is not a number with two decimals';
  if (partner === '') return { transfer: undefined };
  const direction = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (!isBank(partner)) return 'bank is not a code of two letters';
  if (!isNumber(other)) return 'the account at the other bank is not a number';
  if (direction === undefined) return 'operation is no transfer although a bank is named';
  if (amount === 0n) return 'amount of a transfer is zero';
  return { transfer: { line, transId, account, date, direction, partner, partnerAccount: other, amount } };
}

function parseOrder({ cells }: Row): StandingOrder | string {
  const [orderId = '', account = '', partner = '', partnerAccount = '', amountText = ''] = cells;
  const amount = parseAmount(amountText);
  if (![orderId, account, partnerAccount].every(isNumber)) return 'an order or account number is not a number';
  if (!isBank(partner)) return 'bank_to is not a bank code of two letters';
  if (amount === undefined) return 'amount is not a number with two decimals';
  return { orderId, account, partner, partnerAccount, amount };
}

function isNumber(text: string): boolean {
  return /^[0-9]{1,12}$/.test(text);
}

function isBank(text: string): boolean {
  return /^[A-Z]{2}$/.test(text);
}

/** `1234.50` as 123450: the digits themselves, never a floating-point number. */
function parseAmount(text: string): bigint | undefined {
  const digits = /^([0-9]{1,14})\.([0-9]{2})$/.exec(text);
  return digits ? BigInt(`${digits[1]}${digits[2]}`) : undefined;
}

/** `930105` is 5 January 1993; the data holds years of the twentieth century only. */
function parseDate(text: string): Day | undefined {
  const parts = /^([0-9]{2})([0-9]{2})([0-9]{2})$/.exec(text)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0] = parts;
  return dayOf(1900 + year, month, day);
}

function numberPartners(transfers: readonly Transfer[]): readonly Participant[] {
  const codes = [...new Set(transfers.map(({ partner }) => partner))].sort();
  return [hub, ...codes.map((code, i) => ({ number: i + 1, code }))];
}

type ToObligation = {
  readonly numbers: ReadonlyMap<string, number>;
  readonly seed: Uint8Array;
  readonly asset: number;
};

function toObligation(transfer: Transfer, { numbers, seed, asset }: ToObligation): ImportedObligation {
  const { transId, account, partner, partnerAccount, date, amount } = transfer;
  const other = numbers.get(partner) as number;
  const [debtor, creditor] = transfer.direction === 'out' ? [hub.number, other] : [other, hub.number];
  const externalRef = `berka/${transId}/${account}/${partner}-${partnerAccount}`;
  return withReference({ debtor, creditor, amount, valueDate: date, asset }, { externalRef, seed });
}
