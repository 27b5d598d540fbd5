// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyId, ProgramId, StatementId} from "../types/Ids.sol";
import {WindowState} from "../types/WindowState.sol";
import {ICaseBook} from "./ICaseBook.sol";
import {IProgramRegistry} from "./IProgramRegistry.sol";

/// @title The ledger of net streams and their windows
/// @notice A stream is an ordered sequence of obligations in one asset between numbered participants. A window is a
/// closed part of it with a tree of its own, which proven transitions fill N slots at a time; the net positions move
/// with it under a commitment, and are disclosed, with a proof, once the window is closed.
interface INettingLedger {
    /// @notice A net stream. Its programs and parameters never change.
    /// @param asset Stream-local number of the asset.
    /// @param batchSize N, slots of one transition.
    /// @param participants P; 0 for a stream that does not exist.
    /// @param depth Levels of each window's tree.
    /// @param windowLast The largest window opened so far.
    /// @param windowCount How many windows were opened.
    /// @param windowsOpen How many of them are open now.
    struct Stream {
        ProgramId nettingProgram;
        ProgramId disclosureProgram;
        uint32 asset;
        uint32 batchSize;
        uint8 participants;
        uint8 depth;
        uint32 windowLast;
        uint32 windowCount;
        uint32 windowsOpen;
    }

    /// @notice A window.
    /// @param state Where it is in its life; None for one that does not exist.
    /// @param dateFrom First value date, a day.
    /// @param dateTo Last value date, a day.
    /// @param commitDeadline Last second in which the window can be advanced, in UTC seconds.
    /// @param next Slots used so far, a multiple of N: the next transition's first index.
    /// @param root Root of its tree.
    /// @param positions Commitment to the net positions.
    struct Window {
        WindowState state;
        uint32 dateFrom;
        uint32 dateTo;
        uint64 commitDeadline;
        uint64 next;
        uint256 root;
        uint256 positions;
    }

    /// @notice Emitted when a stream has been created.
    event StreamCreated(
        uint32 indexed stream,
        uint32 asset,
        ProgramId nettingProgram,
        ProgramId disclosureProgram,
        uint32 batchSize,
        uint8 participants,
        uint8 depth
    );

    /// @notice Emitted when a stream has been handed to another ledger; no window of it opens here any more.
    event StreamRetired(uint32 indexed stream, INettingLedger indexed successor, uint32 windowLast, uint32 windowCount);

    /// @notice Emitted when a stream goes on here after it was retired elsewhere; `StreamCreated` comes before it.
    event StreamContinued(
        uint32 indexed stream, INettingLedger indexed predecessor, uint32 windowLast, uint32 windowCount
    );

    /// @notice Emitted when a window has been opened, with its empty tree and all positions zero.
    event WindowOpened(
        uint32 indexed stream,
        uint32 indexed window,
        uint32 dateFrom,
        uint32 dateTo,
        uint64 commitDeadline,
        uint256 root,
        uint256 positions
    );

    /// @notice Emitted when a proven transition has been applied. `root` and `positions` are the values after it; the
    /// ones before it are those of the previous event of the window.
    /// @param firstIndex The first of the N slots that were filled.
    /// @param checkpoint Hash of the journal checkpoint anchored with it; zero for none.
    event WindowAdvanced(
        uint32 indexed stream,
        uint32 indexed window,
        StatementId indexed statementId,
        KeyId keyId,
        address beneficiary,
        uint64 firstIndex,
        uint256 root,
        uint256 positions,
        bytes32 checkpoint
    );

    /// @notice Emitted when a window has been closed; root, next and positions are final.
    /// @param checkpoint Hash of the journal checkpoint anchored with it; zero for none.
    event WindowClosed(
        uint32 indexed stream, uint32 indexed window, uint64 next, uint256 root, uint256 positions, bytes32 checkpoint
    );

    /// @notice Emitted when the net positions of a closed window have been opened; they sum to zero.
    event PositionsDisclosed(
        uint32 indexed stream,
        uint32 indexed window,
        StatementId indexed statementId,
        KeyId keyId,
        address beneficiary,
        int256[] positions
    );

    /// @notice Thrown when a stream is created a second time.
    error StreamAlreadyExists(uint32 stream);

    /// @notice Thrown when no stream has this number.
    error UnknownStream(uint32 stream);

    /// @notice Thrown when the programs of a stream are not a netting and a disclosure program for equally many
    /// participants.
    error ProgramsDoNotFit(ProgramId nettingProgram, ProgramId disclosureProgram);

    /// @notice Thrown when a stream is used that was handed to another ledger.
    error StreamIsRetired(uint32 stream, INettingLedger successor);

    /// @notice Thrown when a stream is retired while windows of it are open.
    error WindowsStillOpen(uint32 stream, uint32 windowsOpen);

    /// @notice Thrown when a stream would be handed to no contract, or to this one.
    error BadSuccessor(INettingLedger successor);

    /// @notice Thrown when a stream would be continued that its ledger has not handed to this one.
    error NotTheSuccessor(uint32 stream, INettingLedger successor);

    /// @notice Thrown when the window has no position of this number, or its positions are not disclosed.
    error NoPosition(uint32 stream, uint32 window, uint32 participant);

    /// @notice Thrown when a window's number is not larger than that of every window opened before in its stream.
    error WindowNotAscending(uint32 window, uint32 last);

    /// @notice Thrown when a window ends before it begins, or spans 2^16 days or more.
    error BadDates(uint32 dateFrom, uint32 dateTo);

    /// @notice Thrown when a window is opened with a commit deadline that has passed.
    error DeadlineInThePast(uint64 commitDeadline, uint256 time);

    /// @notice Thrown when the window is not open.
    error WindowNotOpen(uint32 stream, uint32 window, WindowState state);

    /// @notice Thrown when a window is advanced after the last second of its commit deadline.
    error CommitDeadlinePassed(uint64 commitDeadline, uint256 time);

    /// @notice Thrown when the window's tree has no room for another batch.
    error StreamFull(uint64 next, uint256 capacity);

    /// @notice Thrown when the transition was made from another state than the window's current one.
    error StaleState(uint64 expectedIndex, uint64 next);

    /// @notice Thrown when the window is not closed, or was disclosed already.
    error WindowNotClosed(uint32 stream, uint32 window, WindowState state);

    /// @notice Thrown when there is not one position for each participant.
    error PositionCountMismatch(uint256 expected, uint256 got);

    /// @notice Thrown when the disclosed positions do not sum to zero.
    error PositionsDoNotCancel(int256 sum);

    /// @notice Creates a net stream for two registered programs.
    /// @custom:role registrar
    function createStream(uint32 stream, uint32 asset, ProgramId nettingProgram, ProgramId disclosureProgram) external;

    /// @notice Hands a stream without open windows to the ledger that takes this one's place. What was closed here is
    /// disclosed and settled here.
    /// @custom:role registrar
    function retire(uint32 stream, INettingLedger successor) external;

    /// @notice Goes on with a stream that another ledger has handed to this one: same number, asset and programs, and
    /// windows numbered from where it stopped.
    /// @custom:role registrar
    function openFrom(INettingLedger predecessor, uint32 stream) external;

    /// @notice Opens a window. Several may be open at once; their numbers ascend. A halted stream opens none; what is
    /// open in it is still advanced, closed and disclosed, so that all that was promised is on record.
    /// @custom:role operator
    function open(uint32 stream, uint32 window, uint32 dateFrom, uint32 dateTo, uint64 commitDeadline) external;

    /// @notice Applies one proven transition: N slots of the tree, and the positions that follow from them. All other
    /// public signals come from storage. Allowed up to and in the second of the commit deadline.
    /// @param expectedIndex The `next` from which the transition was made.
    /// @param root The new root.
    /// @param positions The new commitment to the positions.
    /// @param checkpoint Hash of the journal checkpoint to anchor, or zero.
    /// @custom:role operator
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
    ) external returns (StatementId statementId);

    /// @notice Closes a window. After the commit deadline anyone may, so that nobody can hold a window open; up to
    /// the deadline only the operator may, and only the operator may anchor a checkpoint with it.
    /// @param checkpoint Hash of the journal checkpoint to anchor, or zero.
    /// @custom:role operator
    function close(uint32 stream, uint32 window, bytes32 checkpoint) external;

    /// @notice Opens the net positions of a closed window with a proof that they are what its commitment holds. Anyone
    /// who can prove it may: there is one valid answer, and a window must not depend on its operator for it.
    /// @param positions What each participant is owed (positive) or owes (negative), in stream units.
    function disclose(
        uint32 stream,
        uint32 window,
        address beneficiary,
        KeyId keyId,
        int256[] calldata positions,
        bytes calldata seal
    ) external returns (StatementId statementId);

    /// @notice The context that a transition's proof must carry.
    function advanceContextOf(uint32 stream, uint32 window, address beneficiary) external view returns (uint256);

    /// @notice The context that a disclosure's proof must carry.
    function disclosureContextOf(uint32 stream, uint32 window, address beneficiary) external view returns (uint256);

    /// @notice A stream; all zero for one that does not exist.
    function streamOf(uint32 stream) external view returns (Stream memory);

    /// @notice A window; all zero for one that does not exist.
    function windowOf(uint32 stream, uint32 window) external view returns (Window memory);

    /// @notice The disclosed net positions of a window; empty before they are disclosed.
    function positionsOf(uint32 stream, uint32 window) external view returns (int96[] memory);

    /// @notice The disclosed net position of one participant; reverts when there is none.
    function positionOf(uint32 stream, uint32 window, uint32 participant) external view returns (int96);

    /// @notice The ledger that a stream was handed to; zero for one that goes on here.
    function successorOf(uint32 stream) external view returns (INettingLedger);

    /// @notice The book that says which streams are halted.
    function cases() external view returns (ICaseBook);

    /// @notice The registry that this ledger asks about programs and proofs.
    function registry() external view returns (IProgramRegistry);
}
