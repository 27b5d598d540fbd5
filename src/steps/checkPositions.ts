import { DisclosureMismatchError } from '../errors.ts';
import type { WindowBook } from '../model/ObligationFile.ts';

/**
 * Compares the positions that the chain disclosed with plain arithmetic over the obligations: what each participant is
 * owed less what it owes, added up one by one. Returns how many participants were compared.
 * @throws DisclosureMismatchError
 */
export function checkPositions(book: WindowBook, disclosed: readonly bigint[]): number {
  const plain = new Map<number, bigint>();
  for (const { debtor, creditor, amount } of book.obligations) {
    plain.set(debtor, (plain.get(debtor) ?? 0n) - amount);
    plain.set(creditor, (plain.get(creditor) ?? 0n) + amount);
  }
  const numbers = new Set([...disclosed.keys(), ...plain.keys()]);
  const wrong = [...numbers].filter((number) => (plain.get(number) ?? 0n) !== disclosed[number]);
  if (wrong.length === 0) return numbers.size;
  throw new DisclosureMismatchError(`window ${book.label}: the disclosed positions are not what was owed`, {
    at: `participants ${wrong.join(', ')}`,
    details: wrong.map(
      (number) => `${number}: disclosed ${disclosed[number] ?? 'nothing'}, owed ${plain.get(number) ?? 0n}`,
    ),
  });
}
