import { Computation, type Signal, type Value, type Values } from '../../src/model/Computation.ts';
import { r } from '../../src/model/Field.ts';
import { type Check, count, type Fault, type Subject } from './check.ts';
import { explain } from './explain.ts';
import { judge } from './judge.ts';

/** Inputs that are pushed out of their ranges. */
const basesMax = 2;

/**
 * The circuit itself holds each private signal to the range of its schema: the schema stops honest callers only. Public
 * signals are left to the contract, which sees them.
 */
export function checkRanges({ system, computation, good }: Subject): Check {
  const bounded = system.circuit.signals.filter((signal) => !signal.public && beyond(signal).length > 0);
  const found = new Map<string, Fault>();
  let tried = 0;
  for (const { values } of good.slice(0, basesMax)) {
    for (const signal of bounded) {
      for (const { side, outside } of beyond(signal)) {
        for (const place of ['first', 'last'] as const) {
          const pushed = withResults(computation, system.circuit.parameters, {
            ...values,
            [signal.name]: replaced(values[signal.name] as Value, outside, place),
          });
          tried++;
          if (judge(system, pushed).kind === 'refused') continue;
          const what = `accepts private ${signal.name} ${side} its range`;
          found.set(`main.${signal.name} ${side}`, { what, details: [`allowed: ${signal.min} to ${signal.max}`] });
        }
      }
    }
  }
  const { faults, explained } = explain(computation, [...found], (key) => key.split(' ')[0] as string);
  return { name: 'ranges', tried: `${count(tried, 'value')} outside their ranges`, faults, explained };
}

/** The values next to a signal's range, unless they are in the range again on its other side. */
function beyond({ min, max }: Signal): { readonly side: 'above' | 'below'; readonly outside: bigint }[] {
  if (max - min >= r - 1n) return [];
  return [
    { side: 'above', outside: max + 1n },
    { side: 'below', outside: min - 1n },
  ];
}

function replaced(value: Value, element: bigint, place: 'first' | 'last'): Value {
  if (typeof value === 'bigint') return element;
  const index = place === 'first' ? 0 : value.length - 1;
  return value.map((item, i) => (i === index ? replaced(item, element, place) : item));
}

/** With the results that belong to it, where the reference has any: they must not be what gives it away. */
function withResults(computation: Computation, parameters: Subject['system']['circuit']['parameters'], values: Values) {
  const results = new Set(Object.entries(computation.signals).flatMap(([name, { result }]) => (result ? [name] : [])));
  const given = Object.fromEntries(Object.entries(values).filter(([name]) => !results.has(name))) as Values;
  try {
    return Computation.complete(computation, parameters, given);
  } catch {
    return values;
  }
}
