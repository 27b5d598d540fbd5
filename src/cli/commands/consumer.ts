import { relative } from 'node:path';
import { writeConsumer } from '../../steps/writeConsumer.ts';
import { authorCommand } from '../authorCommand.ts';
import { facts } from '../table.ts';

export const consumerCommand = authorCommand({
  name: 'consumer',
  summary: "write a Solidity contract that relies on a computation's recorded statements",
  size: 'the size of the circuit; default: the first',
  out: { value: '<file>', summary: 'default: contracts/<Template>Consumer.sol' },
  notes: 'The contract asks the ledger by `requireRecorded`. It is a start and yours to change; none is overwritten.',
  write: async (toolbox, { name, size, out: path }, cwd) => {
    const consumer = await writeConsumer(toolbox, { name, size, path });
    return {
      text: facts([
        ['written', relative(cwd, consumer.path)],
        ['contract', consumer.contract],
        ['program', consumer.programId],
      ]),
      json: consumer,
    };
  },
});
