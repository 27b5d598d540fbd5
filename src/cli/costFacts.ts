import type { CostOfRun } from '../steps/runCost.ts';
import { count } from './table.ts';

/** What a run cost, as pairs of a word and its value. */
export function costFacts({ done, proving, chains }: CostOfRun): readonly (readonly [string, string])[] {
  const { attempts, failed, lost, cpuMs, wallMs, rssPeak, engines, firstAt, lastAt } = proving;
  const elapsed = firstAt && lastAt ? (lastAt.getTime() - firstAt.getTime()) / 1000 : 0;
  return [
    ['done', count(done)],
    ['attempts', `${count(attempts)}${failed + lost > 0 ? `, ${failed} failed, ${lost} lost` : ''}`],
    ['from first to last', `${elapsed.toFixed(1)} s`],
    ['processor', `${(Number(cpuMs) / 1000).toFixed(1)} s`],
    ['time of workers', `${(Number(wallMs) / 1000).toFixed(1)} s`],
    ['memory of a worker', `${count(rssPeak / 2n ** 20n)} MiB`],
    ['engines', engines.join(', ') || '–'],
    ...chains.map(
      ({ chainId, statements, transactions, gas, wei }) =>
        [
          `chain ${chainId}`,
          `${statements} statements, ${transactions} transactions, ${count(gas)} gas, ${wei} wei`,
        ] as const,
    ),
  ];
}
