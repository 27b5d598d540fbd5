// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {NettingLedger} from "../../../verifier-contracts/src/NettingLedger.sol";
import {INettingLedger} from "../../../verifier-contracts/src/interfaces/INettingLedger.sol";
import {ISealVerifier} from "../../../verifier-contracts/src/interfaces/ISealVerifier.sol";
import {Roles} from "../../../verifier-contracts/src/types/Roles.sol";
import {WindowState} from "../../../verifier-contracts/src/types/WindowState.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

contract NettingSuccessionTest is SettlementStream {
    NettingLedger private next;

    function setUp() public override {
        super.setUp();
        next = new NettingLedger(address(manager), registry, cases);
        vm.startPrank(ADMIN);
        setRole(address(next), Roles.REGISTRAR, NettingLedger.openFrom.selector);
        setRole(address(next), Roles.REGISTRAR, NettingLedger.retire.selector);
        setRole(address(next), Roles.OPERATOR, NettingLedger.open.selector);
        vm.stopPrank();
    }

    function test_openFrom_goesOnWhereThePredecessorStopped() public {
        disclosed(1, 5, usualPositions());
        _retire();
        vm.expectEmit(address(next));
        emit INettingLedger.StreamContinued(1, netting, 5, 1);
        _openFrom();
        INettingLedger.Stream memory was = netting.streamOf(1);
        assertEq(abi.encode(next.streamOf(1)), abi.encode(was));
        vm.startPrank(OPERATOR);
        expectError(abi.encodeWithSelector(INettingLedger.WindowNotAscending.selector, 5, 5));
        next.open(1, 5, DATE_FROM, DATE_TO, DEADLINE);
        next.open(1, 6, DATE_FROM, DATE_TO, DEADLINE);
        expectError(abi.encodeWithSelector(INettingLedger.StreamIsRetired.selector, 1, next));
        netting.open(1, 6, DATE_FROM, DATE_TO, DEADLINE);
        vm.stopPrank();
        // What was promised there is paid there.
        settlement.begin(1, 5);
        payIn(1, 5, 0);
        assertEq(next.streamOf(1).windowCount, 2);
    }

    function test_retire_revertsWhileWindowsAreOpen() public {
        openForADay(1, 5);
        openForADay(1, 6);
        close(1, 6);
        vm.startPrank(REGISTRAR);
        expectError(abi.encodeWithSelector(INettingLedger.WindowsStillOpen.selector, 1, 1));
        netting.retire(1, next);
        vm.stopPrank();
        close(1, 5);
        _retire();
        assertEq(address(netting.successorOf(1)), address(next));
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(INettingLedger.StreamIsRetired.selector, 1, next));
        netting.retire(1, next);
    }

    function test_retire_revertsWhenTheSuccessorIsNoOther() public {
        vm.startPrank(REGISTRAR);
        expectError(abi.encodeWithSelector(INettingLedger.BadSuccessor.selector, STRANGER));
        netting.retire(1, INettingLedger(STRANGER));
        expectError(abi.encodeWithSelector(INettingLedger.BadSuccessor.selector, netting));
        netting.retire(1, netting);
        expectError(abi.encodeWithSelector(INettingLedger.UnknownStream.selector, 9));
        netting.retire(9, next);
        vm.stopPrank();
    }

    function test_C34_openFrom_revertsForAWrongBeginning() public {
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(INettingLedger.NotTheSuccessor.selector, 1, address(0)));
        next.openFrom(netting, 1);
        _retire();
        _openFrom();
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(INettingLedger.StreamAlreadyExists.selector, 1));
        next.openFrom(netting, 1);
        NettingLedger third = new NettingLedger(address(manager), registry, cases);
        vm.prank(ADMIN);
        setRole(address(third), Roles.REGISTRAR, NettingLedger.openFrom.selector);
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(INettingLedger.NotTheSuccessor.selector, 1, next));
        third.openFrom(netting, 1);
    }

    /// @dev A revert undoes all it did, so a contract cannot refuse a root and stop the stream in one breath: the
    /// refusal is here, and whoever holds two signed roots stops the stream with them (C36).
    function test_C35_anotherRootBeforeIsRefused() public {
        openForADay(1, 5);
        uint256[] memory signals = _advanceSignals();
        signals[4] += 1;
        bytes memory seal = seals.sealOf(signals);
        vm.prank(OPERATOR);
        expectError(abi.encodeWithSelector(ISealVerifier.ProofRejected.selector));
        netting.advance(1, 5, address(0), keyIdOf("netting"), 0, 1, 2, 0, seal);
        signals[4] -= 1;
        seal = seals.sealOf(signals);
        vm.prank(OPERATOR);
        netting.advance(1, 5, address(0), keyIdOf("netting"), 0, 1, 2, 0, seal);
        assertEq(windowOf(1, 5).root, 1);
        assertEq(uint256(windowOf(1, 5).state), uint256(WindowState.Open));
    }

    function _advanceSignals() private view returns (uint256[] memory signals) {
        signals = new uint256[](9);
        INettingLedger.Window memory w = windowOf(1, 5);
        signals[0] = netting.advanceContextOf(1, 5, address(0));
        (signals[1], signals[2], signals[3]) = (ASSET, DATE_FROM, DATE_TO);
        (signals[4], signals[5], signals[7], signals[8]) = (w.root, 1, w.positions, 2);
    }

    function _retire() private {
        vm.prank(REGISTRAR);
        netting.retire(1, next);
    }

    function _openFrom() private {
        vm.prank(REGISTRAR);
        next.openFrom(netting, 1);
    }
}
