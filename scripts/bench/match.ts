import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { InternalError } from '../../src/errors.ts';
import type { Obligation } from '../../src/model/Obligation.ts';
import type { WindowBook } from '../../src/model/ObligationFile.ts';
import type { Payment } from '../../src/model/Payment.ts';
import { Policy } from '../../src/model/Policy.ts';
import { type Compared, match } from '../../src/reconcile/match.ts';
import { makeReport, reportText } from '../../src/reconcile/report.ts';
import type { Row } from './row.ts';
import type { Workshop } from './workshop.ts';

/** Half of them obligations, half payments. */
const records = { real: 1_000_000, tiny: 2_000 } as const;
const runs = { real: 3, tiny: 1 } as const;
const matchMsMax = 20_000;
/** Twice the records may take twice the time and memory; the rest is for the noise of one run. */
const growthMax = 2.6;
const daySeconds = 86_400;

/** Obligations against payments in memory, findings and report; and what twice the records take more. */
export async function benchMatch({ scale: { size, hasReach } }: Workshop): Promise<readonly Row[]> {
  const collect = garbageCollector();
  const whole = compare(records[size]);
  const half = compare(records[size] / 2);
  const measured = Array.from({ length: runs[size] }, () => ({
    half: measure(half, collect),
    whole: measure(whole, collect),
  }));
  const count = records[size].toLocaleString('en');
  return [
    {
      ...{
        name: `${count} records matched`,
        unit: 'ms',
        samples: measured.map((run) => run.whole.matchMs),
        workers: 1,
      },
      ...(hasReach ? { reach: { atMost: matchMsMax } } : {}),
    },
    { name: 'their report', unit: 'ms', samples: measured.map((run) => run.whole.reportMs), workers: 1 },
    {
      ...{ name: 'time, against half of them', unit: 'ratio' },
      samples: measured.map((run) => run.whole.matchMs / run.half.matchMs),
    },
    // A thousand records are less than what comes and goes in a heap anyway.
    ...(hasReach ? [memoryRow(measured)] : []),
  ];
}

function memoryRow(measured: readonly { readonly half: Measured; readonly whole: Measured }[]): Row {
  const samples = measured.map((run) => run.whole.bytes / run.half.bytes);
  return { name: 'memory of the findings, against half of them', unit: 'ratio', samples, reach: { atMost: growthMax } };
}

type Measured = { readonly matchMs: number; readonly reportMs: number; readonly bytes: number };

function measure(compared: Compared, collect: () => void): Measured {
  collect();
  const before = process.memoryUsage().heapUsed;
  const startedAt = performance.now();
  const findings = match(compared, Policy.standard.reconcile);
  const matchMs = performance.now() - startedAt;
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  const reportedAt = performance.now();
  const report = makeReport(compared, findings, Policy.standard);
  if (reportText(report).length === 0 || report.breaks.length !== breaksOf(compared)) {
    throw new InternalError('the engine found other breaks than there are');
  }
  return { matchMs, reportMs: performance.now() - reportedAt, bytes };
}

/** One obligation in a hundred is not paid, one in a hundred is paid twice; the rest as it should be. */
function compare(count: number): Compared {
  const pairs = count / 2;
  const obligations = Array.from({ length: pairs }, (_, i) => toObligation(i));
  const payments = obligations.map((obligation, i) => toPayment(obligation, i));
  const unpaid = payments.filter((_, i) => i % 100 !== 0);
  const twice = payments.flatMap((payment, i) =>
    i % 100 === 1 ? [{ ...payment, id: `${payment.id}/again`, sequence: pairs + i }] : [],
  );
  const book: WindowBook = { label: '1993-01', dateFrom: 8401, dateTo: 8431, obligations };
  return { books: [book], payments: [...unpaid, ...twice] };
}

function breaksOf({ books }: Compared): number {
  const count = books[0]?.obligations.length ?? 0;
  return Math.ceil(count / 100) + Math.ceil((count - 1) / 100);
}

function toObligation(i: number): Obligation {
  const digest = createHash('sha256').update(`bench/${i}`).digest('hex');
  const reference = BigInt(`0x${digest.slice(0, 62)}`);
  return {
    debtor: 1 + (i % 13),
    creditor: 0,
    amount: BigInt(1000 + (i % 977)),
    valueDate: 8431,
    asset: 203,
    reference,
  };
}

function toPayment({ debtor, creditor, amount, asset, reference, valueDate }: Obligation, i: number): Payment {
  // In time, and in the order of time.
  const paidAt = valueDate * daySeconds + Math.floor(i / 50);
  return { id: `bench/${i}`, sequence: i, paidAt, asset, debtor, creditor, amount, references: [reference] };
}

/** Heap sizes mean something only when nothing that is lost is counted. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
