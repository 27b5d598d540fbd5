// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IParticipantRegistry} from "../../../verifier-contracts/src/interfaces/IParticipantRegistry.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

contract ParticipantRegistryTest is SettlementStream {
    address private constant NEXT = address(0xbe7);

    function test_register_changesAtTheEdgeOfAWindow() public {
        openForADay(1, 5);
        vm.expectEmit(address(participants));
        emit IParticipantRegistry.ParticipantRegistered(1, 2, NEXT, 6, 2);
        _register(2, NEXT, 6);
        assertEq(participants.accountOf(1, 0, 2), accountOf(2));
        assertEq(participants.accountOf(1, 5, 2), accountOf(2));
        assertEq(participants.accountOf(1, 6, 2), NEXT);
        assertEq(participants.accountOf(1, 1000, 2), NEXT);
        assertEq(participants.accountOf(1, 6, 1), accountOf(1));
    }

    function test_register_changesFromOneWindowMakeOneEpoch() public {
        assertEq(participants.epochOf(1, 0), 1);
        _register(0, NEXT, 8);
        _register(1, NEXT, 8);
        _register(1, STRANGER, 8);
        assertEq(participants.epochOf(1, 7), 1);
        assertEq(participants.epochOf(1, 8), 2);
        assertEq(participants.accountOf(1, 8, 1), STRANGER);
        _register(1, NEXT, 9);
        assertEq(participants.epochOf(1, 9), 3);
    }

    function test_register_revertsWhenTheWindowWasOpened() public {
        openForADay(1, 5);
        openForADay(1, 7);
        for (uint32 from = 4; from <= 7; ++from) {
            vm.prank(REGISTRAR);
            expectError(abi.encodeWithSelector(IParticipantRegistry.WindowAlreadyOpened.selector, from, 7));
            participants.register(1, 0, NEXT, from);
        }
        _register(0, NEXT, 8);
    }

    function test_register_revertsWhenChangesDoNotAscend() public {
        _register(0, NEXT, 8);
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IParticipantRegistry.ChangesNotAscending.selector, 7, 8));
        participants.register(1, 1, NEXT, 7);
    }

    function test_C39_revertsWhenAccountIsZero() public {
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IParticipantRegistry.ZeroAccount.selector, 1, 0));
        participants.register(1, 0, address(0), 8);
    }

    function test_register_revertsWhenParticipantIsUnknown() public {
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IParticipantRegistry.UnknownParticipant.selector, 1, 4));
        participants.register(1, 4, NEXT, 8);
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IParticipantRegistry.UnknownParticipant.selector, 9, 0));
        participants.register(9, 0, NEXT, 8);
    }

    function test_requireAccount_revertsWhenThereIsNone() public {
        createStream(3, "netting");
        expectError(abi.encodeWithSelector(IParticipantRegistry.NoAccount.selector, 3, 1, 0));
        participants.requireAccount(3, 1, 0);
        assertEq(participants.epochOf(3, 1), 0);
    }

    function _register(uint32 participant, address account, uint32 fromWindow) private {
        vm.prank(REGISTRAR);
        participants.register(1, participant, account, fromWindow);
    }
}
