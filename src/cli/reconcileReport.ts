/** @module What `tally reconcile` shows: both sides, the classes, the first breaks. */
import type { Asset } from '../model/Payment.ts';
import type { Report, ReportedBreak } from '../reconcile/report.ts';
import { count, table } from './table.ts';

/** A screen's worth; the report has all of them. */
const breaksShown = 10;
const referenceDigits = 16;

/** Tables for people; amounts in units. */
export function reconcileText(report: Report, out: string | undefined): string {
  const written = out === undefined ? [] : ['', `written: ${out}`];
  if (report.assets.length === 0) return ['nothing was owed and nothing was paid', ...written].join('\n');
  return [
    ...sides(report),
    '',
    ...classes(report),
    ...(report.verdict === 'clean' ? [] : ['', ...verdicts(report), '', ...firstBreaks(report.breaks)]),
    ...written,
  ].join('\n');
}

/** One object for `--json`: everything but the breaks themselves, of which the first come along. */
export function reconcileJson({ breaks, policy: _, ...report }: Report, out: string | undefined) {
  return { ...report, breaks: breaks.length, firstBreaks: breaks.slice(0, breaksShown), out };
}

function sides({ assets }: Report): readonly string[] {
  const rows = assets.flatMap(({ asset, obligations, payments, drift }) =>
    [['owed', obligations] as const, ['paid', payments] as const].map(([side, { all, matched, breaks }]) => [
      `${side} in ${named(asset)}`,
      ...[all, matched, breaks].flatMap((sum) => [count(sum.count), count(sum.amount)]),
      side === 'owed' ? count(drift) : '',
    ]),
  );
  return [table(['', 'all', 'units', 'matched', 'units', 'breaks', 'units', 'drift'], rows)];
}

function classes({ classes: rows }: Report): readonly string[] {
  const lines = rows.map(({ class: name, asset, findings, obligations, payments, drift }) => [
    name,
    named(asset),
    ...[findings, obligations.count, obligations.amount, payments.count, payments.amount, drift].map(count),
  ]);
  return [table(['class', 'asset', 'findings', 'obligations', 'units', 'payments', 'units', 'drift'], lines)];
}

function verdicts({ windows, patterns }: Report): readonly string[] {
  const marked = windows.filter(({ verdict }) => verdict !== 'clean');
  const windowLines = marked.map(({ label, verdict }) =>
    verdict === 'exceeded' ? `window ${label}: the drift is more than policy tolerates` : `window ${label}: tolerated`,
  );
  const systemic = patterns.filter(({ pattern }) => pattern === 'systemic');
  const patternLines = systemic.map(({ scope, windows: labels, systemicSince }) => {
    const what = 'class' in scope ? scope.class : `debtor ${scope.debtor}`;
    return `systemic since ${systemicSince}: ${what}, in ${count(labels.length)} windows`;
  });
  return [...windowLines, ...patternLines];
}

function firstBreaks(breaks: readonly ReportedBreak[]): readonly string[] {
  const rows = breaks
    .slice(0, breaksShown)
    .map(({ class: name, window, obligations, payments, delta, shift }) => [
      name,
      window ?? '–',
      cut(obligations[0]?.reference ?? payments[0]?.references[0]),
      payments[0]?.id ?? '–',
      delta === undefined ? '–' : count(delta),
      shift === undefined ? '' : `× 10^${shift}`,
    ]);
  const more = breaks.length - rows.length;
  return [
    table(['break', 'window', 'reference', 'payment', 'paid − owed', ''], rows),
    ...(more > 0 ? [`and ${count(more)} more: --out writes them all`] : []),
  ];
}

function named(asset: Asset): string {
  return typeof asset === 'number' ? `asset ${asset}` : asset;
}

/** Enough digits to find the line with. */
function cut(reference: bigint | undefined): string {
  const digits = String(reference ?? '–');
  return digits.length > referenceDigits ? `${digits.slice(0, referenceDigits)}…` : digits;
}
