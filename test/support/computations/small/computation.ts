import { contextSignal, defineComputation } from '../../../../src/model/Computation.ts';
import { Field } from '../../../../src/model/Field.ts';

/** The least computation with every kind of signal. */
export default defineComputation({
  name: 'small',
  version: 1,
  template: 'Small',
  parameters: ['offset'],
  sizes: { default: { offset: 0 }, twin: { offset: 1 } },
  signals: {
    context: contextSignal,
    y: { type: 'field', public: true, result: true },
    x: { type: 'uint', max: 2n ** 64n - 1n, unit: 'm' },
    d: { type: 'int', min: -100n, max: 100n },
    h: { type: 'field', hex: true },
    m: { type: 'uint', shape: [2, 2] },
  },
  reference: ({ x, d, h, m }, { offset = 0 }) => {
    const [[a, b] = [], [c, e] = []] = m as readonly bigint[][];
    return { y: Field.from(x * x + d + h + (a ?? 0n) * (e ?? 0n) - (b ?? 0n) * (c ?? 0n) + BigInt(offset)) };
  },
});
