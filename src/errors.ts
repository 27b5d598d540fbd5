/**
 * Every error that Tallystick raises on purpose, in pipeline order. The class name and `code` are the contract; texts
 * may change. An error never carries a private value: it names the path to the value instead.
 */

/** What the process answers with: the same number for the same kind of failure in every command. */
export const ExitCode = {
  ok: 0,
  badInput: 2,
  statementFalse: 3,
  badArtifact: 4,
  resource: 5,
  reconciliation: 6,
  authority: 7,
  internal: 70,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export type ErrorFacts = {
  /** Where the fault is: a file, a signal path, a transaction, a constraint. */
  readonly at?: string | undefined;
  /** Facts to show below the first line. */
  readonly details?: readonly string[] | undefined;
  /** What the reader can do about it. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
};

/** The base of all errors. Subclasses fix `code` and `exitCode`; instances bring the facts. */
export abstract class TallyError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: ExitCode;
  /** Whether the same call may succeed when it is made again without any change. */
  readonly retryable: boolean = false;
  readonly shortMessage: string;
  readonly at: string | undefined;
  readonly details: readonly string[];
  readonly remedy: string | undefined;

  constructor(shortMessage: string, facts: ErrorFacts = {}) {
    const lines = [shortMessage];
    if (facts.at) lines.push(`  at: ${facts.at}`);
    for (const detail of facts.details ?? []) lines.push(`  ${detail}`);
    if (facts.remedy) lines.push(`  → ${facts.remedy}`);
    super(lines.join('\n'), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.shortMessage = shortMessage;
    this.at = facts.at;
    this.details = facts.details ?? [];
    this.remedy = facts.remedy;
    this.name = new.target.name;
  }

  /** The section of the documentation that treats this error. */
  get docsPath(): string {
    return `docs/errors.md#${this.code.replaceAll('_', '-')}`;
  }

  /** The one-line form that `--json` prints. */
  toJSON(): { code: string; message: string; at: string | undefined } {
    return { code: this.code, message: this.shortMessage, at: this.at };
  }
}

abstract class BadInput extends TallyError {
  readonly exitCode = ExitCode.badInput;
}
abstract class StatementFalse extends TallyError {
  readonly exitCode = ExitCode.statementFalse;
}
abstract class BadArtifact extends TallyError {
  readonly exitCode = ExitCode.badArtifact;
}
abstract class Exhausted extends TallyError {
  readonly exitCode = ExitCode.resource;
}
abstract class Unreconciled extends TallyError {
  readonly exitCode = ExitCode.reconciliation;
}
abstract class Refused extends TallyError {
  readonly exitCode = ExitCode.authority;
}

// ── Input: command line, JSON, names, files ─────────────────────────────────────────────────────────────────────────

/** Thrown when a command is called with words it does not know or without those it needs. */
export class UsageError extends BadInput {
  readonly code = 'usage';
}
/** Thrown when `tally.config.ts` is missing a value or has a wrong one. */
export class ConfigError extends BadInput {
  readonly code = 'config';
}
/** Thrown when a name of a computation, key or stream is not a plain lower-case identifier. */
export class NameError extends BadInput {
  readonly code = 'name';
}
/** Thrown when a path is not a regular file of a permitted size. */
export class InputFileError extends BadInput {
  readonly code = 'input_file';
}
/** Thrown when the system refuses a file that is to be written or read: a full disk, missing rights, too many files. */
export class FileSystemError extends Exhausted {
  readonly code = 'file_system';
  override readonly retryable = true;
}
/** Thrown when text is not strict JSON: malformed, a duplicate key, too deep, a BOM. */
export class JsonError extends BadInput {
  readonly code = 'json';
}
/** Thrown when a value has the wrong JSON type for its signal. */
export class InputTypeError extends BadInput {
  readonly code = 'input_type';
}
/** Thrown when an array has the wrong length or nesting for its signal. */
export class InputShapeError extends BadInput {
  readonly code = 'input_shape';
}
/** Thrown when a number lies outside the range of its signal or of the field. */
export class InputRangeError extends BadInput {
  readonly code = 'input_range';
}
/** Thrown when a JSON number cannot carry an exact integer: beyond 2^53, fractional, exponential. */
export class InputPrecisionError extends BadInput {
  readonly code = 'input_precision';
}
/** Thrown when a signal is missing from the input. */
export class InputMissingError extends BadInput {
  readonly code = 'input_missing';
}
/** Thrown when the input names a signal that the computation does not have. */
export class InputUnknownError extends BadInput {
  readonly code = 'input_unknown';
}
/** Thrown when a row of an imported file does not parse and the importer was not told to drop it. */
export class ImportError extends BadInput {
  readonly code = 'import';
}
/** Thrown when a file of examples is not of its format. */
export class ExamplesError extends BadInput {
  readonly code = 'examples';
}
/** Thrown when an obligation is malformed: parties, amount, dates, reference. */
export class ObligationError extends BadInput {
  readonly code = 'obligation';
}
/** Thrown when a window cannot be planned: its dates, its size, or more obligations than its tree has slots. */
export class WindowError extends BadInput {
  readonly code = 'window';
}
/** Thrown when a payment is malformed or named twice: id, sequence, parties, asset, amount, references, dates. */
export class PaymentError extends BadInput {
  readonly code = 'payment';
}
/** Thrown when a policy has an entry that is unknown or out of range. */
export class PolicyError extends BadInput {
  readonly code = 'policy';
}
/** Thrown when a file or line is of a version that this program does not read and cannot migrate. */
export class SchemaVersionError extends BadInput {
  readonly code = 'schema_version';
}

// ── Background services ─────────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when the record of what runs in the background cannot be used, or another process holds it for too long. */
export class ServicesError extends Exhausted {
  readonly code = 'services';
  override readonly retryable = true;
}

// ── Store ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when the database cannot be reached, does not start, or was lost in the middle of something. */
export class StoreUnavailableError extends Exhausted {
  readonly code = 'store_unavailable';
  override readonly retryable = true;
}
/** Thrown when the database stalls: a statement, a lock or a connection took longer than it may. */
export class StoreTimeoutError extends Exhausted {
  readonly code = 'store_timeout';
  override readonly retryable = true;
}
/** Thrown when all connections are taken and no more work is queued for them; try again when some of it is done. */
export class StoreBusyError extends Exhausted {
  readonly code = 'store_busy';
  override readonly retryable = true;
}
/** Thrown when two transactions met on the same rows and this one was rolled back; it can be made again. */
export class StoreConflictError extends Exhausted {
  readonly code = 'store_conflict';
  override readonly retryable = true;
}
/** Thrown when the database has no room left; nothing of the transaction was kept. */
export class StoreFullError extends Exhausted {
  readonly code = 'store_full';
  override readonly retryable = true;
}
/** Thrown when the database does not know the user or its password. */
export class StoreAuthError extends Refused {
  readonly code = 'store_auth';
}
/** Thrown when the database's certificate does not prove whose it is, or the connection would not be encrypted. */
export class StoreTlsError extends Refused {
  readonly code = 'store_tls';
}
/** Thrown when a role asks the database for what it may not see or change, such as another tenant's rows. */
export class StoreForbiddenError extends Refused {
  readonly code = 'store_forbidden';
}
/** Thrown when the database's own version is too old. */
export class StoreVersionError extends BadArtifact {
  readonly code = 'store_version';
}
/** Thrown when the database has migrations that this program is too old to work with. */
export class SchemaNewerError extends BadArtifact {
  readonly code = 'schema_newer';
}
/** Thrown when the database lacks migrations of this program and may not be migrated from here. */
export class SchemaOlderError extends BadArtifact {
  readonly code = 'schema_older';
}
/** Thrown when a migration that was applied is not the one that this program has under the same number. */
export class MigrationChangedError extends BadArtifact {
  readonly code = 'migration_changed';
}
/** Thrown when a tenant is named that the database does not have. */
export class TenantError extends BadInput {
  readonly code = 'tenant';
}
/** Thrown when rows contradict a rule of the schema; always a defect of the program or a hand at the database. */
export class StoreConstraintError extends TallyError {
  readonly code = 'store_constraint';
  readonly exitCode = ExitCode.internal;
}
/** Thrown when a page of the database is not as it was written; nothing is served from it. */
export class StoreDamagedError extends Unreconciled {
  readonly code = 'store_damaged';
}
/** Thrown when sealed bytes do not open in their place: altered, moved to another row, or of another tenant. */
export class SealBrokenError extends Unreconciled {
  readonly code = 'seal_broken';
}
/** Thrown when the key-encryption key is malformed or not the one that was used. */
export class KeyEncryptionKeyError extends Refused {
  readonly code = 'key_encryption_key';
}

// ── Computation and circuit ─────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when `computation.ts` does not define a computation as the schema asks. */
export class ComputationError extends BadInput {
  readonly code = 'computation';
}
/** Thrown when a circom `include` leaves the permitted roots or does not resolve. */
export class IncludeError extends BadInput {
  readonly code = 'include';
}
/** Thrown when circom reports an error or a warning, or the main template has outputs. */
export class CompileError extends BadInput {
  readonly code = 'compile';
}
/** Thrown when there is no earlier form of a computation to compare it with. */
export class DiffBaseError extends BadInput {
  readonly code = 'diff_base';
}
/** Thrown when the test of a computation finds something: an answer that is wrong, or one that nothing forces. */
export class FaultsError extends StatementFalse {
  readonly code = 'faults';
}
/** Thrown when the compiler passes its deadline or its memory bound; its process is ended. */
export class CompilerLimitError extends Exhausted {
  readonly code = 'compiler_limit';
}

// ── Artifacts: r1cs, wasm, wtns, zkey, ptau ─────────────────────────────────────────────────────────────────────────

/** Thrown when a binary artifact ends before what its own header promises. */
export class ArtifactTruncatedError extends BadArtifact {
  readonly code = 'artifact_truncated';
}
/** Thrown when an artifact's magic, section table or contents are not of its format. */
export class ArtifactFormatError extends BadArtifact {
  readonly code = 'artifact_format';
}
/** Thrown when an artifact has a version that is not supported. */
export class ArtifactVersionError extends BadArtifact {
  readonly code = 'artifact_version';
}
/** Thrown when an artifact is over another curve or field than BN254. */
export class ArtifactCurveError extends BadArtifact {
  readonly code = 'artifact_curve';
}
/** Thrown when an artifact belongs to another proof system than Groth16. */
export class ArtifactProtocolError extends BadArtifact {
  readonly code = 'artifact_protocol';
}
/** Thrown when a pinned artifact's content hash is not the one recorded. */
export class ArtifactHashError extends BadArtifact {
  readonly code = 'artifact_hash';
}
/** Thrown when two artifacts do not belong together: a key and a circuit, a witness and a key. */
export class ArtifactMismatchError extends BadArtifact {
  readonly code = 'artifact_mismatch';
}
/** Thrown when a phase-1 file is not the expected one, not sound, not prepared or too small for the circuit. */
export class PtauError extends BadArtifact {
  readonly code = 'ptau';
}
/** Thrown when a path that must lie inside a root leads out of it. */
export class ArtifactEscapeError extends BadArtifact {
  readonly code = 'artifact_escape';
}

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when a key would let anyone forge proofs, or is not a well-formed Groth16 key. */
export class UnsafeKeyError extends BadArtifact {
  readonly code = 'unsafe_key';
}
/** Thrown when a ceremony's transcript does not hold: its initial key, a contribution, the order of them, the beacon. */
export class CeremonyError extends BadArtifact {
  readonly code = 'ceremony';
}
/** Thrown when a development key is about to meet a chain where real value may move. */
export class DevelopmentKeyError extends Refused {
  readonly code = 'development_key';
}

// ── Witness and proof ───────────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when no witness satisfies the constraints for this input; says which constraint failed and where. */
export class UnsatisfiedError extends StatementFalse {
  readonly code = 'unsatisfied';
}
/** Thrown when a proof or its public signals are not of canonical form, or the proof does not verify. */
export class ProofRejectedError extends StatementFalse {
  readonly code = 'proof_rejected';
}
/** Thrown when the number of public signals is not the one the key has. */
export class SignalCountError extends StatementFalse {
  readonly code = 'signal_count';
}
/** Thrown when a proof file names another protocol or curve. */
export class ProofProtocolError extends BadArtifact {
  readonly code = 'proof_protocol';
}
/** Thrown when a proof that this process made does not verify: a defect of the engine or of the machine. */
export class SelfCheckError extends TallyError {
  readonly code = 'self_check';
  readonly exitCode = ExitCode.internal;
}
/** Thrown when our own verifier, snarkjs and the contracts do not say the same of a proof; everything is halted then. */
export class VerifiersDisagreeError extends TallyError {
  readonly code = 'verifiers_disagree';
  readonly exitCode = ExitCode.internal;
}
/** Thrown when verifiers disagreed before, and nobody has lifted the halt yet. */
export class HaltedError extends Refused {
  readonly code = 'halted';
}
/** Thrown when a job passes its deadline. */
export class DeadlineError extends Exhausted {
  readonly code = 'deadline';
}
/** Thrown when a job is cancelled by its caller. */
export class CancelledError extends Exhausted {
  readonly code = 'cancelled';
}
/** Thrown when the prover's queue is full; try again when jobs have finished. */
export class QueueFullError extends Exhausted {
  readonly code = 'queue_full';
  override readonly retryable = true;
}
/** Thrown when a worker ended in the middle of a job; the slot has been replaced. */
export class WorkerLostError extends Exhausted {
  readonly code = 'worker_lost';
  override readonly retryable = true;
}
/** Thrown when a job needs more memory than its worker may have; the slot has been replaced. */
export class WorkerMemoryError extends Exhausted {
  readonly code = 'worker_memory';
}
/** Thrown when a worker reports a failure that none of the other classes describes. */
export class WorkerFailedError extends TallyError {
  readonly code = 'worker_failed';
  readonly exitCode = ExitCode.internal;
  override readonly retryable = true;
}
/**
 * Thrown when some jobs of a batch ended as dead letters; the others are done and stored. The exit code is the highest of
 * those of the jobs' own errors.
 */
export class BatchIncompleteError extends TallyError {
  readonly code = 'batch_incomplete';
  readonly exitCode: ExitCode;

  constructor(
    shortMessage: string,
    { exitCodes = [], ...facts }: ErrorFacts & { readonly exitCodes?: readonly ExitCode[] },
  ) {
    super(shortMessage, facts);
    // The numbers rise from what the caller's own input is to blame for to what only we are.
    this.exitCode = Math.max(ExitCode.statementFalse, ...exitCodes) as ExitCode;
  }
}

// ── Jobs, runs and workers ──────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when a job or run is named that the tenant does not have, or when a name stands for several. */
export class JobUnknownError extends BadInput {
  readonly code = 'job_unknown';
}
/** Thrown when an id that a run has already comes again with another input. */
export class JobConflictError extends BadInput {
  readonly code = 'job_conflict';
}
/** Thrown when a run of this name exists for another program or key. */
export class RunConflictError extends BadInput {
  readonly code = 'run_conflict';
}
/** Thrown when some lines of a run's inputs were not taken in; the others were, and the error file names each. */
export class RunInputError extends BadInput {
  readonly code = 'run_input';
}
/** Thrown when the queue holds as many open jobs as it may; what was taken in before stays. */
export class JobsFullError extends Exhausted {
  readonly code = 'jobs_full';
  override readonly retryable = true;
}
/** Thrown when a budget is used up; says which, and until when. */
export class BudgetError extends Refused {
  readonly code = 'budget';
}
/** Thrown when a worker acts on a job whose lease has gone to another or was taken away; nothing of it is kept. */
export class LeaseLostError extends Refused {
  readonly code = 'lease_lost';
}
/** Thrown when the queue's tables or messages are of a version that this program does not speak. */
export class QueueVersionError extends BadArtifact {
  readonly code = 'queue_version';
}
/** Thrown when the repository's computation compiles to another program than the one that jobs were accepted for. */
export class ProgramChangedError extends BadArtifact {
  readonly code = 'program_changed';
}

// ── Chain ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when the chain cannot be reached, answers with another chain id, or the local one does not start. */
export class ChainUnavailableError extends Exhausted {
  readonly code = 'chain_unavailable';
  override readonly retryable = true;
}
/** Thrown when a contract is not deployed where the deployment file says. */
export class DeploymentError extends BadArtifact {
  readonly code = 'deployment';
}
/** Thrown when the operator's key is missing or its file is readable by others. */
export class OperatorKeyError extends Refused {
  readonly code = 'operator_key';
}
/** Thrown when another process owns the operator's nonces. */
export class OutboxLockedError extends Exhausted {
  readonly code = 'outbox_locked';
  override readonly retryable = true;
}
/** Thrown when an outbox file of an earlier version lists transactions of which it is not known what became of them. */
export class OutboxFileError extends TallyError {
  readonly code = 'outbox_file';
  readonly exitCode = ExitCode.reconciliation;
}
/** Thrown when a transaction is named that the outbox does not have, or that can no longer be bumped or cancelled. */
export class OutboxEntryError extends BadInput {
  readonly code = 'outbox_entry';
}
/** Thrown when an operator has taken an intent's nonce away from it; the same call made again sends it anew. */
export class SubmissionCancelledError extends Refused {
  readonly code = 'submission_cancelled';
}
/** Thrown when the RPC endpoints contradict each other and no majority of them agrees. */
export class EndpointsDisagreeError extends Unreconciled {
  readonly code = 'endpoints_disagree';
}
/** Thrown when a transaction needs more gas than one transaction may use. */
export class GasLimitError extends Exhausted {
  readonly code = 'gas_limit';
}
/** Thrown when a transaction is larger than what nodes take. */
export class SizeLimitError extends Exhausted {
  readonly code = 'size_limit';
}
/** Thrown when the account cannot pay for a transaction. */
export class BalanceError extends Exhausted {
  readonly code = 'balance';
}
/** Why a contract refused: the name of its error, such as `AlreadyRecorded`, and that error's arguments. */
export type RevertReason = { readonly name: string; readonly args: readonly unknown[] };

type RevertFacts = ErrorFacts & { readonly reason: RevertReason };

/** Thrown when a contract refuses a transaction; names the decoded reason. */
export class ContractRevertError extends StatementFalse {
  readonly code = 'contract_revert';
  readonly reason: RevertReason;

  constructor(shortMessage: string, { reason, ...facts }: RevertFacts) {
    super(shortMessage, facts);
    this.reason = reason;
  }
}
/** Thrown when a contract refuses who asks, or what was frozen: no other proof would help. */
export class ContractForbiddenError extends Refused {
  readonly code = 'contract_forbidden';
  readonly reason: RevertReason;

  constructor(shortMessage: string, { reason, ...facts }: RevertFacts) {
    super(shortMessage, facts);
    this.reason = reason;
  }
}
/** Thrown when the ledger's events do not form the hash chain that they claim: some were dropped or altered. */
export class RecordsBrokenError extends TallyError {
  readonly code = 'records_broken';
  readonly exitCode = ExitCode.reconciliation;
}
/** Thrown when what the chain disclosed is not what was computed off chain. */
export class DisclosureMismatchError extends TallyError {
  readonly code = 'disclosure_mismatch';
  readonly exitCode = ExitCode.reconciliation;
}

// ── Journal and receipts ────────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when an entry of the journal is not of canonical form, of an unknown kind, or carries what it may not. */
export class JournalEntryError extends Unreconciled {
  readonly code = 'journal_entry';
}
/** Thrown when the stored journal is not what was appended: a byte changed, an entry missing, doubled or moved. */
export class JournalBrokenError extends Unreconciled {
  readonly code = 'journal_broken';
}
/** Thrown when the journal is shorter than one of its signed checkpoints: entries were cut off or never restored. */
export class JournalTruncatedError extends Unreconciled {
  readonly code = 'journal_truncated';
}
/** Thrown when the journal's key has signed two different trees: the two heads are kept as evidence. */
export class JournalForkError extends Unreconciled {
  readonly code = 'journal_fork';
}
/** Thrown when an inclusion or consistency proof of the journal does not hold, or none can exist. */
export class LogProofError extends Unreconciled {
  readonly code = 'log_proof';
}
/** Thrown when a checkpoint, cosignature or note key is not of its format. */
export class CheckpointFormatError extends BadArtifact {
  readonly code = 'checkpoint_format';
}
/** Thrown when a checkpoint is not signed by the key it must be signed by, or the signature does not hold. */
export class CheckpointSignatureError extends Unreconciled {
  readonly code = 'checkpoint_signature';
}
/** Thrown when the journal's signing key is missing, damaged or readable by others. */
export class JournalKeyError extends Refused {
  readonly code = 'journal_key';
}
/** Thrown when a receipt is not of its format. */
export class ReceiptFormatError extends BadArtifact {
  readonly code = 'receipt_format';
}
/** Thrown when the parts of a receipt do not belong together, or the chain says otherwise. */
export class ReceiptMismatchError extends Unreconciled {
  readonly code = 'receipt_mismatch';
}

// ── Reconciliation ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when matched and broken items do not add up to what went in; always a defect worth a report. */
export class UnbalancedError extends TallyError {
  readonly code = 'unbalanced';
  readonly exitCode = ExitCode.internal;
}

// ── Everything else ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Thrown when something that cannot happen did; always a defect worth a report. */
export class InternalError extends TallyError {
  readonly code = 'internal';
  readonly exitCode = ExitCode.internal;
}
