import { contextSignal, defineComputation } from '../../src/model/Computation.ts';

/** The smallest useful computation: a root is known, its square is shown. */
export default defineComputation({
  name: 'square',
  version: 1,
  template: 'Square',
  parameters: [],
  sizes: { default: {} },
  signals: {
    context: contextSignal,
    y: { type: 'uint', public: true, result: true },
    x: { type: 'uint', max: 2n ** 64n - 1n },
  },
  reference: ({ x }) => ({ y: x * x }),
  // Two is no perfect square.
  impossible: { context: 0n, y: 2n },
});
