import type { Computation } from '../../src/model/Computation.ts';
import type { Fault } from './check.ts';

/**
 * Sets aside what `looseWires` of a computation explains.
 * @param found faults by a key
 * @param signalOf the signal's path in a key, such as `main.inverse[3]`
 */
export function explain(
  { looseWires = [] }: Computation,
  found: readonly (readonly [key: string, fault: Fault])[],
  signalOf: (key: string) => string,
): { readonly faults: readonly Fault[]; readonly explained: readonly string[] } {
  const patterns = looseWires.map(({ signal, why }) => ({ signal, why, pattern: toPattern(signal) }));
  const explained = new Map<string, number>();
  const faults: Fault[] = [];
  for (const [key, fault] of found) {
    const known = patterns.find(({ pattern }) => pattern.test(signalOf(key)));
    if (!known) faults.push(fault);
    else {
      const line = `${known.signal}: ${known.why}`;
      explained.set(line, (explained.get(line) ?? 0) + 1);
    }
  }
  return { faults, explained: [...explained].map(([line, times]) => (times > 1 ? `${line} (${times} ×)` : line)) };
}

function toPattern(signal: string): RegExp {
  const literal = signal.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('\\[\\*\\]', '\\[\\d+\\]')}$`);
}
