import { contextSignal, defineComputation } from '../../../../src/model/Computation.ts';

/** A circuit whose witness takes as long as its input says. */
export default defineComputation({
  name: 'endless',
  version: 1,
  template: 'Endless',
  parameters: [],
  sizes: { default: {} },
  signals: { context: contextSignal, x: { type: 'uint', max: 2n ** 200n } },
  reference: () => ({}),
});
