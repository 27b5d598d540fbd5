// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {INettingLedger} from "./interfaces/INettingLedger.sol";
import {IParticipantRegistry} from "./interfaces/IParticipantRegistry.sol";
import {Edges} from "./libraries/Edges.sol";

/// @title Registry of the participants of streams
/// @notice See IParticipantRegistry.
///
/// Invariants
/// 1. Who stands behind a participant in a window does not change once the window has been opened.
/// 2. Epochs of a stream are numbered 1, 2, 3, … in the order of the windows from which they apply.
contract ParticipantRegistry is AccessManaged, IParticipantRegistry {
    using Edges for Edges.History;

    /// @inheritdoc IParticipantRegistry
    INettingLedger public immutable ledger;

    mapping(uint32 stream => mapping(uint32 participant => Edges.History)) private _accounts;
    mapping(uint32 stream => Edges.History) private _epochs;

    /// @param authority The AccessManager that gives the roles.
    constructor(address authority, INettingLedger ledger_) AccessManaged(authority) {
        ledger = ledger_;
    }

    /// @inheritdoc IParticipantRegistry
    function register(uint32 stream, uint32 participant, address account, uint32 fromWindow) external restricted {
        INettingLedger.Stream memory s = ledger.streamOf(stream);
        if (participant >= s.participants) revert UnknownParticipant(stream, participant);
        if (account == address(0)) revert ZeroAccount(stream, participant);
        if (s.windowCount != 0 && fromWindow <= s.windowLast) revert WindowAlreadyOpened(fromWindow, s.windowLast);

        uint32 epoch = _takeEpoch(stream, fromWindow);
        _accounts[stream][participant].set(fromWindow, uint160(account));
        emit ParticipantRegistered(stream, participant, account, fromWindow, epoch);
    }

    /// @inheritdoc IParticipantRegistry
    function accountOf(uint32 stream, uint32 window, uint32 participant) public view returns (address) {
        return address(uint160(_accounts[stream][participant].valueIn(window)));
    }

    /// @inheritdoc IParticipantRegistry
    function requireAccount(uint32 stream, uint32 window, uint32 participant) external view returns (address account) {
        account = accountOf(stream, window, participant);
        if (account == address(0)) revert NoAccount(stream, window, participant);
    }

    /// @inheritdoc IParticipantRegistry
    function epochOf(uint32 stream, uint32 window) external view returns (uint32) {
        return uint32(_epochs[stream].valueIn(window));
    }

    function _takeEpoch(uint32 stream, uint32 fromWindow) internal returns (uint32 epoch) {
        Edges.Edge memory last = _epochs[stream].last();
        if (fromWindow < last.fromWindow) revert ChangesNotAscending(fromWindow, last.fromWindow);
        bool joins = last.value != 0 && fromWindow == last.fromWindow;
        epoch = joins ? uint32(last.value) : uint32(last.value) + 1;
        _epochs[stream].set(fromWindow, epoch);
    }
}
