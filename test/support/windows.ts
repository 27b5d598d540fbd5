/** Windows of obligations for tests, and inputs as a prover would make them who wants a bad one to pass. */

import { Field } from '../../src/model/Field.ts';
import type { Obligation } from '../../src/model/Obligation.ts';
import { poseidon } from '../../src/model/Poseidon.ts';
import { Positions } from '../../src/model/Positions.ts';
import { Tree } from '../../src/model/Tree.ts';
import type { NettingInput, Window } from '../../src/model/Window.ts';
import type { Random } from './random.ts';

export const asset = 7;
export const dateFrom = 20_000;
export const dateTo = 20_030;

export function randomObligation(random: Random, participants: number): Obligation {
  const debtor = random.below(participants);
  return {
    debtor,
    creditor: (debtor + 1 + random.below(participants - 1)) % participants,
    amount: 1n + random.bits(1 + random.below(63)),
    valueDate: dateFrom + random.below(dateTo - dateFrom + 1),
    asset,
    reference: random.bits(248),
  };
}

export function randomWindow(random: Random, { count, participants }: { count: number; participants: number }): Window {
  const obligations = Array.from({ length: count }, () => randomObligation(random, participants));
  return { asset, dateFrom, dateTo, obligations };
}

export type Change = (input: NettingInput) => Partial<NettingInput>;

/**
 * The input after `change`, with all that a verifier sees worked out anew from what is then there, whether or not it is
 * allowed: only the rule that `change` breaks stands against it.
 */
export function remake(input: NettingInput, change: Change): NettingInput {
  const made = { ...input, ...change(input) };
  const leaves = made.used.map((used, i) => Field.from(used * leafOf(made, i)));
  const slots = made.used.length;
  const place = Math.floor(Number(made.firstIndex) / slots);
  return {
    ...made,
    oldRoot: Tree.root(Tree.emptyRoot(Math.log2(slots)), place, made.siblings),
    newRoot: Tree.root(Tree.subtree(leaves), place, made.siblings),
    oldPositions: Positions.commitment(made.positions, made.oldSalt),
    newPositions: Positions.commitment(positionsAfter(made), made.newSalt),
  };
}

function leafOf(input: NettingInput, i: number): bigint {
  const at = (values: readonly bigint[]) => values[i] as bigint;
  const terms =
    at(input.valueDate) +
    input.asset * 2n ** 32n +
    at(input.debtor) * 2n ** 64n +
    at(input.creditor) * 2n ** 96n +
    2n ** 128n;
  const placed = terms + (input.firstIndex + BigInt(i)) * 2n ** 136n;
  return poseidon([Field.from(placed), Field.from(at(input.amount)), at(input.reference), at(input.salt)]);
}

/** As the circuit's formulas move them: a party that is not one of P moves nothing. */
function positionsAfter({ used, debtor, creditor, amount, positions }: NettingInput): bigint[] {
  return positions.map((position, j) =>
    used.reduce((sum, isUsed, i) => {
      const chosen = (party: readonly bigint[]) => (isUsed === 1n && party[i] === BigInt(j) ? 1n : 0n);
      return sum + (chosen(creditor) - chosen(debtor)) * (amount[i] as bigint);
    }, position),
  );
}
