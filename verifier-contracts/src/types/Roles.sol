// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The roles that an AccessManager gives on behalf of these contracts. Each restricted function names its
/// role in its documentation; a function nobody assigned stays with the manager's admin, role 0.
library Roles {
    /// @notice Adds programs, keys, verifiers, streams, participants, policies and attesters. Held with an execution
    /// delay: additions can be watched.
    uint64 internal constant REGISTRAR = 1;

    /// @notice Freezes programs, keys and verifiers, and stops streams. Held without a delay, and able to do nothing
    /// else.
    uint64 internal constant GUARDIAN = 2;

    /// @notice Runs the windows of a net stream: opens, advances, closes early.
    uint64 internal constant OPERATOR = 3;

    /// @notice Opens cases. Held by contracts only, which open one for what they have seen themselves.
    uint64 internal constant BOOKKEEPER = 4;

    /// @notice Reports cases and proposes overrides.
    uint64 internal constant OFFICER = 5;

    /// @notice Approves overrides that somebody else has proposed.
    uint64 internal constant APPROVER = 6;
}
