// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ICaseBook} from "./interfaces/ICaseBook.sol";
import {CaseReason, HaltScope, OverrideAction} from "./types/Cases.sol";
import {Parties} from "./types/Parties.sol";

/// @title Book of cases, halts and overrides
/// @notice See ICaseBook. It knows no other contract, so that all of them can ask it.
///
/// Invariants
/// 1. A stream or participant is halted if and only if an open case holds it, and the counts are those cases.
/// 2. A case changes by an executed override only, and what it was opened for never changes.
/// 3. An executed override was proposed and approved by two accounts, in its time, and took effect once.
/// 4. A resolved case stays resolved and holds nothing.
contract CaseBook is AccessManaged, ICaseBook {
    /// @notice Longest life of an override, in seconds: a decision is about the situation in which it was made.
    uint64 public constant OVERRIDE_SECONDS_MAX = 7 days;

    /// @dev `lastEnd` is when the stream was last released.
    struct Halt {
        uint32 caseCount;
        uint64 lastEnd;
    }

    /// @inheritdoc ICaseBook
    uint64 public caseCount;

    /// @inheritdoc ICaseBook
    uint64 public overrideCount;

    mapping(uint64 caseId => Case) private _cases;
    mapping(uint64 overrideId => Override) private _overrides;
    mapping(uint32 stream => Halt) private _streamHalts;
    mapping(uint32 stream => mapping(uint32 participant => uint32)) private _participantHalts;

    /// @param authority The AccessManager that gives the roles.
    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc ICaseBook
    function open(
        uint32 stream,
        uint32 window,
        uint32 participant,
        CaseReason reason,
        HaltScope scope,
        bytes32 evidence
    ) external restricted returns (uint64 caseId) {
        return _open(stream, window, participant, reason, scope, evidence);
    }

    /// @inheritdoc ICaseBook
    function report(uint32 stream, uint32 window, uint32 participant, bytes32 evidence)
        external
        restricted
        returns (uint64 caseId)
    {
        return _open(stream, window, participant, CaseReason.Reported, HaltScope.None, evidence);
    }

    /// @inheritdoc ICaseBook
    function stop(uint32 stream, bytes32 evidence) external restricted returns (uint64 caseId) {
        return _open(stream, 0, Parties.NOBODY, CaseReason.Stopped, HaltScope.Stream, evidence);
    }

    /// @inheritdoc ICaseBook
    function propose(uint64 caseId, OverrideAction action, uint32 participant, uint64 expiresAt, bytes32 reason)
        external
        restricted
        returns (uint64 overrideId)
    {
        _requireFit(_requireOpen(caseId), caseId, action, participant);
        uint64 limit = uint64(block.timestamp) + OVERRIDE_SECONDS_MAX;
        if (expiresAt < block.timestamp || expiresAt > limit) revert BadExpiry(expiresAt, limit);

        overrideId = ++overrideCount;
        _overrides[overrideId] = Override(caseId, action, participant, expiresAt, false, msg.sender, address(0), reason);
        emit OverrideProposed(overrideId, caseId, action, participant, expiresAt, msg.sender, reason);
    }

    /// @inheritdoc ICaseBook
    function approve(uint64 overrideId) external restricted {
        Override storage o = _requireLive(overrideId);
        if (o.approver != address(0)) revert OverrideAlreadyApproved(overrideId);
        if (o.proposer == msg.sender) revert OwnOverride(overrideId);

        o.approver = msg.sender;
        emit OverrideApproved(overrideId, msg.sender);
    }

    /// @inheritdoc ICaseBook
    function execute(uint64 overrideId, uint64 caseId) external {
        Override storage o = _requireLive(overrideId);
        if (o.caseId != caseId) revert OverrideOfOtherCase(overrideId, o.caseId, caseId);
        if (o.approver == address(0)) revert OverrideNotApproved(overrideId);
        Case storage c = _requireOpen(caseId);
        // Since it was proposed, another override may have narrowed the halt, or other cases may have come or gone.
        _requireFit(c, caseId, o.action, o.participant);
        _requireTimely(c, caseId, o.action);

        o.executed = true;
        _release(c);
        if (o.action == OverrideAction.Narrow) _hold(c, HaltScope.Participant, o.participant);
        else c.resolved = true;
        emit OverrideExecuted(overrideId, caseId, o.action, msg.sender);
    }

    /// @inheritdoc ICaseBook
    function requireRunning(uint32 stream) external view {
        uint32 count = _streamHalts[stream].caseCount;
        if (count != 0) revert StreamHalted(stream, count);
    }

    /// @inheritdoc ICaseBook
    function requireParticipantRunning(uint32 stream, uint32 participant) external view {
        uint32 count = _participantHalts[stream][participant];
        if (count != 0) revert ParticipantHalted(stream, participant, count);
    }

    /// @inheritdoc ICaseBook
    function wasHaltedSince(uint32 stream, uint64 time) external view returns (bool) {
        Halt storage halt = _streamHalts[stream];
        return halt.caseCount != 0 || halt.lastEnd >= time;
    }

    /// @inheritdoc ICaseBook
    function streamHaltsOf(uint32 stream) external view returns (uint32) {
        return _streamHalts[stream].caseCount;
    }

    /// @inheritdoc ICaseBook
    function participantHaltsOf(uint32 stream, uint32 participant) external view returns (uint32) {
        return _participantHalts[stream][participant];
    }

    /// @inheritdoc ICaseBook
    function caseOf(uint64 caseId) external view returns (Case memory) {
        return _cases[caseId];
    }

    /// @inheritdoc ICaseBook
    function overrideOf(uint64 overrideId) external view returns (Override memory) {
        return _overrides[overrideId];
    }

    function _open(
        uint32 stream,
        uint32 window,
        uint32 participant,
        CaseReason reason,
        HaltScope scope,
        bytes32 evidence
    ) internal returns (uint64 caseId) {
        if (scope == HaltScope.Participant && participant == Parties.NOBODY) {
            revert ParticipantMissing();
        }
        caseId = ++caseCount;
        Case storage c = _cases[caseId];
        (c.stream, c.window, c.participant, c.reason) = (stream, window, participant, reason);
        (c.scope, c.openedAt, c.evidence) = (scope, uint64(block.timestamp), evidence);
        _hold(c, scope, participant);
        emit CaseOpened(caseId, stream, window, participant, reason, scope, evidence, msg.sender);
    }

    function _hold(Case storage c, HaltScope scope, uint32 participant) internal {
        (c.holds, c.heldParticipant) = (scope, participant);
        if (scope == HaltScope.Stream) _streamHalts[c.stream].caseCount += 1;
        if (scope == HaltScope.Participant) _participantHalts[c.stream][participant] += 1;
    }

    function _release(Case storage c) internal {
        HaltScope held = c.holds;
        c.holds = HaltScope.None;
        if (held == HaltScope.Participant) _participantHalts[c.stream][c.heldParticipant] -= 1;
        if (held != HaltScope.Stream) return;
        Halt storage halt = _streamHalts[c.stream];
        halt.caseCount -= 1;
        if (halt.caseCount == 0) halt.lastEnd = uint64(block.timestamp);
    }

    function _requireOpen(uint64 caseId) internal view returns (Case storage c) {
        c = _cases[caseId];
        if (c.openedAt == 0) revert UnknownCase(caseId);
        if (c.resolved) revert CaseResolved(caseId);
    }

    function _requireLive(uint64 overrideId) internal view returns (Override storage o) {
        o = _overrides[overrideId];
        if (o.caseId == 0) revert UnknownOverride(overrideId);
        if (o.executed) revert OverrideAlreadyExecuted(overrideId);
        if (block.timestamp > o.expiresAt) revert OverrideExpired(overrideId, o.expiresAt);
    }

    /// @dev Whether the action can be meant for the case as it stands.
    function _requireFit(Case storage c, uint64 caseId, OverrideAction action, uint32 participant) internal view {
        if (action == OverrideAction.Narrow && participant == Parties.NOBODY) revert ParticipantMissing();
        bool fits = action == OverrideAction.Resolve || (action == OverrideAction.Resume && c.holds != HaltScope.None)
            || (action == OverrideAction.Narrow && c.holds == HaltScope.Stream);
        if (!fits) revert ActionDoesNotFit(caseId, action);
    }

    /// @dev Resuming lifts a halt, so nothing else may hold it. Resolving does not, so something else must hold it if
    /// the case does: nothing resumes without having been meant to.
    function _requireTimely(Case storage c, uint64 caseId, OverrideAction action) internal view {
        if (c.holds == HaltScope.None || action == OverrideAction.Narrow) return;
        uint32 count = c.holds == HaltScope.Stream
            ? _streamHalts[c.stream].caseCount
            : _participantHalts[c.stream][c.heldParticipant];
        if (action == OverrideAction.Resume && count != 1) revert StillHeld(caseId, count);
        if (action == OverrideAction.Resolve && count == 1) revert ActionDoesNotFit(caseId, action);
    }
}
