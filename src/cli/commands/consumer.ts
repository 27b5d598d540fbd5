import { relative, resolve } from 'node:path';
import { writeConsumer } from '../../steps/writeConsumer.ts';
import type { Command } from '../command.ts';
import { facts } from '../table.ts';

export const consumerCommand: Command = {
  name: 'consumer',
  summary: "write a Solidity contract that relies on a computation's recorded statements",
  usage: '<computation>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    size: { type: 'string', value: '<size>', summary: 'the size of the circuit; default: the first' },
    out: { type: 'string', short: 'o', value: '<file>', summary: 'default: contracts/<Template>Consumer.sol' },
  },
  notes: 'The contract asks the ledger by `requireRecorded`. It is a start and yours to change; none is overwritten.',
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const consumer = await writeConsumer(
      { config, onProgress, signal },
      {
        name: positionals[0] as string,
        size: options.size as string | undefined,
        path: options.out === undefined ? undefined : resolve(cwd, options.out as string),
      },
    );
    const { path, contract, programId } = consumer;
    return {
      text: facts([
        ['written', relative(cwd, path)],
        ['contract', contract],
        ['program', programId],
      ]),
      json: consumer,
    };
  },
};
