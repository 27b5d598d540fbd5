import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import netting from '../../circuits/netting/computation.ts';
import { UnsatisfiedError } from '../../src/errors.ts';
import { Computation } from '../../src/model/Computation.ts';
import { r } from '../../src/model/Field.ts';
import { Input } from '../../src/model/Input.ts';
import { Window } from '../../src/model/Window.ts';
import { loadCircuit } from '../support/circuits.ts';
import { inverse } from '../support/determinism.ts';
import { seededRandom } from '../support/random.ts';
import { isRefusedBy, refusingTemplates } from '../support/refusal.ts';
import { asset, dateFrom, dateTo, remake } from '../support/windows.ts';
import { badCases, sampleChunks, tiny } from './nettingCases.ts';

const loaded = await loadCircuit(netting, { size: 'tiny' });
const { circuit, calculate, forge, violations, names } = loaded;
const context = 5n;
const [full, half, last] = sampleChunks();

describe('accepts', () => {
  test.each([
    ['a full batch', full],
    ['a half-filled batch after it', half],
    ['a single record in the third subtree', last],
    ['any context', { ...full, context: 2n ** 248n - 1n }],
    ['another legal amount, when all is made anew', remake(full, ({ amount }) => ({ amount: amount.with(0, 123n) }))],
    ['the largest amount', remake(full, ({ amount }) => ({ amount: amount.with(0, 2n ** 64n - 1n) }))],
    ['the first and last day', remake(full, () => ({ valueDate: [dateFrom, dateTo, dateFrom, dateTo].map(BigInt) }))],
    ['a window of 2^16 days', remake(full, ({ dateFrom }) => ({ dateTo: dateFrom + 2n ** 16n - 1n }))],
    ['the last subtree', remake(full, () => ({ firstIndex: 60n }))],
    [
      'positions at both bounds',
      // Party 0 ends at −2^95 and party 1 at 2^95 − 1.
      remake(full, ({ amount }) => {
        const sum = amount.reduce((total, each) => total + each);
        return {
          debtor: [0n, 0n, 0n, 0n],
          creditor: [1n, 1n, 1n, 1n],
          positions: [sum - 2n ** 95n, 2n ** 95n - 1n - sum, 1n, 0n],
        };
      }),
    ],
  ])('%s', (_, input) => {
    const witness = calculate({ context, ...input });
    expect(violations(witness)).toEqual([]);
    expect(witness.slice(1, 10)).toEqual(Input.publicSignals(circuit.signals, { context, ...input }));
  });
});

describe('rejects bad input', () => {
  test.each(badCases().map((item) => [item.desc, item] as const))('%s', (_, item) => {
    expect(isRefusedBy(loaded, item), refusingTemplates(loaded, item.input).join(' < ')).toBe(true);
    expect(violations(forge(item.input))).not.toEqual([]);
  });

  test('without naming a private value', () => {
    const input = { context, ...full, amount: full.amount.with(0, 918_273_645n) };
    let message = '';
    try {
      calculate(input);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('template Netting');
    expect(message).not.toContain('918273645');
  });
});

describe('rejects a forged witness', () => {
  const wire = (name: string) => {
    const found = names.indexOf(name);
    if (found < 0) throw new Error(`no wire is called ${name}`);
    return found;
  };
  const honest = calculate({ context, ...half });
  const forged = (changes: Readonly<Record<string, bigint>>) => {
    const witness = [...honest];
    for (const [name, value] of Object.entries(changes)) witness[wire(name)] = value;
    return witness;
  };

  test.each(['main.turns[0]', 'main.turns[1]', 'main.used[1]', 'main.used[2]'])('%s taken as a half', (name) => {
    expect(violations(forged({ [name]: inverse(2n) }))).not.toEqual([]);
  });

  test('the sign of a move', () => {
    const name = names.find((each) => /^main\.moves\[0\]/.test(each)) as string;
    const value = honest[wire(name)] as bigint;
    expect(value).not.toBe(0n);
    expect(violations(forged({ [name]: r - value }))).not.toEqual([]);
  });
});

describe('agrees with its reference', () => {
  const obligation = fc
    .record({
      debtor: fc.nat(tiny.P - 1),
      step: fc.integer({ min: 1, max: tiny.P - 1 }),
      amount: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
      valueDate: fc.integer({ min: dateFrom, max: dateTo }),
      reference: fc.bigInt({ min: 0n, max: 2n ** 248n - 1n }),
    })
    .map(({ step, ...rest }) => ({ ...rest, creditor: (rest.debtor + step) % tiny.P, asset }));

  test('on random windows', () => {
    const property = fc.property(
      fc.array(obligation, { minLength: 1, maxLength: 10 }),
      fc.bigInt(0n, 2n ** 64n),
      (obligations, seed) => {
        const draw = seededRandom(seed).element;
        const { chunks } = Window.plan({ asset, dateFrom, dateTo, obligations }, { parameters: tiny, draw });
        for (const { newRoot, newPositions, ...given } of chunks) {
          const results = netting.reference({ context, ...given }, tiny);
          expect(results).toEqual({ newRoot, newPositions });
          expect(violations(calculate({ context, ...given, ...results }))).toEqual([]);
          expect(() => calculate({ context, ...given, ...results, newRoot: newRoot + 1n })).toThrow(UnsatisfiedError);
        }
      },
    );
    fc.assert(property, { seed: 42, numRuns: 12 });
  });

  test('on an input from a file, where results are left out', () => {
    const signals = Computation.signals(netting, tiny);
    const { newRoot, newPositions, ...given } = full;
    const text = JSON.stringify({ context, ...given }, (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const complete = Computation.complete(netting, tiny, Input.parse(signals, JSON.parse(text)));
    expect(complete).toMatchObject({ newRoot, newPositions });
    expect(violations(calculate(complete))).toEqual([]);
  });
});

test('the impossible statement has no witness', () => {
  const statement = netting.impossible as Record<string, bigint>;
  expect(Object.keys(statement)).toEqual(circuit.signals.filter((signal) => signal.public).map(({ name }) => name));
  const witness = forge({ ...full, ...statement });
  expect(violations(witness)).not.toEqual([]);
});
