// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Movements} from "../libraries/Movements.sol";
import {Attestation, Numbers} from "../types/Numbers.sol";
import {WindowState} from "../types/WindowState.sol";
import {IAttesterSet} from "./IAttesterSet.sol";
import {ICaseBook} from "./ICaseBook.sol";
import {INettingLedger} from "./INettingLedger.sol";
import {ISettlement} from "./ISettlement.sol";

/// @title Whether what was promised is what was paid
/// @notice A verdict about a window is two things: numbers that this contract has compared itself, and a quorum of
/// attesters who have signed the same numbers. First the comparison, then the signatures. A window that nobody has
/// compared by its deadline expires: all of it counts as a break.
interface IReconciler {
    /// @notice What is tolerated in a stream, from a window on.
    /// @param policyHash keccak256 of the policy file; zero for none.
    /// @param tolerance Most drift of a window, in units, that halts nothing.
    /// @param reconcileSeconds From the pay deadline to the reconcile deadline.
    struct Policy {
        bytes32 policyHash;
        uint96 tolerance;
        uint32 reconcileSeconds;
        uint32 fromWindow;
    }

    /// @notice What was found about a window.
    /// @param state None, AwaitingQuorum, Reconciled or Expired.
    /// @param quorumReported Whether the lack of a quorum was made a case.
    /// @param epoch The epoch of the attesters that completed the verdict; 0 as long as there is none.
    /// @param comparedAt UTC second of the comparison or of the expiry.
    struct Finding {
        WindowState state;
        bool quorumReported;
        uint32 epoch;
        uint64 comparedAt;
        Numbers numbers;
    }

    /// @notice Emitted when a policy has been anchored for the windows of a stream from one on.
    event PolicyActivated(
        uint32 indexed stream,
        uint32 indexed fromWindow,
        bytes32 policyHash,
        uint96 tolerance,
        uint32 reconcileSeconds,
        uint32 version
    );

    /// @notice Emitted when promises and payments of a window have been compared; it then awaits its quorum.
    /// @param drift Missing and unexpected sums together.
    /// @param shortfall By how much the settlement holds less of the token than it owes, in base units.
    event WindowCompared(
        uint32 indexed stream,
        uint32 indexed window,
        uint256 root,
        bytes32 settlementHash,
        Numbers numbers,
        uint256 drift,
        uint256 shortfall
    );

    /// @notice Emitted when a quorum has signed the numbers of a window.
    event WindowReconciled(
        uint32 indexed stream,
        uint32 indexed window,
        uint32 epoch,
        bytes32 reportHash,
        bytes32 checkpoint,
        uint256 drift
    );

    /// @notice Emitted when a window has expired. Its numbers call everything missing; amounts that were never
    /// disclosed count as slots with sum 0.
    event WindowExpired(uint32 indexed stream, uint32 indexed window, Numbers numbers);

    /// @notice Thrown when a stream has no policy for a window.
    error PolicyMissing(uint32 stream, uint32 window);

    /// @notice Thrown when a policy has no hash or no time.
    error BadPolicy(uint32 stream);

    /// @notice Thrown when a policy would apply to a window that was opened already.
    error WindowAlreadyOpened(uint32 fromWindow, uint32 last);

    /// @notice Thrown when a policy would come before one that is anchored already.
    error PoliciesNotAscending(uint32 fromWindow, uint32 last);

    /// @notice Thrown when a window is compared whose settlement has not ended.
    error SettlementNotSealed(uint32 stream, uint32 window);

    /// @notice Thrown when the given movements are not, in order, those of the window's settlement.
    error MovementsMismatch(bytes32 expected, bytes32 got);

    /// @notice Thrown when a window is compared, attested, expired or reported in a state that does not allow it.
    error WrongState(uint32 stream, uint32 window, WindowState state);

    /// @notice Thrown when something is said to be late before its deadline has passed.
    error DeadlineNotPassed(uint64 deadline, uint256 time);

    /// @notice Thrown when the lack of a quorum is reported a second time.
    error AlreadyReported(uint32 stream, uint32 window);

    /// @notice Anchors a policy, from a window on that has not been opened.
    /// @custom:role registrar
    function activatePolicy(
        uint32 stream,
        uint32 fromWindow,
        bytes32 policyHash,
        uint96 tolerance,
        uint32 reconcileSeconds
    ) external;

    /// @notice Compares the disclosed positions of a window with the movements of its sealed settlement. Drift above
    /// the policy's tolerance, or a settlement that holds less than it owes, halts the stream. Anyone may.
    /// @param movements All movements of the window in order, as the settlement's events tell them.
    function compare(uint32 stream, uint32 window, Movements.Movement[] calldata movements) external;

    /// @notice Completes the verdict of a compared window with a quorum's signatures over its numbers. Anyone may
    /// bring them.
    /// @param reportHash Hash of the report that the attesters arrived at.
    /// @param checkpoint Hash of the journal checkpoint that they saw.
    /// @param epoch The epoch that they signed in.
    function attest(
        uint32 stream,
        uint32 window,
        bytes32 reportHash,
        bytes32 checkpoint,
        uint32 epoch,
        address[] calldata members,
        uint8[] calldata signers,
        bytes[] calldata signatures
    ) external;

    /// @notice Ends a window that was not compared by the reconcile deadline, and halts the stream. A settlement that
    /// has begun is sealed first, so that nobody's money stays in it. Anyone may.
    function expire(uint32 stream, uint32 window) external;

    /// @notice Opens a case for a compared window that has no quorum after the reconcile deadline. Anyone may.
    function reportQuorumMissing(uint32 stream, uint32 window) external;

    /// @notice Where a window is in its life, over all contracts.
    function stateOf(uint32 stream, uint32 window) external view returns (WindowState);

    /// @notice What was found about a window; all zero before it is compared.
    function findingOf(uint32 stream, uint32 window) external view returns (Finding memory);

    /// @notice What attesters sign about a compared window, given what they found themselves.
    function attestationOf(uint32 stream, uint32 window, bytes32 reportHash, bytes32 checkpoint, uint32 epoch)
        external
        view
        returns (Attestation memory);

    /// @notice The policy of a window; all zero when there is none.
    function policyOf(uint32 stream, uint32 window) external view returns (Policy memory);

    /// @notice Last second in which nobody can expire the window.
    function reconcileDeadlineOf(uint32 stream, uint32 window) external view returns (uint64);

    /// @notice The ledger that says what was promised.
    function ledger() external view returns (INettingLedger);

    /// @notice The settlement that says what was paid.
    function settlement() external view returns (ISettlement);

    /// @notice The attesters whose quorum completes a verdict.
    function attesters() external view returns (IAttesterSet);

    /// @notice The book in which breaks are opened as cases.
    function cases() external view returns (ICaseBook);
}
