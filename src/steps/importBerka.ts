import { UsageError } from '../errors.ts';
import { writeFileAtomic } from '../files.ts';
import { type Berka, importBerka as readBerka } from '../importers/berka.ts';
import { type BerkaFacts, berkaFacts } from '../importers/facts.ts';
import { groupByMonth } from '../importers/months.ts';
import { ObligationFile, type WindowBook } from '../model/ObligationFile.ts';
import { secretSeed } from './secretSeed.ts';
import type { Toolbox } from './toolbox.ts';

export type Imported = {
  readonly facts: BerkaFacts;
  readonly participants: Berka['participants'];
  readonly windows: readonly WindowBook[];
  readonly dropped: Berka['dropped'];
};

export type ImportBerkaOptions = {
  /** Holds `trans.asc` and `order.asc`. */
  readonly dir: string;
  /** Leave malformed rows out and report them, instead of ending the import at the first. */
  readonly badRows?: 'refuse' | 'drop' | undefined;
  /** Take one month only, such as `1994-03`. */
  readonly month?: string | undefined;
  /** Where to write the obligations as NDJSON. */
  readonly out?: string | undefined;
};

/** The stream's number of the Czech koruna, from ISO 4217. */
const korunaNumber = 203;

/**
 * Imports the transfers of the PKDD'99 bank data as obligations in monthly windows. The secrets of the references come
 * from a seed that stays in the data folder.
 * @throws ImportError, InputFileError, UsageError
 */
export async function importBerka(
  { config, onProgress }: Toolbox,
  { dir, badRows, month, out }: ImportBerkaOptions,
): Promise<Imported> {
  const label = 'import berka';
  onProgress({ label });
  const seed = await secretSeed(config.dataDir, 'berka-references');
  const berka = await readBerka({ dir, seed, asset: korunaNumber, badRows });
  const months = groupByMonth(berka.obligations);
  const windows = month === undefined ? months : months.filter((window) => window.label === month);
  if (windows.length === 0) {
    throw new UsageError(`there are no transfers in ${month ?? 'this data'}`, {
      remedy: `months with transfers: ${months.map((window) => window.label).join(', ') || 'none'}`,
    });
  }
  if (out !== undefined) await writeFileAtomic(out, ObligationFile.toLines(windows), 0o600);
  const facts = berkaFacts(berka);
  onProgress({ label, finished: true, note: `${facts.count.toLocaleString('en')} obligations` });
  return { facts, participants: berka.participants, windows, dropped: berka.dropped };
}
