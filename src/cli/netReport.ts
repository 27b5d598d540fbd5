/** @module What `tally net` and `tally demo` show of netted windows. */
import { Positions } from '../model/Positions.ts';
import type { NetResult, NettedWindow } from '../pipeline.ts';
import { count, money, percent, table } from './table.ts';

/** A row per window and a line of totals. */
export function netText({ stream, windows, proving }: NetResult): string {
  const rows = windows.map(summarize);
  const total = rows.reduce((sum, row) => ({
    label: 'all',
    obligations: sum.obligations + row.obligations,
    late: sum.late + row.late,
    chunks: sum.chunks + row.chunks,
    gross: sum.gross + row.gross,
    net: sum.net + row.net,
    proofs: sum.proofs + row.proofs,
    proofMs: sum.proofMs + row.proofMs,
    gas: sum.gas + row.gas,
    records: sum.records + row.records,
    checked: sum.checked + row.checked,
  }));
  const lines = [...rows, ...(rows.length > 1 ? [total] : [])].map((row) => [
    row.label,
    count(row.obligations),
    money(row.gross),
    money(row.net),
    percent(row.gross - row.net, row.gross),
    String(row.proofs),
    `${(row.proofMs / row.proofs / 1000).toFixed(2)} s`,
    count(row.gas),
    String(row.records),
    String(row.checked),
  ]);
  const head = ['window', 'obligations', 'gross', 'net', 'saved', 'proofs', 'each', 'gas', 'records', 'checked'];
  const late =
    total.late > 0 ? [`${count(total.late)} obligations adjust windows that were closed before they came`] : [];
  const found = proving.found > 0 ? `; ${proving.found} proofs were made before` : '';
  return [
    table(head, lines),
    '',
    `stream ${stream}: ${total.proofs} proofs in ${(proving.wallMs / 1000).toFixed(1)} s${found}; ` +
      `the disclosed positions of all ${total.checked} participants equal plain arithmetic`,
    ...late,
  ].join('\n');
}

/** The same for `--json`, with the positions; amounts in units. */
export function netJson({ stream, windows, proving }: NetResult) {
  return {
    stream,
    proving: { wallMs: proving.wallMs, found: proving.found },
    windows: windows.map((window) => ({ ...summarize(window), positions: window.positions })),
  };
}

function summarize({ book, proofs, gas, records, checked, positions }: NettedWindow) {
  return {
    label: book.label,
    obligations: book.obligations.length,
    late: book.obligations.filter(({ adjusts }) => adjusts !== undefined).length,
    chunks: proofs.length - 1,
    gross: Positions.gross(book.obligations),
    net: Positions.net(positions),
    proofs: proofs.length,
    proofMs: proofs.reduce((sum, { timing }) => sum + timing.witnessMs + timing.proveMs + timing.verifyMs, 0),
    gas: gas.advances + gas.rest,
    records,
    checked,
  };
}
