/** @module How the benchmark's figures are shown: a table for people, one object for programs. */
import { count, facts, table } from '../../src/cli/table.ts';
import { isBusy, type Machine } from './machine.ts';
import { Row } from './row.ts';
import type { Scale } from './workshop.ts';

export type Report = {
  readonly startedAt: Date;
  readonly machine: Machine;
  /** The load when all was measured. */
  readonly loadAfter: readonly number[];
  readonly engine: string;
  readonly scale: Scale;
  /** What was not measured, and why. */
  readonly leftOut: readonly string[];
  readonly subjects: readonly { readonly name: string; readonly rows: readonly Row[] }[];
};

/** The table, below the machine that it is of. */
export function toText({ machine, loadAfter, engine, scale, leftOut, subjects }: Report): string {
  const head = ['', 'median', 'unit', 'from', 'to', 'runs', 'workers', 'circuit', 'constraints', 'public', 'reach'];
  const lines = subjects.flatMap(({ rows }, i) => [...(i > 0 ? [[]] : []), ...rows.map(toCells)]);
  const about = facts([
    ['machine', `${machine.processor}, ${machine.processors} processors, ${gibibytes(machine.memoryBytes)} GiB`],
    ['system', `${machine.system}, Node ${machine.node}`],
    ['load', `${machine.load.join(' ')} at the start, ${loadAfter.join(' ')} at the end (1, 5, 15 minutes)`],
    ['engine', engine],
    ['scale', `${scale.size} circuits; batch of ${scale.batch}, pairs of runs: ${scale.pairs}`],
  ]);
  const warning = isBusy(machine)
    ? ['The machine was busy when the run began: times are too long, and more workers gain less than they could.']
    : [];
  const missing = leftOut.map((what) => `left out: ${what}`);
  return ['', about, ...warning, '', table(head, lines), ...missing].join('\n');
}

/** The object that `--json` prints; docs/performance.md describes it. */
export function toJson({ startedAt, machine, loadAfter, engine, scale, leftOut, subjects }: Report) {
  const { size, batch, pairs, repeats } = scale;
  return {
    version: 1,
    startedAt: startedAt.toISOString(),
    machine: { ...machine, loadAfter },
    engine,
    scale: { size, batch, pairs, repeats },
    leftOut,
    rows: subjects.flatMap(({ name, rows }) => rows.map((row) => ({ subject: name, ...rowJson(row) }))),
  };
}

function rowJson(row: Row) {
  const { name, unit, samples, circuit, workers, reach } = row;
  return {
    name,
    unit,
    median: Row.median(row),
    samples,
    workers,
    circuit: circuit && {
      name: circuit.name,
      size: circuit.size,
      constraints: circuit.constraints,
      publicSignals: circuit.publicCount,
    },
    reach,
    isReached: Row.isReached(row),
  };
}

function toCells(row: Row): readonly string[] {
  const { name, samples, circuit, workers } = row;
  const { unit, show } = shownIn(row);
  const single = samples.length === 1;
  return [
    name,
    show(Row.median(row)),
    unit,
    single ? '' : show(Math.min(...samples)),
    single ? '' : show(Math.max(...samples)),
    String(samples.length),
    workers === undefined ? '' : String(workers),
    circuit ? `${circuit.name} (${circuit.size})` : '',
    circuit ? count(circuit.constraints) : '',
    circuit ? String(circuit.publicCount) : '',
    reachText(row),
  ];
}

/** Long times in seconds; three figures or more of everything. */
function shownIn(row: Row): { readonly unit: string; readonly show: (value: number) => string } {
  const { unit } = row;
  if (unit === 'gas') return { unit, show: (value) => count(Math.round(value)) };
  if (unit === 'ratio') return { unit: '×', show: (value) => value.toFixed(2) };
  if (unit === 'ms' && Row.median(row) >= 1000) return { unit: 's', show: (value) => (value / 1000).toFixed(2) };
  return { unit, show: (value) => value.toFixed(value < 100 ? 2 : 1) };
}

function reachText(row: Row): string {
  const { reach } = row;
  if (!reach) return '';
  const { show } = shownIn(row);
  const wanted = 'atLeast' in reach ? `≥ ${show(reach.atLeast)}` : `≤ ${show(reach.atMost)}`;
  return `${wanted} ${Row.isReached(row) ? 'reached' : 'missed'}`;
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
