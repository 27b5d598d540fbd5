// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ICaseBook} from "./interfaces/ICaseBook.sol";
import {INettingLedger} from "./interfaces/INettingLedger.sol";
import {IProgramRegistry} from "./interfaces/IProgramRegistry.sol";
import {Calldata} from "./libraries/Calldata.sol";
import {Context} from "./libraries/Context.sol";
import {Positions} from "./libraries/Positions.sol";
import {Statements} from "./libraries/Statements.sol";
import {PoseidonConstants} from "./libraries/generated/PoseidonConstants.sol";
import {KeyId, ProgramId, StatementId} from "./types/Ids.sol";
import {ProgramKind} from "./types/Programs.sol";
import {WindowState} from "./types/WindowState.sol";

/// @title Ledger of net streams
/// @notice See INettingLedger.
///
/// Invariants
/// 1. A window's root and positions are its opening constants or the result of proofs that started from the values
///    stored before; `next` is N times the number of those proofs and at most 2^depth.
/// 2. A window moves forward only: None, Open, Closed, Disclosed. Once closed, its root, next and positions are fixed.
/// 3. Window numbers of a stream ascend, and no window is opened twice.
/// 4. Disclosed positions are one per participant, within ±2^95, sum to zero, and are what the commitment holds.
/// 5. A stream's programs and parameters never change.
/// 6. A retired stream has no open window and never has one again; it goes on in one other ledger at most.
contract NettingLedger is AccessManaged, INettingLedger {
    /// @dev The circuit compares dates in 16 bits.
    uint256 private constant _DAYS_MAX = 1 << 16;

    /// @inheritdoc INettingLedger
    IProgramRegistry public immutable registry;

    /// @inheritdoc INettingLedger
    ICaseBook public immutable cases;

    mapping(uint32 stream => Stream) private _streams;
    mapping(uint32 stream => mapping(uint32 window => Window)) private _windows;
    mapping(uint32 stream => mapping(uint32 window => int96[])) private _positions;
    mapping(uint32 stream => INettingLedger) private _successors;

    /// @param authority The AccessManager that gives the roles.
    constructor(address authority, IProgramRegistry registry_, ICaseBook cases_) AccessManaged(authority) {
        registry = registry_;
        cases = cases_;
    }

    /// @inheritdoc INettingLedger
    function createStream(uint32 stream, uint32 asset, ProgramId nettingProgram, ProgramId disclosureProgram)
        external
        restricted
    {
        _create(stream, asset, nettingProgram, disclosureProgram);
    }

    /// @inheritdoc INettingLedger
    function retire(uint32 stream, INettingLedger successor) external restricted {
        Stream storage s = _requireStream(stream);
        _requireNotRetired(stream);
        if (s.windowsOpen != 0) revert WindowsStillOpen(stream, s.windowsOpen);
        bool proper = address(successor).code.length != 0 && address(successor) != address(this);
        if (!proper) revert BadSuccessor(successor);

        _successors[stream] = successor;
        emit StreamRetired(stream, successor, s.windowLast, s.windowCount);
    }

    /// @inheritdoc INettingLedger
    function openFrom(INettingLedger predecessor, uint32 stream) external restricted {
        INettingLedger successor = predecessor.successorOf(stream);
        if (address(successor) != address(this)) revert NotTheSuccessor(stream, successor);
        Stream memory was = predecessor.streamOf(stream);

        _create(stream, was.asset, was.nettingProgram, was.disclosureProgram);
        (_streams[stream].windowLast, _streams[stream].windowCount) = (was.windowLast, was.windowCount);
        emit StreamContinued(stream, predecessor, was.windowLast, was.windowCount);
    }

    /// @inheritdoc INettingLedger
    function open(uint32 stream, uint32 window, uint32 dateFrom, uint32 dateTo, uint64 commitDeadline)
        external
        restricted
    {
        Stream storage s = _requireStream(stream);
        _requireNotRetired(stream);
        cases.requireRunning(stream);
        if (s.windowCount != 0 && window <= s.windowLast) revert WindowNotAscending(window, s.windowLast);
        if (dateTo < dateFrom || dateTo - dateFrom >= _DAYS_MAX) revert BadDates(dateFrom, dateTo);
        if (commitDeadline < block.timestamp) revert DeadlineInThePast(commitDeadline, block.timestamp);

        uint256 root = _emptyRoot(s.depth);
        uint256 positions = _zeroPositions(s.participants);
        s.windowLast = window;
        s.windowCount += 1;
        s.windowsOpen += 1;
        _windows[stream][window] = Window(WindowState.Open, dateFrom, dateTo, commitDeadline, 0, root, positions);
        emit WindowOpened(stream, window, dateFrom, dateTo, commitDeadline, root, positions);
    }

    /// @inheritdoc INettingLedger
    function advance(
        uint32 stream,
        uint32 window,
        address beneficiary,
        KeyId keyId,
        uint64 expectedIndex,
        uint256 root,
        uint256 positions,
        bytes32 checkpoint,
        bytes calldata seal
    ) external restricted returns (StatementId statementId) {
        Calldata.requireExact(9, 0, seal.length);
        _requireAdvanceable(stream, window, expectedIndex);
        statementId = _verifyAdvance(stream, window, beneficiary, keyId, root, positions, seal);

        Window storage w = _windows[stream][window];
        w.next = expectedIndex + _streams[stream].batchSize;
        w.root = root;
        w.positions = positions;
        emit WindowAdvanced(stream, window, statementId, keyId, beneficiary, expectedIndex, root, positions, checkpoint);
    }

    /// @inheritdoc INettingLedger
    function close(uint32 stream, uint32 window, bytes32 checkpoint) external {
        Window storage w = _requireOpen(stream, window);
        // The operator knows when all of a window is committed and need not wait. Nobody loses by it: what was
        // advanced stays, and what was not goes into the next window.
        if (block.timestamp <= w.commitDeadline || checkpoint != 0) _checkCanCall(msg.sender, msg.data);

        w.state = WindowState.Closed;
        _streams[stream].windowsOpen -= 1;
        emit WindowClosed(stream, window, w.next, w.root, w.positions, checkpoint);
    }

    /// @inheritdoc INettingLedger
    function disclose(
        uint32 stream,
        uint32 window,
        address beneficiary,
        KeyId keyId,
        int256[] calldata positions,
        bytes calldata seal
    ) external returns (StatementId statementId) {
        Calldata.requireExact(6, 1 + positions.length, seal.length);
        Window storage w = _windows[stream][window];
        if (w.state != WindowState.Closed) revert WindowNotClosed(stream, window, w.state);
        _requireCancelling(positions, _streams[stream].participants);
        statementId = _verifyDisclosure(stream, window, beneficiary, keyId, positions, seal);

        w.state = WindowState.Disclosed;
        for (uint256 i = 0; i < positions.length; ++i) {
            // The range was checked when the position became a field element.
            _positions[stream][window].push(int96(positions[i]));
        }
        emit PositionsDisclosed(stream, window, statementId, keyId, beneficiary, positions);
    }

    /// @inheritdoc INettingLedger
    function advanceContextOf(uint32 stream, uint32 window, address beneficiary) external view returns (uint256) {
        return Context.compute(_requireStream(stream).nettingProgram, stream, window, beneficiary);
    }

    /// @inheritdoc INettingLedger
    function disclosureContextOf(uint32 stream, uint32 window, address beneficiary) external view returns (uint256) {
        return Context.compute(_requireStream(stream).disclosureProgram, stream, window, beneficiary);
    }

    /// @inheritdoc INettingLedger
    function streamOf(uint32 stream) external view returns (Stream memory) {
        return _streams[stream];
    }

    /// @inheritdoc INettingLedger
    function windowOf(uint32 stream, uint32 window) external view returns (Window memory) {
        return _windows[stream][window];
    }

    /// @inheritdoc INettingLedger
    function positionsOf(uint32 stream, uint32 window) external view returns (int96[] memory) {
        return _positions[stream][window];
    }

    /// @inheritdoc INettingLedger
    function positionOf(uint32 stream, uint32 window, uint32 participant) external view returns (int96) {
        int96[] storage positions = _positions[stream][window];
        if (participant >= positions.length) revert NoPosition(stream, window, participant);
        return positions[participant];
    }

    /// @inheritdoc INettingLedger
    function successorOf(uint32 stream) external view returns (INettingLedger) {
        return _successors[stream];
    }

    function _create(uint32 stream, uint32 asset, ProgramId nettingProgram, ProgramId disclosureProgram) internal {
        if (_streams[stream].participants != 0) revert StreamAlreadyExists(stream);
        IProgramRegistry.Program memory netting = registry.requireProgram(nettingProgram);
        IProgramRegistry.Program memory disclosure = registry.requireProgram(disclosureProgram);
        bool fit = netting.kind == ProgramKind.Netting && disclosure.kind == ProgramKind.Disclosure
            && netting.participants == disclosure.participants;
        if (!fit) revert ProgramsDoNotFit(nettingProgram, disclosureProgram);

        _streams[stream] = Stream(
            nettingProgram, disclosureProgram, asset, netting.batchSize, netting.participants, netting.depth, 0, 0, 0
        );
        emit StreamCreated(
            stream, asset, nettingProgram, disclosureProgram, netting.batchSize, netting.participants, netting.depth
        );
    }

    function _requireNotRetired(uint32 stream) internal view {
        INettingLedger successor = _successors[stream];
        if (address(successor) != address(0)) revert StreamIsRetired(stream, successor);
    }

    function _requireStream(uint32 stream) internal view returns (Stream storage s) {
        s = _streams[stream];
        if (s.participants == 0) revert UnknownStream(stream);
    }

    function _requireOpen(uint32 stream, uint32 window) internal view returns (Window storage w) {
        w = _windows[stream][window];
        if (w.state != WindowState.Open) revert WindowNotOpen(stream, window, w.state);
    }

    function _requireAdvanceable(uint32 stream, uint32 window, uint64 expectedIndex) internal view {
        Window storage w = _requireOpen(stream, window);
        if (block.timestamp > w.commitDeadline) revert CommitDeadlinePassed(w.commitDeadline, block.timestamp);
        if (w.next != expectedIndex) revert StaleState(expectedIndex, w.next);
        uint256 capacity = uint256(1) << _streams[stream].depth;
        if (uint256(w.next) + _streams[stream].batchSize > capacity) revert StreamFull(w.next, capacity);
    }

    function _verifyAdvance(
        uint32 stream,
        uint32 window,
        address beneficiary,
        KeyId keyId,
        uint256 root,
        uint256 positions,
        bytes calldata seal
    ) internal view returns (StatementId) {
        ProgramId programId = _streams[stream].nettingProgram;
        Window storage w = _windows[stream][window];
        uint256[] memory signals = new uint256[](9);
        signals[0] = Context.compute(programId, stream, window, beneficiary);
        signals[1] = _streams[stream].asset;
        signals[2] = w.dateFrom;
        signals[3] = w.dateTo;
        signals[4] = w.root;
        signals[5] = root;
        signals[6] = w.next;
        signals[7] = w.positions;
        signals[8] = positions;
        registry.verify(programId, keyId, signals, seal);
        return Statements.idOfMemory(programId, signals);
    }

    function _requireCancelling(int256[] calldata positions, uint256 participants) internal pure {
        if (positions.length != participants) revert PositionCountMismatch(participants, positions.length);
        int256 sum = 0;
        for (uint256 i = 0; i < positions.length; ++i) {
            Positions.toField(positions[i], i);
            sum += positions[i];
        }
        if (sum != 0) revert PositionsDoNotCancel(sum);
    }

    function _verifyDisclosure(
        uint32 stream,
        uint32 window,
        address beneficiary,
        KeyId keyId,
        int256[] calldata positions,
        bytes calldata seal
    ) internal view returns (StatementId) {
        ProgramId programId = _streams[stream].disclosureProgram;
        uint256[] memory signals = new uint256[](2 + positions.length);
        signals[0] = Context.compute(programId, stream, window, beneficiary);
        signals[1] = _windows[stream][window].positions;
        for (uint256 i = 0; i < positions.length; ++i) {
            signals[2 + i] = Positions.toField(positions[i], i);
        }
        registry.verify(programId, keyId, signals, seal);
        return Statements.idOfMemory(programId, signals);
    }

    /// @dev Root of a tree of this depth without leaves, from the table of them all.
    function _emptyRoot(uint256 depth) internal pure returns (uint256) {
        return abi.decode(PoseidonConstants.EMPTY_ROOTS, (uint256[33]))[depth];
    }

    /// @dev Commitment to that many zero positions under salt 0; the table begins with two participants.
    function _zeroPositions(uint256 participants) internal pure returns (uint256) {
        return abi.decode(PoseidonConstants.ZERO_POSITIONS, (uint256[30]))[participants - 2];
    }
}
