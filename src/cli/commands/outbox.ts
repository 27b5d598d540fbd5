import type { OutboxLine } from '../../chain/listOutbox.ts';
import { changeIntent, listOutbox } from '../../steps/outbox.ts';
import type { Command, Output } from '../command.ts';
import { table } from '../table.ts';

export const outboxListCommand: Command = {
  name: 'outbox list',
  summary: 'list what was sent to the chain, and what waits to be',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {
    state: {
      type: 'string',
      value: '<state>',
      summary: 'only intent, signed, sent, included, final, replaced or failed ones',
    },
  },
  notes: [
    'An intent is signed, sent, included in a block and, when that is deep enough, final. It is replaced when something',
    'else took its nonce, and failed when a contract refused it. Costs are in wei, as the chain charged them.',
  ].join('\n'),
  run: async ({ options, config, onProgress, signal }) => {
    const lines = await listOutbox({ config, onProgress, signal }, options.state as string | undefined);
    const rows = lines.map(({ id, state, chainId, nonce, block, cost, what, reason, wish }) => [
      ...[id.slice(0, 12), state, String(chainId), String(nonce ?? '–'), String(block ?? '–'), String(cost)],
      `${what}${reason ? `: ${reason}` : ''}${wish ? ` (to ${wish})` : ''}`,
    ]);
    const head = ['id', 'state', 'chain', 'nonce', 'block', 'wei', 'what'];
    return { text: rows.length > 0 ? table(head, rows) : 'there is nothing in the outbox', json: lines };
  },
};

const notes = [
  'The id may be shortened to its first digits. When another process is sending for this account, it does it within',
  'seconds; otherwise this command does it and waits until what is under way is included.',
].join('\n');

export const outboxBumpCommand: Command = {
  name: 'outbox bump',
  summary: 'let a transaction that is not included offer an eighth more',
  usage: '<id>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {},
  notes,
  run: ({ positionals, config, onProgress, signal }) =>
    change({ config, onProgress, signal }, { id: positionals[0] as string, wish: 'bump' }),
};

export const outboxCancelCommand: Command = {
  name: 'outbox cancel',
  summary: 'take the nonce of a transaction that is not included away from it',
  usage: '<id>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {},
  notes: `${notes}\nWhichever of one nonce's transactions is included decides: the intent may be done after all.`,
  run: ({ positionals, config, onProgress, signal }) =>
    change({ config, onProgress, signal }, { id: positionals[0] as string, wish: 'cancel' }),
};

async function change(
  toolbox: Parameters<typeof changeIntent>[0],
  order: Parameters<typeof changeIntent>[1],
): Promise<Output> {
  const { line, left } = await changeIntent(toolbox, order);
  return { text: left ? 'the process that owns the nonces does it at its next look' : outcome(line), json: line };
}

function outcome({ what, state, transaction }: OutboxLine): string {
  return `${what}: ${state}${transaction ? `, ${transaction}` : ''}`;
}
