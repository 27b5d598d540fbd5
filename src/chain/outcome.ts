/** @module What a call to a contract came to. Every call may find that its effect is there already, and adopts it. */
import { ContractForbiddenError, ContractRevertError } from '../errors.ts';
import type { Sent } from './outbox.ts';

export type Outcome = {
  /** Whether the effect was there before this call, and nothing was sent for it now. */
  readonly adopted: boolean;
  /** The transaction with its gas; absent when somebody else's transaction had the effect. */
  readonly sent: Sent | undefined;
};

export function fromSent(sent: Sent): Outcome {
  return { adopted: sent.earlier, sent };
}

export const adoptedOutcome: Outcome = { adopted: true, sent: undefined };

/** Whether a contract refused with one of these errors. */
export function isRefusal(error: unknown, ...names: readonly string[]): boolean {
  if (!(error instanceof ContractRevertError || error instanceof ContractForbiddenError)) return false;
  return names.includes(error.reason.name);
}
