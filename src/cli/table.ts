/** @module Plain text tables: the first column to the left, numbers to the right. */

/**
 * Lines up columns; a cell that looks like a number stands to the right.
 * @example table(['window', 'gross'], [['1993-01', '12.00']])
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const isNumeric = head.map(
    (_, i) => rows.length > 0 && rows.every((row) => /^[-\d.,%×–]*( (s|ms|%))?$/.test(row[i] ?? '')),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Pairs of a word and its value, values lined up. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** An amount of a currency with two decimals, with separators: 64,077,332.80. */
export function money(units: bigint): string {
  const sign = units < 0n ? '-' : '';
  const size = units < 0n ? -units : units;
  return `${sign}${(size / 100n).toLocaleString('en')}.${(size % 100n).toString().padStart(2, '0')}`;
}

/** A share with one decimal: 61.5 %. */
export function percent(part: bigint, whole: bigint): string {
  if (whole === 0n) return '–';
  const tenths = (part * 2000n + whole) / (2n * whole);
  return `${tenths / 10n}.${tenths % 10n} %`;
}

/** Whole numbers with separators. */
export function count(value: number | bigint): string {
  return value.toLocaleString('en');
}
