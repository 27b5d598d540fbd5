import { contextSignal, defineComputation } from '../../src/model/Computation.ts';
import { Positions } from '../../src/model/Positions.ts';

/** Opens the final net positions of a window to its contract and everybody who reads it. */
export default defineComputation({
  name: 'disclosure',
  version: 1,
  kind: 'disclosure',
  template: 'Disclosure',
  parameters: ['P'],
  sizes: { real: { P: 16 }, tiny: { P: 4 } },
  signals: {
    context: contextSignal,
    commitment: { type: 'field', public: true, result: true },
    positions: { type: 'int', shape: ['P'], unit: 'units', min: -(2n ** 95n), max: 2n ** 95n - 1n, public: true },
    salt: { type: 'field' },
  },
  reference: ({ positions, salt }) => ({ commitment: Positions.commitment(positions, salt) }),
  // Positions balance, which no range can say.
  sample: (draw, { P }) => {
    const others = Array.from({ length: (P as number) - 1 }, () => (draw() % 2n ** 90n) - 2n ** 89n);
    const last = -others.reduce((sum, each) => sum + each, 0n);
    return { context: draw() >> 8n, positions: [...others, last], salt: draw() };
  },
});
