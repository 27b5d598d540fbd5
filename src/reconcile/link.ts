/** @module Which payments and obligations hang together by references, and which payments only claim to. */
import type { Due } from '../model/Finding.ts';
import type { Payment } from '../model/Payment.ts';

/** Obligations of one pair of parties, and the payments that are for them. */
export type Linked = { readonly dues: readonly Due[]; readonly payments: readonly Timed[] };

/** A payment with the time that counts: never before that of an earlier payment in the sequence. */
export type Timed = { readonly payment: Payment; readonly time: number };

/** A payment that names obligations but is not in their asset or not between their parties. */
export type Stray = {
  readonly reason: 'UNKNOWN_ASSET' | 'PARTY_MISMATCH';
  readonly payment: Payment;
  readonly dues: readonly Due[];
};

export type Links = {
  readonly groups: readonly Linked[];
  readonly strays: readonly Stray[];
  /** They name no obligation that there is. */
  readonly unexpected: readonly Payment[];
};

/**
 * Joins payments, given in sequence, with the obligations that they name. A payment that fits one of its obligations but
 * not another is a stray; strays join nothing, so whoever quotes other people's references cannot mix up their groups.
 */
export function link(dues: ReadonlyMap<string, Due>, payments: readonly Timed[]): Links {
  const strays: Stray[] = [];
  const unexpected: Payment[] = [];
  const groups = new Map<Due, Group>();
  for (const timed of payments) {
    const { payment } = timed;
    const named = payment.references.flatMap((reference) => dues.get(referenceKey(reference)) ?? []);
    const reason = named.length > 0 ? misfit(payment, named) : undefined;
    if (named.length === 0) unexpected.push(payment);
    else if (reason) strays.push({ reason, payment, dues: named });
    else join(groups, timed, named);
  }
  const settled = new Set(groups.values());
  return { groups: [...settled], strays, unexpected };
}

/**
 * The key of a reference in an index: a text, since the engine scatters texts by a secret seed but integers by their
 * lowest bits, which whoever chooses references could make collide.
 */
export function referenceKey(reference: bigint): string {
  return reference.toString(36);
}

type Group = { dues: Due[]; payments: Timed[] };

function misfit({ asset, debtor, creditor }: Payment, dues: readonly Due[]): Stray['reason'] | undefined {
  if (dues.some(({ obligation }) => obligation.asset !== asset)) return 'UNKNOWN_ASSET';
  const fits = ({ obligation }: Due) => obligation.debtor === debtor && obligation.creditor === creditor;
  return dues.every(fits) ? undefined : 'PARTY_MISMATCH';
}

/** Puts a payment and its obligations into one group; the smaller of two groups moves, so each moves log n times. */
function join(groups: Map<Due, Group>, payment: Timed, dues: readonly Due[]): void {
  let group: Group | undefined;
  for (const due of dues) {
    const other = groups.get(due) ?? { dues: [due], payments: [] };
    if (group === undefined) group = other;
    else if (other !== group) {
      const [small, large]: [Group, Group] = other.dues.length < group.dues.length ? [other, group] : [group, other];
      for (const moved of small.dues) groups.set(moved, large);
      group = absorb(large, small);
    }
    groups.set(due, group);
  }
  group?.payments.push(payment);
}

/** Without spreading: a call takes some ten thousand arguments only. */
function absorb(large: Group, small: Group): Group {
  for (const due of small.dues) large.dues.push(due);
  for (const payment of small.payments) large.payments.push(payment);
  return large;
}
