// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INettingLedger} from "./INettingLedger.sol";

/// @title Who the numbered participants of a stream are
/// @notice A participant's number is for good; the account behind it may change, but only from a window on that has
/// not been opened yet. So whoever is party to a window stays so to its end.
interface IParticipantRegistry {
    /// @notice Emitted when an account stands behind a participant from a window on. Changes from one window on make
    /// one epoch.
    event ParticipantRegistered(
        uint32 indexed stream, uint32 indexed participant, address indexed account, uint32 fromWindow, uint32 epoch
    );

    /// @notice Thrown when the stream has no participant of this number, or does not exist.
    error UnknownParticipant(uint32 stream, uint32 participant);

    /// @notice Thrown when a participant is given the zero address.
    error ZeroAccount(uint32 stream, uint32 participant);

    /// @notice Thrown when a change would apply to a window that was opened already.
    error WindowAlreadyOpened(uint32 fromWindow, uint32 last);

    /// @notice Thrown when a change would come before one that is registered already.
    error ChangesNotAscending(uint32 fromWindow, uint32 last);

    /// @notice Thrown when nobody stands behind a participant in a window.
    error NoAccount(uint32 stream, uint32 window, uint32 participant);

    /// @notice Puts an account behind a participant's number, from a window on that has not been opened.
    /// @custom:role registrar
    function register(uint32 stream, uint32 participant, address account, uint32 fromWindow) external;

    /// @notice The account of a participant in a window; zero when there is none.
    function accountOf(uint32 stream, uint32 window, uint32 participant) external view returns (address);

    /// @notice The account of a participant in a window; reverts when there is none.
    function requireAccount(uint32 stream, uint32 window, uint32 participant) external view returns (address);

    /// @notice The number of the epoch that a window belongs to; 0 before the first change.
    function epochOf(uint32 stream, uint32 window) external view returns (uint32);

    /// @notice The ledger that knows which windows are open.
    function ledger() external view returns (INettingLedger);
}
