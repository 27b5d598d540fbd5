/** @module Days as integers, and the months that make windows of them. */

/** Days since 1970-01-01, UTC. */
export type Day = number;

export type MonthWindow<T> = {
  /** Such as `1993-01`. */
  readonly label: string;
  /** First and last day of the month. */
  readonly dateFrom: Day;
  readonly dateTo: Day;
  /** In the order in which they were given. */
  readonly obligations: readonly T[];
};

const dayMs = 86_400_000;

/** The day of a calendar date, or undefined when there is no such date. `month` counts from 1. */
export function dayOf(year: number, month: number, dayOfMonth: number): Day | undefined {
  const date = new Date(Date.UTC(year, month - 1, dayOfMonth));
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth;
  return same ? date.getTime() / dayMs : undefined;
}

/** The label of the month in which a day lies, such as `1993-01`. */
export function monthOf(day: Day): string {
  return new Date(day * dayMs).toISOString().slice(0, 7);
}

/** 1 to 31. */
export function dayOfMonth(day: Day): number {
  return new Date(day * dayMs).getUTCDate();
}

/** One window per month that has an obligation, by value date, earliest first. */
export function groupByMonth<T extends { readonly valueDate: Day }>(
  obligations: readonly T[],
): readonly MonthWindow<T>[] {
  const months = Map.groupBy(obligations, ({ valueDate }) => monthOf(valueDate));
  const labels = [...months.keys()].sort();
  return labels.map((label) => ({ ...monthBounds(label), obligations: months.get(label) ?? [] }));
}

/** The window of a month by its label. */
export function monthBounds(label: string): { readonly label: string; readonly dateFrom: Day; readonly dateTo: Day } {
  const [year = 0, month = 0] = label.split('-').map(Number);
  const dateFrom = Date.UTC(year, month - 1, 1) / dayMs;
  const dateTo = Date.UTC(year, month, 1) / dayMs - 1;
  return { label, dateFrom, dateTo };
}

/** The label of the month `count` months after another. */
export function monthAfter(label: string, count: number): string {
  const [year = 0, month = 0] = label.split('-').map(Number);
  return monthOf(Date.UTC(year, month - 1 + count, 1) / dayMs);
}
