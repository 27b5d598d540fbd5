/**
 * @module What the chain's answers mean. Foreign errors are turned into ours once, here: an unreachable node, an empty
 * account, or a contract that refused and said why.
 */
import { type Abi, BaseError, HttpRequestError, InsufficientFundsError, TimeoutError } from 'viem';
import { decodeErrorResult } from 'viem/utils';
import {
  BalanceError,
  ChainUnavailableError,
  ContractForbiddenError,
  ContractRevertError,
  type RevertReason,
  TallyError,
} from '../errors.ts';
import { Hex } from '../model/Hex.ts';
import { Json } from '../model/Json.ts';
import {
  accessManager,
  attesterSet,
  caseBook,
  computeLedger,
  groth16Verifier,
  nettingLedger,
  participantRegistry,
  programRegistry,
  reconciler,
  settlement,
} from './generated/contracts.ts';

const contracts = [
  ...[accessManager, programRegistry, groth16Verifier, computeLedger, nettingLedger],
  ...[participantRegistry, settlement, attesterSet, reconciler, caseBook],
];
/** All errors of our contracts, told apart by their selectors. */
const errorsAbi: Abi = contracts.flatMap(({ abi }): Abi => abi).filter((item) => item.type === 'error');
/** Refusals that are about the sender's rights or about what was stopped. */
const forbidden =
  /^(AccessManage|Frozen|DevelopmentKeyRefused$|ProductionChain$|StreamHalted$|ParticipantHalted$|StillHeld$|AttesterIsBarred$|\w*Override)/;

/** Turns a failure of the RPC client into an error of ours; `what` says what was being done. */
export function chainFailure(cause: unknown, { what, at }: { what: string; at?: string | undefined }): TallyError {
  if (cause instanceof TallyError) return cause;
  const data = revertData(cause);
  if (data !== undefined) return revertError(decodeReason(data), { what, at, cause });
  if (find(cause, (error) => error instanceof InsufficientFundsError)) {
    return new BalanceError(`the account cannot pay for ${what}`, { at, cause });
  }
  // The client's long messages quote the address of the node, which may hold a provider's key: the short ones do not.
  const message = cause instanceof BaseError ? cause.shortMessage : 'the node gave no usable answer';
  if (/revert/i.test(message)) return revertError({ name: 'unknown', args: [] }, { what, at, cause });
  return new ChainUnavailableError(`the chain did not answer while ${what}`, {
    at,
    details: [isSilence(cause) ? 'nobody answers at the RPC address' : message],
    remedy: 'check the RPC address, or start the local chain again',
    cause,
  });
}

/** The error for a contract that refused, with its reason in words. */
export function revertError(
  reason: RevertReason,
  { what, at, cause }: { what: string; at?: string | undefined; cause?: unknown },
): ContractRevertError | ContractForbiddenError {
  const Refusal = forbidden.test(reason.name) ? ContractForbiddenError : ContractRevertError;
  return new Refusal(`the contract refused ${what}: ${formatReason(reason)}`, { at, reason, cause });
}

/** What the bytes of a revert say; an unknown error keeps its selector as its name. */
export function decodeReason(data: Hex): RevertReason {
  if (data === '0x') return { name: 'no reason given', args: [] };
  try {
    const { errorName, args } = decodeErrorResult({ abi: errorsAbi, data });
    return { name: errorName, args: toText(args ?? []) as unknown[] };
  } catch {
    return { name: data.slice(0, 10), args: [] };
  }
}

/** Integers of every width as decimal strings, so that a reason reads the same from the outbox's file. */
function toText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toText);
  return typeof value === 'bigint' || typeof value === 'number' ? value.toString() : value;
}

/** The bytes that a contract reverted with, if that is what this error is about. */
export function revertData(error: unknown): Hex | undefined {
  const carrier = find(error, (inner) => Hex.is((inner as { data?: unknown }).data));
  return (carrier as { data?: Hex } | undefined)?.data;
}

export function formatReason({ name, args }: RevertReason): string {
  return args.length === 0 ? name : `${name}(${args.map((arg) => Json.stringify(arg).replaceAll('"', '')).join(', ')})`;
}

function isSilence(error: unknown): boolean {
  return find(error, (inner) => inner instanceof HttpRequestError || inner instanceof TimeoutError) !== undefined;
}

function find(error: unknown, test: (error: unknown) => boolean): unknown {
  if (error instanceof BaseError) return error.walk(test) ?? undefined;
  return undefined;
}
