/** One input for each rule of the Disclosure circuit, which breaks that rule and no other. */
import { r } from '../../src/model/Field.ts';
import { Positions } from '../../src/model/Positions.ts';
import type { BadCase } from '../support/refusal.ts';

export const context = 5n;
const salt = 123_456_789n;
const bound = 2n ** 95n;

/** The positions with a commitment that they open, whatever they are. */
export function opening(positions: readonly bigint[]) {
  return { context, commitment: Positions.commitment(positions, salt), positions, salt };
}

export function badDisclosures(): readonly BadCase[] {
  const good = opening([5n, -3n, -2n, 0n]);
  return [
    { desc: 'positions that sum to 1', template: 'BalancedPositions', input: opening([5n, -3n, -1n, 0n]) },
    { desc: 'positions that sum to −1', template: 'BalancedPositions', input: opening([5n, -3n, -3n, 0n]) },
    { desc: 'a position of 2^95', template: 'Range', input: opening([bound, -bound, 0n, 0n]) },
    { desc: 'a position below −2^95', template: 'Range', input: opening([bound - 1n, -bound - 1n, 2n, 0n]) },
    {
      desc: 'positions that only sum to zero by wrapping',
      template: 'Range',
      input: opening([(r - 1n) / 2n, (r - 1n) / 2n, 1n, 0n]),
    },
    { desc: 'other positions', template: 'Disclosure', input: { ...good, positions: [4n, -2n, -2n, 0n] } },
    { desc: 'exchanged positions', template: 'Disclosure', input: { ...good, positions: [-3n, 5n, -2n, 0n] } },
    { desc: 'another commitment', template: 'Disclosure', input: { ...good, commitment: good.commitment + 1n } },
    { desc: 'another salt', template: 'Disclosure', input: { ...good, salt: salt + 1n } },
  ];
}
