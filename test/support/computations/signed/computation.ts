import { contextSignal, defineComputation } from '../../../../src/model/Computation.ts';

const signed = { type: 'int', min: -100n, max: 100n } as const;

/** The least computation with signed and nested public signals. */
export default defineComputation({
  name: 'signed',
  version: 1,
  template: 'Signed',
  parameters: [],
  sizes: { default: {} },
  signals: {
    context: contextSignal,
    change: { ...signed, min: -200n, max: 200n, unit: 'units', public: true, result: true },
    steps: { ...signed, shape: [2], public: true, result: true },
    mapping: { type: 'uint', shape: [2, 2], max: 10_000n, public: true, result: true },
    secret: signed,
  },
  reference: ({ secret }) => {
    const row = [secret * secret, secret * secret];
    return { change: 2n * secret, steps: [secret, -secret], mapping: [row, row] };
  },
});
