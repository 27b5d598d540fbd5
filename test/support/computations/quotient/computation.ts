import { contextSignal, defineComputation } from '../../../../src/model/Computation.ts';

/** A circuit whose witness calculator divides. */
export default defineComputation({
  name: 'quotient',
  version: 1,
  template: 'Quotient',
  parameters: [],
  sizes: { default: {} },
  signals: {
    context: contextSignal,
    dividend: { type: 'uint', max: 2n ** 64n, public: true },
    divisor: { type: 'uint', max: 2n ** 64n },
  },
  reference: () => ({}),
});
