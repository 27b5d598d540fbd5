// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Why a case was opened.
enum CaseReason {
    None,
    Stopped,
    Reported,
    AcknowledgementMissing,
    PositionUnpaid,
    Drift,
    WindowExpired,
    QuorumMissing,
    Equivocation
}

/// @notice What a case stops until it is resolved.
enum HaltScope {
    None,
    Participant,
    Stream
}

/// @notice What two people decide about a case. Resolve closes a case and leaves everything stopped that was; Resume
/// closes it and lifts the halt, of which it must be the last reason; Narrow turns the halt of a stream into one of a
/// participant and leaves the case open.
enum OverrideAction {
    None,
    Resolve,
    Resume,
    Narrow
}
