// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAttesterSet} from "./interfaces/IAttesterSet.sol";
import {ICaseBook} from "./interfaces/ICaseBook.sol";
import {INettingLedger} from "./interfaces/INettingLedger.sol";
import {IReconciler} from "./interfaces/IReconciler.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {Edges} from "./libraries/Edges.sol";
import {Movements} from "./libraries/Movements.sol";
import {CaseReason, HaltScope} from "./types/Cases.sol";
import {Attestation, Numbers} from "./types/Numbers.sol";
import {Parties} from "./types/Parties.sol";
import {WindowState} from "./types/WindowState.sol";

/// @title Reconciler of net streams
/// @notice See IReconciler.
///
/// Invariants
/// 1. Matched and missing of a compared window are all of its positions, in count and in amount.
/// 2. A window is Reconciled only if it was compared and a quorum of the epoch of that time signed these numbers.
/// 3. A verdict never changes: Reconciled and Expired are final.
/// 4. Drift above the policy's tolerance has opened a case that halts the stream, and so has every expiry.
/// 5. The policy of a window does not change once the window has been opened.
contract Reconciler is AccessManaged, IReconciler {
    using Edges for Edges.History;

    /// @inheritdoc IReconciler
    INettingLedger public immutable ledger;

    /// @inheritdoc IReconciler
    ISettlement public immutable settlement;

    /// @inheritdoc IReconciler
    IAttesterSet public immutable attesters;

    /// @inheritdoc IReconciler
    ICaseBook public immutable cases;

    /// @dev Versions of a stream's policy are numbered from 1; the history says which one applies from which window on.
    mapping(uint32 stream => mapping(uint256 version => Policy)) private _policies;
    mapping(uint32 stream => Edges.History) private _versions;
    mapping(uint32 stream => mapping(uint32 window => Finding)) private _findings;

    /// @param authority The AccessManager that gives the roles.
    constructor(address authority, ISettlement settlement_, IAttesterSet attesters_) AccessManaged(authority) {
        ledger = settlement_.ledger();
        settlement = settlement_;
        attesters = attesters_;
        cases = settlement_.cases();
    }

    /// @inheritdoc IReconciler
    function activatePolicy(
        uint32 stream,
        uint32 fromWindow,
        bytes32 policyHash,
        uint96 tolerance,
        uint32 reconcileSeconds
    ) external restricted {
        if (policyHash == 0 || reconcileSeconds == 0) revert BadPolicy(stream);
        INettingLedger.Stream memory s = ledger.streamOf(stream);
        if (s.windowCount != 0 && fromWindow <= s.windowLast) revert WindowAlreadyOpened(fromWindow, s.windowLast);
        Edges.Edge memory last = _versions[stream].last();
        if (fromWindow < last.fromWindow) revert PoliciesNotAscending(fromWindow, last.fromWindow);

        uint224 version = last.value + 1;
        _versions[stream].set(fromWindow, version);
        _policies[stream][version] = Policy(policyHash, tolerance, reconcileSeconds, fromWindow);
        emit PolicyActivated(stream, fromWindow, policyHash, tolerance, reconcileSeconds, uint32(version));
    }

    /// @inheritdoc IReconciler
    function compare(uint32 stream, uint32 window, Movements.Movement[] calldata movements) external {
        Finding storage f = _findings[stream][window];
        if (f.state != WindowState.None) revert WrongState(stream, window, f.state);
        ISettlement.Settling memory s = settlement.settlingOf(stream, window);
        bool isSealed = s.phase == ISettlement.Phase.PaidOut || s.phase == ISettlement.Phase.Refunded;
        if (!isSealed) revert SettlementNotSealed(stream, window);
        uint96 tolerance = _requirePolicy(stream, window).tolerance;
        _requireMovements(stream, window, s.settlementHash, movements);

        Numbers memory numbers = _compare(stream, window, movements);
        (f.state, f.comparedAt, f.numbers) = (WindowState.AwaitingQuorum, uint64(block.timestamp), numbers);
        uint256 shortfall = settlement.shortfallOf(settlement.termsOf(stream).token);
        uint256 drift = _drift(numbers);
        uint256 root = ledger.windowOf(stream, window).root;
        emit WindowCompared(stream, window, root, s.settlementHash, numbers, drift, shortfall);
        if (drift > tolerance || shortfall != 0) _halt(stream, window, CaseReason.Drift, s.settlementHash);
    }

    /// @inheritdoc IReconciler
    function attest(
        uint32 stream,
        uint32 window,
        bytes32 reportHash,
        bytes32 checkpoint,
        uint32 epoch,
        address[] calldata members,
        uint8[] calldata signers,
        bytes[] calldata signatures
    ) external {
        Finding storage f = _requireAwaitingQuorum(stream, window);
        Attestation memory attestation = attestationOf(stream, window, reportHash, checkpoint, epoch);
        attesters.requireQuorum(attestation, members, signers, signatures);

        (f.state, f.epoch) = (WindowState.Reconciled, epoch);
        emit WindowReconciled(stream, window, epoch, reportHash, checkpoint, _drift(f.numbers));
    }

    /// @inheritdoc IReconciler
    function expire(uint32 stream, uint32 window) external {
        WindowState state = stateOf(stream, window);
        bool canExpire = state >= WindowState.Open && state <= WindowState.Settling;
        if (!canExpire) revert WrongState(stream, window, state);
        _requireAfter(reconcileDeadlineOf(stream, window));

        Finding storage f = _findings[stream][window];
        Numbers memory numbers = _allMissing(stream, window);
        (f.state, f.comparedAt, f.numbers) = (WindowState.Expired, uint64(block.timestamp), numbers);
        if (settlement.settlingOf(stream, window).phase == ISettlement.Phase.PayIn) settlement.seal(stream, window);
        emit WindowExpired(stream, window, numbers);
        _halt(stream, window, CaseReason.WindowExpired, settlement.settlingOf(stream, window).settlementHash);
    }

    /// @inheritdoc IReconciler
    function reportQuorumMissing(uint32 stream, uint32 window) external {
        Finding storage f = _requireAwaitingQuorum(stream, window);
        if (f.quorumReported) revert AlreadyReported(stream, window);
        _requireAfter(reconcileDeadlineOf(stream, window));

        f.quorumReported = true;
        bytes32 evidence = settlement.settlingOf(stream, window).settlementHash;
        cases.open(stream, window, Parties.NOBODY, CaseReason.QuorumMissing, HaltScope.None, evidence);
    }

    /// @inheritdoc IReconciler
    function stateOf(uint32 stream, uint32 window) public view returns (WindowState) {
        WindowState found = _findings[stream][window].state;
        if (found != WindowState.None) return found;
        bool begun = settlement.settlingOf(stream, window).phase != ISettlement.Phase.None;
        return begun ? WindowState.Settling : ledger.windowOf(stream, window).state;
    }

    /// @inheritdoc IReconciler
    function findingOf(uint32 stream, uint32 window) external view returns (Finding memory) {
        return _findings[stream][window];
    }

    /// @inheritdoc IReconciler
    function attestationOf(uint32 stream, uint32 window, bytes32 reportHash, bytes32 checkpoint, uint32 epoch)
        public
        view
        returns (Attestation memory)
    {
        return Attestation({
            stream: stream,
            window: window,
            root: ledger.windowOf(stream, window).root,
            settlementHash: settlement.settlingOf(stream, window).settlementHash,
            numbers: _findings[stream][window].numbers,
            reportHash: reportHash,
            checkpoint: checkpoint,
            epoch: epoch
        });
    }

    /// @inheritdoc IReconciler
    function policyOf(uint32 stream, uint32 window) public view returns (Policy memory) {
        return _policies[stream][_versions[stream].valueIn(window)];
    }

    /// @inheritdoc IReconciler
    function reconcileDeadlineOf(uint32 stream, uint32 window) public view returns (uint64) {
        (, uint64 payDeadline) = settlement.deadlinesOf(stream, window);
        return payDeadline + _requirePolicy(stream, window).reconcileSeconds;
    }

    function _halt(uint32 stream, uint32 window, CaseReason reason, bytes32 evidence) internal {
        cases.open(stream, window, Parties.NOBODY, reason, HaltScope.Stream, evidence);
    }

    /// @dev Each position is a promise of one movement: a debtor's into the house, or a creditor's out of it. What
    /// came in and went back has not moved. Where more or less moved than was promised, all that was promised is
    /// missing and all that moved is unexpected: a contract does not guess what a payment was meant for.
    function _compare(uint32 stream, uint32 window, Movements.Movement[] calldata movements)
        internal
        view
        returns (Numbers memory numbers)
    {
        int96[] memory promised = ledger.positionsOf(stream, window);
        int256[] memory moved = _moved(promised.length, ledger.streamOf(stream).asset, movements, numbers);
        for (uint256 i = 0; i < promised.length; ++i) {
            (uint96 due, uint96 got) = (_absolute(promised[i]), _absolute(moved[i]));
            bool matches = int256(promised[i]) == moved[i];
            if (due != 0) _countPromised(numbers, due, matches);
            if (got != 0 && !matches) _countUnexpected(numbers, got);
        }
    }

    /// @dev What has moved for each participant, in the sign of positions; what is nobody's movement is unexpected.
    function _moved(uint256 count, uint32 asset, Movements.Movement[] calldata movements, Numbers memory numbers)
        internal
        pure
        returns (int256[] memory moved)
    {
        moved = new int256[](count);
        for (uint256 i = 0; i < movements.length; ++i) {
            uint256 word = movements[i].word;
            (uint64 amount, uint32 inAsset, uint32 debtor, uint32 creditor) = Movements.parts(word);
            bool proper = Movements.isProper(word) && inAsset == asset;
            if (proper && creditor == Parties.HOUSE && debtor < count) moved[debtor] -= int256(uint256(amount));
            else if (proper && debtor == Parties.HOUSE && creditor < count) moved[creditor] += int256(uint256(amount));
            else _countUnexpected(numbers, amount);
        }
    }

    function _allMissing(uint32 stream, uint32 window) internal view returns (Numbers memory numbers) {
        (numbers.missingCount, numbers.missingSum) = _promised(stream, window);
        bool disclosed = ledger.positionsOf(stream, window).length != 0;
        if (!disclosed) numbers.missingCount = uint32(ledger.windowOf(stream, window).next);
    }

    function _promised(uint32 stream, uint32 window) internal view returns (uint32 count, uint96 sum) {
        int96[] memory positions = ledger.positionsOf(stream, window);
        for (uint256 i = 0; i < positions.length; ++i) {
            if (positions[i] == 0) continue;
            (count, sum) = _plus(count, sum, _absolute(positions[i]));
        }
    }

    /// @dev The list is as long as the settlement's count, or the hash chain would differ.
    function _requireMovements(uint32 stream, uint32 window, bytes32 expected, Movements.Movement[] calldata movements)
        internal
        view
    {
        bytes32 head = Movements.genesis(address(settlement), stream, window);
        for (uint256 i = 0; i < movements.length; ++i) {
            head = Movements.append(head, movements[i].word, movements[i].paidAt);
        }
        if (head != expected) revert MovementsMismatch(expected, head);
    }

    function _requirePolicy(uint32 stream, uint32 window) internal view returns (Policy memory policy) {
        policy = policyOf(stream, window);
        if (policy.policyHash == 0) revert PolicyMissing(stream, window);
    }

    function _requireAwaitingQuorum(uint32 stream, uint32 window) internal view returns (Finding storage f) {
        f = _findings[stream][window];
        if (f.state != WindowState.AwaitingQuorum) revert WrongState(stream, window, f.state);
    }

    function _requireAfter(uint64 deadline) internal view {
        if (block.timestamp <= deadline) revert DeadlineNotPassed(deadline, block.timestamp);
    }

    function _drift(Numbers memory numbers) internal pure returns (uint256) {
        return uint256(numbers.missingSum) + numbers.unexpectedSum;
    }

    function _countPromised(Numbers memory numbers, uint96 amount, bool matches) internal pure {
        if (matches) {
            (numbers.matchedCount, numbers.matchedSum) = _plus(numbers.matchedCount, numbers.matchedSum, amount);
        } else {
            (numbers.missingCount, numbers.missingSum) = _plus(numbers.missingCount, numbers.missingSum, amount);
        }
    }

    function _countUnexpected(Numbers memory numbers, uint96 amount) internal pure {
        (numbers.unexpectedCount, numbers.unexpectedSum) = _plus(numbers.unexpectedCount, numbers.unexpectedSum, amount);
    }

    function _plus(uint32 count, uint96 sum, uint96 amount) internal pure returns (uint32, uint96) {
        return (count + 1, sum + amount);
    }

    /// @dev At most 2^95: a position, or fewer than 2^31 amounts of 64 bits.
    function _absolute(int256 value) internal pure returns (uint96) {
        return uint96(uint256(value < 0 ? -value : value));
    }
}
