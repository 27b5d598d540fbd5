import { records } from '../../steps/records.ts';
import type { Command } from '../command.ts';
import { wholeNumber } from '../numbers.ts';
import { table } from '../table.ts';

export const recordsCommand: Command = {
  name: 'records',
  summary: 'list the statements on the ledger, checked against its hash chain',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: { last: { type: 'string', value: '<number>', summary: 'the newest ones only' } },
  run: async ({ options, config, onProgress, signal }) => {
    const rows = await records({ config, onProgress, signal }, { last: wholeNumber(options.last, 'last', { min: 1 }) });
    const short = (hex: string) => `${hex.slice(0, 12)}…`;
    const text = table(
      ['record', 'statement', 'program', 'stream', 'window', 'block', 'signals'],
      rows.map(({ index, statementId, programId, stream, window, block, signals }) => [
        ...[String(index), short(statementId), short(programId), String(stream), String(window), String(block)],
        signals.slice(1).join(' ').slice(0, 40),
      ]),
    );
    return { text: rows.length > 0 ? text : 'nothing is recorded yet: see `tally submit --help`', json: rows };
  },
};
