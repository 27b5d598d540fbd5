/** @module What `tally init` puts into an author's repository: a computation that works, to be changed step by step. */

export type ScaffoldFile = { readonly path: string; readonly text: string };

/**
 * The files of a new computation, by their paths in the circuits folder.
 * @param name lower-case words with dashes, which is also its folder
 */
export function scaffold(name: string): readonly ScaffoldFile[] {
  const template = templateName(name);
  return [
    { path: `${name}/${template}.circom`, text: circuitText(template) },
    { path: `${name}/computation.ts`, text: computationText(name, template) },
    { path: `${name}/examples.json`, text: examplesText },
    { path: `${name}/input.json`, text: '{ "amounts": [12, 30, 0, "18446744073709551615"] }\n' },
  ];
}

/** The content of a first `tally.config.ts`. */
export const configText = `import { defineConfig } from 'tallystick';

/** Everything has a default; an editor shows what there is. */
export default defineConfig({
  circuits: 'circuits',
});
`;

/** A template's name: \`net-positions\` becomes \`NetPositions\`. */
export function templateName(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function circuitText(template: string): string {
  return `pragma circom 2.2.3;

include "Range.circom";

/**
 * @title ${template}
 * @notice Whoever proves this knows N amounts that add up to total.
 * @param N the number of amounts, at most 256.
 * @input context for whom the proof is; contracts recompute it, so nobody else can use the proof.
 * @input total public: the sum.
 * @input amounts[N] private: each below 2^64, so that the sum does not wrap around the field.
 * @requires the contract checks context and that total is below the field's order.
 */
template ${template}(N) {
    assert(1 <= N && N <= 256);

    signal input context;
    signal input total;
    signal input amounts[N];

    // Keeps context in the constraints: a public signal that is in none proves nothing.
    signal contextSquare <== context * context;

    var sum = 0;
    for (var i = 0; i < N; i++) {
        Range(64)(amounts[i]);
        sum += amounts[i];
    }
    total === sum;
}
`;
}

function computationText(name: string, template: string): string {
  return `import { contextSignal, defineComputation } from 'tallystick';

/** N amounts are known; their total is shown. */
export default defineComputation({
  name: '${name}',
  version: 1,
  template: '${template}',
  parameters: ['N'],
  sizes: { small: { N: 4 }, large: { N: 64 } },
  // In the order of declaration in the template.
  signals: {
    context: contextSignal,
    total: { type: 'uint', unit: 'units', public: true, result: true },
    amounts: { type: 'uint', shape: ['N'], unit: 'units', max: 2n ** 64n - 1n },
  },
  // What the circuit must do, in plain arithmetic.
  reference: ({ amounts }) => ({ total: amounts.reduce((sum, amount) => sum + amount, 0n) }),
});
`;
}

const examplesText = `{
  "version": 1,
  "accepts": [
    { "desc": "nothing at all", "input": { "amounts": [0, 0, 0, 0] } },
    { "desc": "the largest amounts", "input": { "amounts": ["18446744073709551615", "18446744073709551615", 1, 0] } }
  ],
  "rejects": [
    { "desc": "another total", "input": { "amounts": [1, 2, 3, 4], "total": 11 } },
    { "desc": "an amount of 2^64", "input": { "amounts": ["18446744073709551616", 0, 0, 0] }, "template": "Range" },
    { "desc": "a negative amount", "input": { "amounts": [5, -5, 0, 0] }, "template": "Range" }
  ]
}
`;
