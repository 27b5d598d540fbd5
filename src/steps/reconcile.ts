import { lineText, readLines, readTextBounded, writeFileAtomic } from '../files.ts';
import { ObligationFile, type WindowBook } from '../model/ObligationFile.ts';
import type { Payment } from '../model/Payment.ts';
import { PaymentFile } from '../model/PaymentFile.ts';
import { Policy } from '../model/Policy.ts';
import { match } from '../reconcile/match.ts';
import { makeReport, type Report, reportText } from '../reconcile/report.ts';
import { requireGoingOn, type Toolbox } from './toolbox.ts';

export type ReconcileOptions = {
  /** NDJSON files; both may be of any length. */
  readonly obligations: string;
  readonly payments: string;
  /** A `policy.json`; default: nothing is tolerated. */
  readonly policy?: string | undefined;
  /** Where to write the report. */
  readonly out?: string | undefined;
};

/** A line is a record of a few hundred bytes, or a payment for thousands of obligations. */
const lineBytesMax = 2 ** 20;
const policyBytesMax = 2 ** 20;
/** How many lines are read between two looks at whether to stop. */
const linesPerLook = 20_000;

/**
 * Compares what was owed with what was paid, finds every difference and says what it is. Nothing is written unless the
 * findings add up to the input.
 * @throws ObligationError, PaymentError, PolicyError, SchemaVersionError, JsonError, InputPrecisionError, InputFileError,
 * CancelledError, UnbalancedError
 */
export async function reconcile(
  toolbox: Toolbox,
  { obligations, payments, policy: policyPath, out }: ReconcileOptions,
): Promise<Report> {
  const { onProgress, signal } = toolbox;
  const policy =
    policyPath === undefined
      ? Policy.standard
      : Policy.parse(await readTextBounded(policyPath, policyBytesMax), policyPath);
  const compared = {
    books: await readObligations(toolbox, obligations),
    payments: await readPayments(toolbox, payments),
  };
  requireGoingOn(signal);
  const label = 'matching';
  onProgress({ label });
  const report = makeReport(compared, match(compared, policy.reconcile), policy);
  const found = report.breaks.length;
  onProgress({ label, finished: true, note: `${found.toLocaleString('en')} breaks` });
  if (out !== undefined) await writeFileAtomic(out, reportText(report), 0o600);
  return report;
}

async function readObligations(toolbox: Toolbox, path: string): Promise<readonly WindowBook[]> {
  const lines = ObligationFile.lines();
  await eachLine(toolbox, { path, label: 'reading obligations' }, lines.add);
  return lines.windows();
}

async function readPayments(toolbox: Toolbox, path: string): Promise<readonly Payment[]> {
  const payments: Payment[] = [];
  await eachLine(toolbox, { path, label: 'reading payments' }, (line, at) => {
    payments.push(PaymentFile.parseLine(line, at));
  });
  return payments;
}

async function eachLine(
  { onProgress, signal }: Toolbox,
  { path, label }: { readonly path: string; readonly label: string },
  take: (line: string, at: string) => void,
): Promise<void> {
  let count = 0;
  onProgress({ label });
  for await (const { number, bytes } of readLines(path, lineBytesMax)) {
    const at = `${path}:${number}`;
    take(lineText(bytes, at), at);
    count++;
    if (count % linesPerLook > 0) continue;
    requireGoingOn(signal);
    onProgress({ label, note: count.toLocaleString('en') });
  }
  onProgress({ label, finished: true, note: count.toLocaleString('en') });
}
