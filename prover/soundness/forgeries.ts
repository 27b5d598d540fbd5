import type { Signal, Value, Values } from '../../src/model/Computation.ts';
import { Sample } from '../../src/model/Sample.ts';
import { type Check, count, type Fault, type Subject } from './check.ts';
import { judge } from './judge.ts';

/** Honest inputs that forgeries start from. */
const basesMax = 3;

/**
 * A cheating prover passes over assertions, and puts the witness of one statement under another. Private inputs are
 * changed one by one under the same public signals: what only an assertion refuses is a fault. The public signals of
 * one witness are laid over another: some constraint must break.
 */
export function checkForgeries({ system, draw, good }: Subject): Check {
  const { signals, publicCount } = system.circuit;
  const bases = good.slice(0, basesMax);
  const found = new Map<string, Fault>();
  let tried = 0;
  for (const { values } of bases) {
    for (const signal of signals.filter((each) => !each.public && !each.dimensions.includes(0))) {
      tried++;
      const changed: Values = { ...values, [signal.name]: changeOne(signal, values[signal.name] as Value, draw) };
      const verdict = judge(system, changed);
      if (verdict.kind !== 'unguarded') continue;
      const what = `only an assertion refuses another ${signal.name} under the same public signals`;
      found.set(signal.name, {
        what,
        details: [...verdict.places, 'assert constrains nothing: use === or a template'],
      });
    }
  }
  for (const [i, { witness }] of bases.entries()) {
    for (const other of bases.filter((_, j) => j !== i)) {
      const laid = [1n, ...other.witness.slice(1, publicCount + 1), ...witness.slice(publicCount + 1)];
      if (laid.every((value, wire) => value === witness[wire])) continue;
      tried++;
      if (system.violations(laid).length > 0) continue;
      found.set('statement', { what: 'the private part of one witness proves the statement of another', details: [] });
    }
  }
  return {
    name: 'forged witnesses',
    tried: count(tried, 'forgery').replace(/ys$/, 'ies'),
    faults: [...found.values()],
    explained: [],
  };
}

function changeOne(signal: Signal, value: Value, draw: () => bigint): Value {
  if (typeof value === 'bigint') return otherElement(signal, value, draw);
  const index = Number(draw() % BigInt(value.length));
  return value.map((item, i) => (i === index ? changeOne(signal, item, draw) : item));
}

function otherElement(signal: Signal, value: bigint, draw: () => bigint): bigint {
  const drawn = Sample.element(signal, draw);
  if (drawn !== value) return drawn;
  return value === signal.max ? signal.min : value + 1n;
}
