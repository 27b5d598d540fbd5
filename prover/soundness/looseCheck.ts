import { type Check, count, type Fault, type Subject } from './check.ts';
import { explain } from './explain.ts';
import { findLooseWires } from './looseWires.ts';

/** Witnesses whose wires are changed: some wires are loose for some inputs only, such as the inverse of a zero. */
const basesMax = 3;
/** Names of one fault. */
const namesMax = 8;

/**
 * Any context suits any witness, and its square is the same for −context: the contract recomputes it, and a proof is
 * bound to each of its public signals.
 */
const contextWire = 'main.context';

/** No wire of an honest witness can be changed alone, or `looseWires` in `computation.ts` says why that is no harm. */
export function checkLooseWires({ system, computation, draw, good }: Subject): Check {
  const loose = new Set<string>();
  let mutations = 0;
  for (const { witness } of good.slice(0, basesMax)) {
    const hunt = findLooseWires(system, witness, draw);
    mutations += hunt.mutations;
    for (const { wire, name } of hunt.loose) loose.add(name || `wire ${wire}`);
  }
  loose.delete(contextWire);
  const found = [...loose].map((name): [string, Fault] => [
    name,
    { what: `${name} is held by no constraint`, details: [] },
  ]);
  const { faults, explained } = explain(computation, found, (name) => name);
  const tried = `${count(mutations, 'change')} of ${count(system.circuit.wires - 1, 'wire')}`;
  return { name: 'loose wires', tried, faults: merged(faults), explained };
}

/** Elements of one array are one fault. */
function merged(faults: readonly Fault[]): readonly Fault[] {
  const groups = Map.groupBy(faults, ({ what }) => what.replaceAll(/\[\d+\]/g, '[*]'));
  return [...groups].map(([what, group]) => {
    if (group.length === 1) return group[0] as Fault;
    const names = group.map((each) => each.what.split(' ')[0]);
    const more = names.length > namesMax ? [`and ${names.length - namesMax} more`] : [];
    return { what, details: [names.slice(0, namesMax).join(', '), ...more] };
  });
}
