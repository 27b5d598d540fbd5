/** @module Small computations as their authors would write them, for projects of tests. */
import type { Project } from './project.ts';

export type Source = {
  /** Lower case, the folder's name. */
  readonly name: string;
  readonly template: string;
  /** Of `computation.ts`, below `context`: `x: { type: "uint" },` by default. Each is declared in the template too. */
  readonly signals?: Readonly<Record<string, string>>;
  readonly reference?: string;
  /** Of the template, below the declarations. */
  readonly body: string;
  /** Behind the template: functions. */
  readonly functions?: string;
  readonly includes?: readonly string[];
};

/** Adds the two files of a computation to a project's circuits. */
export async function addComputation(project: Project, source: Source): Promise<void> {
  const { name, template } = source;
  await project.write(`circuits/${name}/computation.ts`, computationText(source));
  await project.write(`circuits/${name}/${template}.circom`, circuitText(source));
}

function computationText({ name, template, signals = { x: "{ type: 'uint' }" }, reference = '() => ({})' }: Source) {
  const rows = Object.entries(signals).map(([signal, spec]) => `    ${signal}: ${spec},\n`);
  return `import { contextSignal, defineComputation } from '../../src/model/Computation.ts';

export default defineComputation({
  name: '${name}',
  version: 1,
  template: '${template}',
  parameters: [],
  sizes: { default: {} },
  signals: {
    context: contextSignal,
${rows.join('')}  },
  reference: ${reference},
});
`;
}

function circuitText({ template, signals = { x: '' }, body, functions = '', includes = [] }: Source): string {
  const names = ['context', ...Object.keys(signals)];
  return `pragma circom 2.2.3;
${includes.map((path) => `include "${path}";\n`).join('')}
/**
 * @title ${template}
 * @notice For a test.
${names.map((name) => ` * @input ${name} as in computation.ts.\n`).join('')} * @requires nothing.
 */
template ${template}() {
${names.map((name) => `    signal input ${name};\n`).join('')}
    signal contextSquare <== context * context;
    ${body}
}
${functions}`;
}
