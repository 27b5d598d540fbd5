// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyId, ProgramId, StatementId} from "../types/Ids.sol";
import {IProgramRegistry} from "./IProgramRegistry.sol";

/// @title The ledger of proven statements
/// @notice Anyone may record a statement with a proof of it. A statement is recorded once; who consumes it pulls it
/// with `requireRecorded`.
interface IComputeLedger {
    /// @notice A row of the ledger.
    /// @param index Its number among all rows, counted from 0.
    /// @param blockNumber The block that recorded it; 0 for a statement that is not recorded.
    /// @param programTag The first 16 bytes of its programId.
    struct Record {
        uint64 index;
        uint64 blockNumber;
        bytes16 programTag;
    }

    /// @notice Emitted when a statement has been recorded. Replaying these events rebuilds the ledger:
    /// head = keccak256(abi.encode(previous head, statementId, keyId, stream, window, beneficiary, index, sequence)).
    /// @param index Number of the row among all rows, counted from 0.
    /// @param sequence Number of the row within its program's stream, counted from 0; always 0 in stream 0.
    /// @param head The hash chain's head after this row.
    event Recorded(
        StatementId indexed statementId,
        ProgramId indexed programId,
        uint32 indexed stream,
        uint32 window,
        address beneficiary,
        KeyId keyId,
        uint64 index,
        uint64 sequence,
        bytes32 head,
        uint256[] signals
    );

    /// @notice Thrown when there are more public signals than any program has, or none.
    error SignalCountOutOfBounds(uint256 got, uint256 max);

    /// @notice Thrown when public signal 0 is not the context of this call: another chain, contract, program, stream,
    /// window or beneficiary was proven for.
    error ContextMismatch(uint256 expected, uint256 got);

    /// @notice Thrown when the statement has been recorded before, with whichever proof and key.
    error AlreadyRecorded(StatementId statementId, uint64 index);

    /// @notice Thrown when a record comes out of its stream's order.
    error SequenceMismatch(uint64 expected, uint64 got);

    /// @notice Thrown when a statement that somebody relies on is not recorded.
    error NotRecorded(StatementId statementId);

    /// @notice Thrown when a recorded statement is of another program than the one asked about.
    error RecordedForOtherProgram(StatementId statementId, ProgramId programId);

    /// @notice Thrown when a statement was recorded too recently to be relied upon.
    error NotFinal(StatementId statementId, uint64 recordedAt, uint64 confirmations);

    /// @notice Records a statement. The context in signals[0] names who and what the proof is for, so it does not
    /// matter who sends it.
    /// @param stream Stream 0 is unordered; the records of any other stream of a program come in sequence.
    /// @param window A number that the program's user gives a meaning to.
    /// @param beneficiary For whom the statement was proven; zero means nobody in particular.
    /// @param expectedSequence How many records the program's stream has already; 0 for stream 0.
    /// @param signals The public signals, context first.
    /// @param seal The proof.
    /// @return statementId The id under which it is recorded.
    function record(
        ProgramId programId,
        KeyId keyId,
        uint32 stream,
        uint32 window,
        address beneficiary,
        uint64 expectedSequence,
        uint256[] calldata signals,
        bytes calldata seal
    ) external returns (StatementId statementId);

    /// @notice Reverts with the reason unless the statement is recorded, its program is not frozen, and at least
    /// `confirmations` blocks came after the one that recorded it.
    function requireRecorded(ProgramId programId, uint256[] calldata signals, uint64 confirmations)
        external
        view
        returns (StatementId statementId);

    /// @notice The same for who holds only the statement's id.
    function requireRecordedStatement(ProgramId programId, StatementId statementId, uint64 confirmations) external view;

    /// @notice The context that a proof must carry to be recorded here on this chain.
    function contextOf(ProgramId programId, uint32 stream, uint32 window, address beneficiary)
        external
        view
        returns (uint256);

    /// @notice The row of a statement; all zero for one that is not recorded.
    function recordOf(StatementId statementId) external view returns (Record memory);

    /// @notice How many records a program's stream has; 0 for stream 0.
    function sequenceOf(ProgramId programId, uint32 stream) external view returns (uint64);

    /// @notice How many rows the ledger has.
    function count() external view returns (uint64);

    /// @notice The head of the hash chain over all rows.
    function head() external view returns (bytes32);

    /// @notice The registry that this ledger asks about programs and proofs.
    function registry() external view returns (IProgramRegistry);
}
