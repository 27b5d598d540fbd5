// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IComputeLedger} from "./interfaces/IComputeLedger.sol";
import {IProgramRegistry} from "./interfaces/IProgramRegistry.sol";
import {Calldata} from "./libraries/Calldata.sol";
import {Context} from "./libraries/Context.sol";
import {Statements} from "./libraries/Statements.sol";
import {KeyId, ProgramId, StatementId} from "./types/Ids.sol";

/// @title Ledger of proven statements
/// @notice See IComputeLedger. It has no roles: whoever brings a valid proof may record.
///
/// Invariants
/// 1. A statement has at most one row, whatever proofs and keys are brought for it, and a row never changes.
/// 2. Rows are numbered 0, 1, 2, … without gaps, and so are the rows of each program's stream but stream 0.
/// 3. The head commits to every field of every event in order, beginning with this chain and contract.
/// 4. Every row's signal 0 is the context of its own event on the chain that recorded it.
contract ComputeLedger is IComputeLedger {
    /// @notice Most public signals of a statement, as in the registry.
    uint256 public constant SIGNALS_MAX = 256;

    /// @inheritdoc IComputeLedger
    IProgramRegistry public immutable registry;

    /// @inheritdoc IComputeLedger
    bytes32 public head;

    /// @inheritdoc IComputeLedger
    uint64 public count;

    mapping(StatementId statementId => Record) private _records;
    mapping(ProgramId programId => mapping(uint32 stream => uint64)) private _sequences;

    constructor(IProgramRegistry registry_) {
        registry = registry_;
        head = keccak256(abi.encode("tallystick/ledger/v1", block.chainid, address(this)));
    }

    /// @inheritdoc IComputeLedger
    function record(
        ProgramId programId,
        KeyId keyId,
        uint32 stream,
        uint32 window,
        address beneficiary,
        uint64 expectedSequence,
        uint256[] calldata signals,
        bytes calldata seal
    ) external returns (StatementId statementId) {
        Calldata.requireExact(8, 1 + signals.length, seal.length);
        _requireContext(programId, stream, window, beneficiary, signals);
        statementId = Statements.id(programId, signals);
        _requireNew(statementId);
        registry.verify(programId, keyId, signals, seal);

        _takeSequence(programId, stream, expectedSequence);
        (uint64 index, bytes32 newHead) =
            _append(statementId, programId, keyId, stream, window, beneficiary, expectedSequence);
        emit Recorded(
            statementId, programId, stream, window, beneficiary, keyId, index, expectedSequence, newHead, signals
        );
    }

    /// @inheritdoc IComputeLedger
    function requireRecorded(ProgramId programId, uint256[] calldata signals, uint64 confirmations)
        external
        view
        returns (StatementId statementId)
    {
        _requireCount(signals);
        statementId = Statements.id(programId, signals);
        requireRecordedStatement(programId, statementId, confirmations);
    }

    /// @inheritdoc IComputeLedger
    function requireRecordedStatement(ProgramId programId, StatementId statementId, uint64 confirmations) public view {
        Record memory row = _records[statementId];
        if (row.blockNumber == 0) revert NotRecorded(statementId);
        if (row.programTag != _tag(programId)) revert RecordedForOtherProgram(statementId, programId);
        registry.requireProgram(programId);
        if (block.number - row.blockNumber < confirmations) {
            revert NotFinal(statementId, row.blockNumber, confirmations);
        }
    }

    /// @inheritdoc IComputeLedger
    function contextOf(ProgramId programId, uint32 stream, uint32 window, address beneficiary)
        external
        view
        returns (uint256)
    {
        return Context.compute(programId, stream, window, beneficiary);
    }

    /// @inheritdoc IComputeLedger
    function recordOf(StatementId statementId) external view returns (Record memory) {
        return _records[statementId];
    }

    /// @inheritdoc IComputeLedger
    function sequenceOf(ProgramId programId, uint32 stream) external view returns (uint64) {
        return _sequences[programId][stream];
    }

    function _requireContext(
        ProgramId programId,
        uint32 stream,
        uint32 window,
        address beneficiary,
        uint256[] calldata signals
    ) internal view {
        _requireCount(signals);
        uint256 expected = Context.compute(programId, stream, window, beneficiary);
        if (signals[0] != expected) revert ContextMismatch(expected, signals[0]);
    }

    function _requireCount(uint256[] calldata signals) internal pure {
        if (signals.length == 0 || signals.length > SIGNALS_MAX) {
            revert SignalCountOutOfBounds(signals.length, SIGNALS_MAX);
        }
    }

    function _requireNew(StatementId statementId) internal view {
        Record storage row = _records[statementId];
        if (row.blockNumber != 0) revert AlreadyRecorded(statementId, row.index);
    }

    function _takeSequence(ProgramId programId, uint32 stream, uint64 expectedSequence) internal {
        uint64 sequence = stream == 0 ? 0 : _sequences[programId][stream];
        if (sequence != expectedSequence) revert SequenceMismatch(sequence, expectedSequence);
        if (stream != 0) _sequences[programId][stream] = sequence + 1;
    }

    function _append(
        StatementId statementId,
        ProgramId programId,
        KeyId keyId,
        uint32 stream,
        uint32 window,
        address beneficiary,
        uint64 sequence
    ) internal returns (uint64 index, bytes32 newHead) {
        index = count;
        count = index + 1;
        _records[statementId] = Record(index, uint64(block.number), _tag(programId));
        newHead = keccak256(abi.encode(head, statementId, keyId, stream, window, beneficiary, index, sequence));
        head = newHead;
    }

    /// @dev Sixteen bytes of the programId share a slot with the row. They refuse who asks about a program that is
    /// not the statement's; to fool them one would need another registered program with the same first half.
    function _tag(ProgramId programId) internal pure returns (bytes16) {
        return bytes16(ProgramId.unwrap(programId));
    }
}
