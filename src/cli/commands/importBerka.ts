import { resolve } from 'node:path';
import type { BerkaFacts } from '../../importers/facts.ts';
import { importBerka } from '../../steps/importBerka.ts';
import type { Command } from '../command.ts';
import { count, facts, money, percent } from '../table.ts';

export const importBerkaCommand: Command = {
  name: 'import berka',
  summary: "import the interbank transfers of the PKDD'99 bank data as obligations",
  usage: '<folder with trans.asc and order.asc>',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    month: { type: 'string', value: '<yyyy-mm>', summary: 'take one month only' },
    orders: { type: 'boolean', summary: 'what is owed is each standing order once a month, not each transfer' },
    out: { type: 'string', value: '<file>', summary: 'write the obligations as NDJSON, for `tally net`' },
    payments: { type: 'string', value: '<file>', summary: 'write the transfers as payments, for `tally reconcile`' },
    'drop-bad-rows': {
      type: 'boolean',
      summary: 'leave malformed rows out and report them; default: stop at the first',
    },
  },
  notes: [
    'A last row that is cut off is always left out and reported. Each month with transfers is a window; amounts are in',
    'haler (0.01 CZK). The order file gives no dates: which order explains which transfer is inferred, and with --orders',
    'the first transfer says from when and on which day an order is due, the last one until when.',
  ].join('\n'),
  run: async ({ positionals, options, config, cwd, onProgress, signal }) => {
    const path = (option: string | boolean | undefined) =>
      option === undefined ? undefined : resolve(cwd, option as string);
    const [out, paymentsOut] = [path(options.out), path(options.payments)];
    const imported = await importBerka(
      { config, onProgress, signal },
      {
        dir: resolve(cwd, positionals[0] as string),
        badRows: options['drop-bad-rows'] ? 'drop' : 'refuse',
        month: options.month as string | undefined,
        owed: options.orders ? 'orders' : 'transfers',
        ...{ out, paymentsOut },
      },
    );
    const lines = [factsText(imported.facts)];
    for (const { file, line, why } of imported.dropped) lines.push(`left out: ${file}:${line}: ${why}`);
    const taken = imported.windows.reduce((sum, { obligations }) => sum + obligations.length, 0);
    if (out) lines.push(`written: ${out}, ${count(taken)} obligations in ${imported.windows.length} windows`);
    if (paymentsOut) lines.push(`written: ${paymentsOut}, ${count(imported.payments.length)} payments`);
    const { participants, dropped } = imported;
    const windows = imported.windows.map(({ label, obligations }) => ({ label, obligations: obligations.length }));
    const payments = { count: imported.payments.length, out: paymentsOut };
    return { text: lines.join('\n'), json: { facts: imported.facts, participants, windows, dropped, out, payments } };
  },
};

function factsText(all: BerkaFacts): string {
  const { gross, bilateral, multilateral, orders } = all;
  const saved = (net: bigint) => `${money(net)} CZK (${percent(gross - net, gross)} saved)`;
  return facts([
    ['good rows', count(all.transactions)],
    [
      'interbank transfers',
      `${count(all.count)} over ${all.days} days and ${all.months} months, ${all.participants} participants`,
    ],
    ['  out', `${count(all.out.count)} (${money(all.out.amount)} CZK)`],
    ['  in', `${count(all.in.count)} (${money(all.in.amount)} CZK)`],
    ['gross', `${money(gross)} CZK`],
    ['bilateral net, daily', saved(bilateral.daily)],
    ['bilateral net, monthly', saved(bilateral.monthly)],
    ['multilateral net, daily', saved(multilateral.daily)],
    ['multilateral net, monthly', saved(multilateral.monthly)],
    [
      'outgoing with a standing order',
      `${count(orders.matched)} of ${count(orders.matched + orders.unmatched)}, by ${count(orders.ordersMatched)} of ${count(orders.orders)} orders`,
    ],
    ['  not once a month on one day', count(orders.repeated + orders.otherDay + orders.gaps)],
    [
      'busiest month',
      `${all.busiestMonth.label}: ${count(all.busiestMonth.count)}, ${all.busiestMonth.chunks} chunks of 64`,
    ],
    ['chunks of 64 in all', count(all.chunks)],
  ]);
}
