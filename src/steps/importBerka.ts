import { UsageError } from '../errors.ts';
import { writeFileAtomic } from '../files.ts';
import { type Berka, importBerka as readBerka } from '../importers/berka.ts';
import { type BerkaFacts, berkaFacts } from '../importers/facts.ts';
import { groupByMonth, monthOf } from '../importers/months.ts';
import { orderBook, transferPayments } from '../importers/payments.ts';
import { ObligationFile, type WindowBook } from '../model/ObligationFile.ts';
import { Payment } from '../model/Payment.ts';
import { PaymentFile } from '../model/PaymentFile.ts';
import { secretSeed } from './secretSeed.ts';
import type { Toolbox } from './toolbox.ts';

export type Imported = {
  readonly facts: BerkaFacts;
  readonly participants: Berka['participants'];
  readonly windows: readonly WindowBook[];
  readonly payments: readonly Payment[];
  readonly dropped: Berka['dropped'];
};

export type ImportBerkaOptions = {
  /** Holds `trans.asc` and `order.asc`. */
  readonly dir: string;
  /** Leave malformed rows out and report them, instead of ending the import at the first. */
  readonly badRows?: 'refuse' | 'drop' | undefined;
  /** Take one month only, such as `1994-03`. */
  readonly month?: string | undefined;
  /** What is owed: each transfer itself, or each standing order once a month. Default: transfers. */
  readonly owed?: 'transfers' | 'orders' | undefined;
  /** Where to write the obligations as NDJSON. */
  readonly out?: string | undefined;
  /** Where to write the transfers as payments, as NDJSON. */
  readonly paymentsOut?: string | undefined;
};

/** The stream's number of the Czech koruna, from ISO 4217. */
const korunaNumber = 203;

/**
 * Imports the PKDD'99 bank data: what was owed as obligations in monthly windows, and the transfers as payments. The secrets of the references come
 * from a seed that stays in the data folder.
 * @throws ImportError, InputFileError, UsageError
 */
export async function importBerka(
  { config, onProgress }: Toolbox,
  { dir, badRows, month, owed, out, paymentsOut }: ImportBerkaOptions,
): Promise<Imported> {
  const label = 'import berka';
  onProgress({ label });
  const seed = await secretSeed(config.dataDir, 'berka-references');
  const berka = await readBerka({ dir, seed, asset: korunaNumber, badRows });
  const { obligations, payments: all } =
    owed === 'orders'
      ? orderBook(berka, { seed, asset: korunaNumber })
      : { obligations: berka.obligations, payments: transferPayments(berka) };
  const months = groupByMonth(obligations);
  const windows = month === undefined ? months : months.filter((window) => window.label === month);
  if (windows.length === 0) {
    throw new UsageError(`there are no transfers in ${month ?? 'this data'}`, {
      remedy: `months with transfers: ${months.map((window) => window.label).join(', ') || 'none'}`,
    });
  }
  const payments = month === undefined ? all : all.filter((payment) => monthOf(Payment.day(payment)) === month);
  if (out !== undefined) await writeFileAtomic(out, ObligationFile.toLines(windows), 0o600);
  if (paymentsOut !== undefined) await writeFileAtomic(paymentsOut, PaymentFile.toLines(payments), 0o600);
  const facts = berkaFacts(berka);
  onProgress({ label, finished: true, note: `${obligations.length.toLocaleString('en')} obligations` });
  return { facts, participants: berka.participants, windows, payments, dropped: berka.dropped };
}
