/**
 * @module The report of a reconciliation, version 1: canonical JSON (RFC 8785) in which every list has one order, without
 * times of its own. The same records under the same policy give the same bytes, in whatever order they were read.
 */
import { createHash, hash } from 'node:crypto';
import { type BreakClass, breakClasses, Finding } from '../model/Finding.ts';
import type { Hex } from '../model/Hex.ts';
import { Json } from '../model/Json.ts';
import type { WindowBook } from '../model/ObligationFile.ts';
import type { Payment } from '../model/Payment.ts';
import { Policy } from '../model/Policy.ts';
import type { Compared } from './match.ts';
import { findPatterns, type Pattern } from './patterns.ts';
import { type AssetRow, type ClassRow, createTally } from './tally.ts';

/** A break as the report tells it; what does not apply is left out. */
export type ReportedBreak = {
  readonly class: BreakClass;
  readonly window?: string | undefined;
  readonly obligations: readonly { readonly reference: bigint }[];
  readonly payments: readonly Payment[];
  readonly delta?: bigint | undefined;
  readonly shift?: number | undefined;
};

/** Without breaks; with breaks whose drift policy tolerates; with more. */
export type Verdict = 'clean' | 'tolerated' | 'exceeded';

export type ReportedWindow = Pick<WindowBook, 'label' | 'dateFrom' | 'dateTo'> & {
  readonly verdict: Verdict;
  readonly assets: readonly AssetRow[];
  readonly classes: readonly ClassRow[];
};

export type Report = {
  readonly version: 1;
  readonly policy: Policy;
  readonly policyHash: Hex;
  readonly inputs: { readonly obligations: Input; readonly payments: Input };
  /** That of the worst window; payments outside all windows count as one. */
  readonly verdict: Verdict;
  readonly assets: readonly AssetRow[];
  readonly classes: readonly ClassRow[];
  readonly windows: readonly ReportedWindow[];
  /** Of payments for no obligation whose day is in no window. */
  readonly outside: readonly ClassRow[];
  readonly patterns: readonly Pattern[];
  readonly breaks: readonly ReportedBreak[];
};

/** How many records there were, and SHA-256 over the sorted SHA-256 of each one's canonical text. */
type Input = { readonly count: number; readonly digest: string };

const hashesPerPiece = 10_000;

/** Tells what `match` found. */
export function makeReport({ books, payments }: Compared, findings: readonly Finding[], policy: Policy): Report {
  const windows = books.toSorted((a, b) => (a.label < b.label ? -1 : 1));
  const tallies = new Map(windows.map(({ label }) => [label, createTally()]));
  const [all, outside] = [createTally(), createTally()];
  for (const finding of findings) {
    all.add(finding);
    (tallies.get(finding.window ?? '') ?? outside).add(finding);
  }
  const breaks = findings.filter(Finding.isBreak);
  const judged = windows.map(({ label, dateFrom, dateTo }): ReportedWindow => {
    const tally = tallies.get(label) ?? createTally();
    const assets = tally.assets();
    return { label, dateFrom, dateTo, verdict: judgeDrift(assets, policy), assets, classes: tally.classes() };
  });
  return {
    version: 1,
    policy,
    policyHash: Policy.hash(policy),
    inputs: { obligations: digestObligations(windows), payments: digestPayments(payments) },
    verdict: worst([...judged.map(({ verdict }) => verdict), judgeDrift(outside.assets(), policy)]),
    assets: all.assets(),
    classes: all.classes(),
    windows: judged,
    outside: outside.classes(),
    patterns: findPatterns(breaks, { labels: [...tallies.keys()], systemic: policy.reconcile.systemic }),
    breaks: inOrder(breaks).map(toReported),
  };
}

/** The file's text. */
export function reportText(report: Report): string {
  return `${Json.canonical(report)}\n`;
}

function judgeDrift(assets: readonly AssetRow[], { reconcile }: Policy): Verdict {
  const isBroken = assets.some(({ obligations, payments }) => obligations.breaks.count + payments.breaks.count > 0);
  const isExceeded = assets.some(({ drift }) => drift > reconcile.driftMax);
  return isExceeded ? 'exceeded' : isBroken ? 'tolerated' : 'clean';
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('exceeded')) return 'exceeded';
  return verdicts.includes('tolerated') ? 'tolerated' : 'clean';
}

type Broken = Finding & { readonly class: BreakClass };

/** By window, class, and what comes first in it; those of no window at the end. */
function inOrder(breaks: readonly Broken[]): readonly Broken[] {
  const ranks = new Map(breakClasses.map((name, i) => [name, i]));
  const keyed = breaks.map((finding) => {
    const [reference = 'z'] = finding.dues
      .map(({ obligation }) => padded(obligation.reference.toString(16), 62))
      .sort();
    // Below U+FFFF there is every label.
    const key = [
      finding.window ?? '\uffff',
      padded(String(ranks.get(finding.class)), 2),
      reference,
      padded(String(finding.payments[0]?.sequence ?? 0), 16),
    ].join(' ');
    return { key, finding };
  });
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ finding }) => finding);
}

function padded(digits: string, length: number): string {
  return digits.padStart(length, '0');
}

function toReported(finding: Broken): ReportedBreak {
  const { window, dues, payments, delta, shift } = finding;
  const obligations = dues.map((due) => ({ ...plain(due.obligation), window: due.window }));
  return {
    class: finding.class,
    ...(window === undefined ? {} : { window }),
    obligations: obligations.sort((a, b) => (a.reference < b.reference ? -1 : 1)),
    payments,
    ...(delta === undefined ? {} : { delta }),
    ...(shift === undefined ? {} : { shift }),
  };
}

/** An importer's obligation holds the secret that opens its reference; a report knows the obligation only. */
function plain({ debtor, creditor, amount, valueDate, asset, reference }: WindowBook['obligations'][number]) {
  return { debtor, creditor, amount, valueDate, asset, reference };
}

/** Each record as canonical JSON, written out by its members: the general function takes four times as long. */
function digestObligations(books: readonly WindowBook[]): Input {
  const hashes = books.flatMap(({ label, dateFrom, dateTo, obligations }) =>
    obligations.map(({ amount, asset, creditor, debtor, reference, valueDate }) =>
      hash(
        'sha256',
        `{"amount":"${amount}","asset":${asset},"creditor":${creditor},"dateFrom":${dateFrom},"dateTo":${dateTo},` +
          `"debtor":${debtor},"reference":"${reference}","valueDate":${valueDate},"window":${JSON.stringify(label)}}`,
      ),
    ),
  );
  return digest(hashes);
}

function digestPayments(payments: readonly Payment[]): Input {
  const hashes = payments.map(({ amount, asset, creditor, debtor, id, paidAt, references, sequence, valueDate }) =>
    hash(
      'sha256',
      `{"amount":"${amount}","asset":${JSON.stringify(asset)},"creditor":${creditor},"debtor":${debtor},` +
        `"id":${JSON.stringify(id)},"paidAt":${paidAt},"references":["${references.join('","')}"],` +
        `"sequence":${sequence}${valueDate === undefined ? '' : `,"valueDate":${valueDate}`}}`,
    ),
  );
  return digest(hashes);
}

/** Hashed in pieces: so many hashes in one text would pass the longest text that there can be. */
function digest(hashes: string[]): Input {
  const all = createHash('sha256');
  hashes.sort();
  for (let i = 0; i < hashes.length; i += hashesPerPiece) all.update(hashes.slice(i, i + hashesPerPiece).join(''));
  return { count: hashes.length, digest: all.digest('hex') };
}
