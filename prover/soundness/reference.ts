import { Computation, type Value, type Values } from '../../src/model/Computation.ts';
import { Field, r } from '../../src/model/Field.ts';
import { Input } from '../../src/model/Input.ts';
import { Sample } from '../../src/model/Sample.ts';
import { type Check, count, type Fault, type Subject } from './check.ts';
import { judge } from './judge.ts';

export type ReferenceOptions = {
  readonly runs: number;
  /** Called between two inputs. */
  readonly pause: () => Promise<void>;
};

/** The same fault on many inputs is one fault. */
const faultsMax = 3;

/**
 * The circuit agrees with its reference: it accepts the reference's results for random inputs and refuses others. An
 * input that the reference refuses by throwing does not count.
 */
export async function checkReference(
  base: Omit<Subject, 'good'>,
  { runs, pause }: ReferenceOptions,
): Promise<{ readonly check: Check; readonly good: Subject['good'] }> {
  const good: Subject['good'][number][] = [];
  const faults: Fault[] = [];
  let skipped = 0;
  let altered = 0;
  for (let run = 0; run < runs && faults.length < faultsMax; run++) {
    await pause();
    const values = drawInput(base);
    if (!values) {
      skipped++;
      continue;
    }
    const verdict = judge(base.system, values);
    if (verdict.kind !== 'accepted') {
      faults.push({
        what: `refuses random input ${run + 1}, for which the reference has results`,
        details: [...verdict.places, 'narrow the schema, or add `sample` to computation.ts when that cannot say it'],
      });
      continue;
    }
    good.push({ values, witness: verdict.witness });
    const others = otherResults(base, values);
    altered += others.length;
    faults.push(...others.flatMap(({ name, values }) => judgeOther(base, name, values)));
  }
  if (runs > 0 && skipped === runs) {
    faults.push({
      what: `the reference throws on each of ${runs} random inputs`,
      details: ['add `sample` to computation.ts'],
    });
  }
  const tried = `${count(runs - skipped, 'random input')}, ${count(altered, 'wrong result')}`;
  return { check: { name: 'reference', tried, faults: faults.slice(0, faultsMax), explained: [] }, good };
}

/** A random input with its results, both held to the schema; nothing when the reference has none. */
function drawInput({ system, computation, draw }: Omit<Subject, 'good'>): Values | undefined {
  const { signals, parameters } = system.circuit;
  const drawn = computation.sample
    ? { context: draw() >> 8n, ...computation.sample(draw, parameters) }
    : Sample.given(signals, draw);
  const given = Input.parse(signals, drawn);
  let complete: Values;
  try {
    complete = Computation.complete(computation, parameters, given);
  } catch {
    return undefined;
  }
  return Input.parse(signals, complete);
}

/** The input with one element of one result replaced, twice for each result. */
function otherResults({ system, draw }: Omit<Subject, 'good'>, values: Values) {
  const results = system.circuit.signals.filter(({ result, dimensions }) => result && !dimensions.includes(0));
  return results.flatMap(({ name }) => {
    const offsets = [1n, 1n + (draw() % (r - 1n))];
    return offsets.map((offset) => ({ name, values: { ...values, [name]: shifted(values[name] as Value, offset) } }));
  });
}

function shifted(value: Value, offset: bigint): Value {
  if (typeof value === 'bigint') return Field.from(value + offset);
  const [first, ...rest] = value;
  return [shifted(first as Value, offset), ...rest];
}

function judgeOther({ system }: Omit<Subject, 'good'>, name: string, values: Values): Fault[] {
  const verdict = judge(system, values);
  if (verdict.kind === 'refused') return [];
  const how = verdict.kind === 'accepted' ? 'accepts' : 'refuses by an assertion only';
  return [{ what: `${how} a wrong ${name}: its value is not determined by the input`, details: [] }];
}
