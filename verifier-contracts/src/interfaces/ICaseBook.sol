// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CaseReason, HaltScope, OverrideAction} from "../types/Cases.sol";

/// @title Cases, halts and overrides
/// @notice A case is a break under human review. Some cases halt a stream or a participant of it: nothing new is begun
/// or taken there until the case is resolved. What stops is quick, what resumes takes two people who act on one case,
/// for a limited time, in the open.
interface ICaseBook {
    /// @notice A case. All but `holds`, `heldParticipant` and `resolved` stay as they were when it was opened.
    /// @param participant Whom it is about; `Parties.NOBODY` when nobody in particular.
    /// @param scope What it stopped when it was opened.
    /// @param holds What it stops now.
    /// @param heldParticipant Whom it stops now, if it stops a participant.
    /// @param openedAt UTC second of its opening; 0 for a case that does not exist.
    /// @param evidence Hash of what shows it.
    struct Case {
        uint32 stream;
        uint32 window;
        uint32 participant;
        CaseReason reason;
        HaltScope scope;
        HaltScope holds;
        uint32 heldParticipant;
        bool resolved;
        uint64 openedAt;
        bytes32 evidence;
    }

    /// @notice A decision about one case.
    /// @param participant Whom the halt is narrowed to, when it is.
    /// @param expiresAt Last second in which it can be approved and executed.
    /// @param approver Zero until it is approved.
    /// @param reason Hash of the reasons, as entered in the journal.
    struct Override {
        uint64 caseId;
        OverrideAction action;
        uint32 participant;
        uint64 expiresAt;
        bool executed;
        address proposer;
        address approver;
        bytes32 reason;
    }

    /// @notice Emitted when a case has been opened; from then on `scope` is halted.
    event CaseOpened(
        uint64 indexed caseId,
        uint32 indexed stream,
        uint32 indexed window,
        uint32 participant,
        CaseReason reason,
        HaltScope scope,
        bytes32 evidence,
        address opener
    );

    /// @notice Emitted when somebody has proposed an override.
    event OverrideProposed(
        uint64 indexed overrideId,
        uint64 indexed caseId,
        OverrideAction action,
        uint32 participant,
        uint64 expiresAt,
        address proposer,
        bytes32 reason
    );

    /// @notice Emitted when a second person has approved an override.
    event OverrideApproved(uint64 indexed overrideId, address approver);

    /// @notice Emitted when an override has taken effect.
    event OverrideExecuted(uint64 indexed overrideId, uint64 indexed caseId, OverrideAction action, address executor);

    /// @notice Thrown when a stream is halted; `caseCount` open cases hold it.
    error StreamHalted(uint32 stream, uint32 caseCount);

    /// @notice Thrown when a participant of a stream is halted; `caseCount` open cases hold it.
    error ParticipantHalted(uint32 stream, uint32 participant, uint32 caseCount);

    /// @notice Thrown when a case that halts a participant names none, or an override narrows a halt to none.
    error ParticipantMissing();

    /// @notice Thrown when there is no case of this number.
    error UnknownCase(uint64 caseId);

    /// @notice Thrown when the case is resolved already.
    error CaseResolved(uint64 caseId);

    /// @notice Thrown when an override has an action that its case does not allow: it lifts or narrows a halt that the
    /// case does not hold, or resolves the last case of a halt without lifting it.
    error ActionDoesNotFit(uint64 caseId, OverrideAction action);

    /// @notice Thrown when an override would live not at all, or longer than the limit.
    error BadExpiry(uint64 expiresAt, uint64 limit);

    /// @notice Thrown when there is no override of this number.
    error UnknownOverride(uint64 overrideId);

    /// @notice Thrown when an override is approved or executed after its last second.
    error OverrideExpired(uint64 overrideId, uint64 expiresAt);

    /// @notice Thrown when whoever proposed an override also approves it.
    error OwnOverride(uint64 overrideId);

    /// @notice Thrown when an override is approved a second time.
    error OverrideAlreadyApproved(uint64 overrideId);

    /// @notice Thrown when an override is executed that no second person has approved.
    error OverrideNotApproved(uint64 overrideId);

    /// @notice Thrown when an override is executed a second time.
    error OverrideAlreadyExecuted(uint64 overrideId);

    /// @notice Thrown when an override is brought for another case than the one it decides.
    error OverrideOfOtherCase(uint64 overrideId, uint64 expected, uint64 got);

    /// @notice Thrown when a halt is lifted while other open cases hold it as well.
    error StillHeld(uint64 caseId, uint32 caseCount);

    /// @notice Opens a case for what a contract has seen itself.
    /// @custom:role bookkeeper
    function open(
        uint32 stream,
        uint32 window,
        uint32 participant,
        CaseReason reason,
        HaltScope scope,
        bytes32 evidence
    ) external returns (uint64 caseId);

    /// @notice Opens a case that halts nothing.
    /// @custom:role officer
    function report(uint32 stream, uint32 window, uint32 participant, bytes32 evidence) external returns (uint64 caseId);

    /// @notice Halts a stream at once.
    /// @custom:role guardian
    function stop(uint32 stream, bytes32 evidence) external returns (uint64 caseId);

    /// @notice Proposes what to do about a case.
    /// @custom:role officer
    function propose(uint64 caseId, OverrideAction action, uint32 participant, uint64 expiresAt, bytes32 reason)
        external
        returns (uint64 overrideId);

    /// @notice Approves what somebody else has proposed.
    /// @custom:role approver
    function approve(uint64 overrideId) external;

    /// @notice Lets an approved override take effect, once. Anyone may: two people have decided.
    /// @param caseId The case that the caller means.
    function execute(uint64 overrideId, uint64 caseId) external;

    /// @notice Reverts with the number of cases when the stream is halted.
    function requireRunning(uint32 stream) external view;

    /// @notice Reverts with the number of cases when the participant is halted by itself.
    function requireParticipantRunning(uint32 stream, uint32 participant) external view;

    /// @notice Whether the stream is halted or was at any time from `time` on.
    function wasHaltedSince(uint32 stream, uint64 time) external view returns (bool);

    /// @notice How many open cases hold the stream.
    function streamHaltsOf(uint32 stream) external view returns (uint32);

    /// @notice How many open cases hold the participant.
    function participantHaltsOf(uint32 stream, uint32 participant) external view returns (uint32);

    /// @notice A case; all zero for one that does not exist.
    function caseOf(uint64 caseId) external view returns (Case memory);

    /// @notice An override; all zero for one that does not exist.
    function overrideOf(uint64 overrideId) external view returns (Override memory);

    /// @notice How many cases were opened; they are numbered from 1.
    function caseCount() external view returns (uint64);

    /// @notice How many overrides were proposed; they are numbered from 1.
    function overrideCount() external view returns (uint64);
}
