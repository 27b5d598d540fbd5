import { compile, computations } from '../../steps/compile.ts';
import type { Command } from '../command.ts';
import { count, facts } from '../table.ts';

export const compileCommand: Command = {
  name: 'compile',
  summary: 'compile computations to circuits',
  usage: '[<computation>]',
  positionalsMin: 0,
  positionalsMax: 1,
  options: {
    size: { type: 'string', value: '<size>', summary: 'one of the sizes in its computation.ts; default: the first' },
  },
  notes: 'Without a name all computations are compiled. What has not changed is taken from the cache.',
  run: async ({ positionals, options, config, onProgress, signal }) => {
    const toolbox = { config, onProgress, signal };
    const names = positionals.length > 0 ? positionals : await computations(toolbox);
    const circuits = [];
    for (const name of names) {
      const { circuit } = await compile(toolbox, { name, size: options.size as string | undefined });
      circuits.push(circuit);
    }
    const text = circuits.map((circuit) =>
      facts([
        [circuit.name, `${circuit.template}, size ${circuit.size}`],
        ['  program', circuit.programId],
        ['  constraints', count(circuit.constraints)],
        ['  public signals', count(circuit.publicCount)],
        ['  r1cs', circuit.r1cs.path],
        ['  wasm', circuit.wasm.path],
      ]),
    );
    return { text: text.join('\n') || `no computations in ${config.circuitsDir}`, json: circuits };
  },
};
