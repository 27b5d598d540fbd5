/**
 * @module Transient or systemic: a break that comes once may be a slip, one that returns has a cause. What is looked at
 * is each class of break, whomever it strikes, and each debtor, whatever it does.
 */
import { type BreakClass, breakClasses, Finding } from '../model/Finding.ts';
import type { ReconcilePolicy } from '../model/Policy.ts';

export type Scope = { readonly class: BreakClass } | { readonly debtor: number };

export type Pattern = {
  readonly scope: Scope;
  readonly pattern: 'transient' | 'systemic';
  /** The windows that have such a break. */
  readonly windows: readonly string[];
  /** The first window in which the policy's number was reached; people are called then. */
  readonly systemicSince?: string | undefined;
};

/**
 * The pattern of every class and debtor with breaks: classes first, in their order, then debtors by number.
 * @param labels of all windows, in order, those without breaks as well
 */
export function findPatterns(
  findings: readonly Finding[],
  { labels, systemic }: { readonly labels: readonly string[]; readonly systemic: ReconcilePolicy['systemic'] },
): readonly Pattern[] {
  const places = new Map(labels.map((label, i) => [label, i]));
  const byClass = new Map<BreakClass, Set<number>>();
  const byDebtor = new Map<number, Set<number>>();
  for (const finding of findings) {
    const place = finding.window === undefined ? undefined : places.get(finding.window);
    if (place === undefined || !Finding.isBreak(finding)) continue;
    mark(byClass, finding.class, place);
    mark(byDebtor, finding.dues[0]?.obligation.debtor ?? finding.payments[0]?.debtor ?? 0, place);
  }
  const describe = (scope: Scope, marked: ReadonlySet<number>): Pattern => {
    const windows = [...marked].sort((a, b) => a - b);
    const since = systemicFrom(windows, systemic);
    return {
      scope,
      pattern: since === undefined ? 'transient' : 'systemic',
      windows: windows.map((place) => labels[place] as string),
      ...(since === undefined ? {} : { systemicSince: labels[since] as string }),
    };
  };
  const classes = breakClasses.flatMap((name) => {
    const marked = byClass.get(name);
    return marked ? [describe({ class: name }, marked)] : [];
  });
  const debtors = [...byDebtor].sort(([a], [b]) => a - b).map(([debtor, marked]) => describe({ debtor }, marked));
  return [...classes, ...debtors];
}

/** The first place at which `windows` of the last `of` places are marked. */
function systemicFrom(marked: readonly number[], { windows, of }: ReconcilePolicy['systemic']): number | undefined {
  return marked.find((place, i) => {
    const first = marked[i - windows + 1];
    return first !== undefined && place - first < of;
  });
}

function mark<K>(marks: Map<K, Set<number>>, key: K, place: number): void {
  const marked = marks.get(key) ?? new Set<number>();
  marked.add(place);
  marks.set(key, marked);
}
