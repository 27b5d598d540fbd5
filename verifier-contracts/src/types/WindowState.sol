// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The life of a window. Net streams go Open, Closed, Disclosed, Settling; gross streams go Open, Closed,
/// Committed, Checked; both end Reconciled or Expired, perhaps by way of AwaitingQuorum. One enum serves both, so
/// that a state has one number wherever it is read.
enum WindowState {
    None,
    Open,
    Closed,
    Disclosed,
    Settling,
    Committed,
    Checked,
    AwaitingQuorum,
    Reconciled,
    Expired
}
