// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICaseBook} from "../../../verifier-contracts/src/interfaces/ICaseBook.sol";
import {IParticipantRegistry} from "../../../verifier-contracts/src/interfaces/IParticipantRegistry.sol";
import {ISettlement} from "../../../verifier-contracts/src/interfaces/ISettlement.sol";
import {CaseReason, HaltScope, OverrideAction} from "../../../verifier-contracts/src/types/Cases.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

contract SettlementTest is SettlementStream {
    uint32 private constant HOUSE = 0xffffffff;

    function test_seal_paysOutWhenAllAreIn() public {
        usualWindow();
        payIn(1, 5, 0);
        vm.warp(block.timestamp + 60);
        payIn(1, 5, 1);
        assertEq(settlement.liabilitiesOf(token), 100 * UNIT);
        assertEq(creditOf(2), 0);
        sealWindow(1, 5);
        assertEq(creditOf(2), 100 * UNIT);
        assertEq(creditOf(3), 0);
        assertEq(uint256(settlingOf(1, 5).phase), uint256(ISettlement.Phase.PaidOut));
        uint256 before = token.balanceOf(accountOf(2));
        vm.prank(accountOf(2));
        settlement.withdraw(token, accountOf(2));
        assertEq(token.balanceOf(accountOf(2)) - before, 100 * UNIT);
        assertEq(settlement.liabilitiesOf(token), 0);
        assertEq(token.balanceOf(address(settlement)), 0);
    }

    /// @dev The words and the chain, put together here by hand.
    function test_settlementHash_isTheChainOverTheMovements() public {
        usualWindow();
        bytes32 head =
            keccak256(abi.encode("tallystick/settlement/v1", block.chainid, address(settlement), uint32(1), uint32(5)));
        assertEq(settlingOf(1, 5).settlementHash, head);
        uint256 common = uint256(DATE_TO) << 64 | uint256(ASSET) << 96 | uint256(1) << 192;
        head = _chained(head, common | 70 | uint256(HOUSE) << 160);
        payIn(1, 5, 0);
        assertEq(settlingOf(1, 5).settlementHash, head);
        vm.warp(block.timestamp + 7);
        head = _chained(head, common | 30 | uint256(1) << 128 | uint256(HOUSE) << 160);
        payIn(1, 5, 1);
        vm.warp(block.timestamp + 7);
        head = _chained(head, common | 100 | uint256(HOUSE) << 128 | uint256(2) << 160);
        sealWindow(1, 5);
        assertEq(settlingOf(1, 5).settlementHash, head);
        assertEq(settlingOf(1, 5).count, 3);
    }

    function test_seal_refundsAndHaltsWhoDidNotPay() public {
        refunded();
        assertEq(creditOf(0), 70 * UNIT);
        assertEq(creditOf(1), 0);
        assertEq(creditOf(2), 0);
        cases.requireRunning(1);
        cases.requireParticipantRunning(1, 0);
        expectError(abi.encodeWithSelector(ICaseBook.ParticipantHalted.selector, 1, 1, 1));
        cases.requireParticipantRunning(1, 1);
        ICaseBook.Case memory c = cases.caseOf(1);
        assertEq(uint256(c.reason), uint256(CaseReason.PositionUnpaid));
        assertEq(uint256(c.scope), uint256(HaltScope.Participant));
        assertEq(c.window, 5);
        assertEq(c.participant, 1);
    }

    function test_begin_revertsWhileADebtorIsHalted() public {
        refunded();
        disclosed(1, 6, usualPositions());
        expectError(abi.encodeWithSelector(ICaseBook.ParticipantHalted.selector, 1, 1, 1));
        settlement.begin(1, 6);
        // Where it owes nothing it stops nobody.
        begun(1, 7, _exchange(0, 3));
        begun(1, 8, _exchange(0, 1));
        decide(1, OverrideAction.Resume, 0);
        settlement.begin(1, 6);
    }

    function test_seal_excusesWhoCouldNotPayForAHalt() public {
        usualWindow();
        payIn(1, 5, 0);
        vm.prank(GUARDIAN);
        uint64 stopped = cases.stop(1, REASON);
        decide(stopped, OverrideAction.Resume, 0);
        vm.warp(payDeadline(1, 5) + 1);
        bytes32 head = settlingOf(1, 5).settlementHash;
        sealWindow(1, 5);
        assertTrue(settlingOf(1, 5).settlementHash != head, "the refund is a movement");
        cases.requireParticipantRunning(1, 1);
        assertEq(creditOf(0), 70 * UNIT);
        assertEq(cases.caseCount(), 1);
    }

    function test_C32_deadlinesIncludeTheirLastSecond() public {
        disclosed(1, 5, usualPositions());
        uint64 commit = windowOf(1, 5).commitDeadline;
        assertEq(acknowledgeDeadline(1, 5), commit + ACKNOWLEDGE);
        assertEq(payDeadline(1, 5), commit + ACKNOWLEDGE + PAY);

        uint64 deadline = acknowledgeDeadline(1, 5);
        vm.warp(deadline + 1);
        expectError(abi.encodeWithSelector(ISettlement.DeadlinePassed.selector, deadline, deadline + 1));
        settlement.begin(1, 5);
        vm.warp(deadline);
        settlement.begin(1, 5);
        expectError(abi.encodeWithSelector(ISettlement.DeadlineNotPassed.selector, deadline, deadline));
        settlement.reportUnacknowledged(1, 5, 0);

        deadline = payDeadline(1, 5);
        vm.warp(deadline);
        payIn(1, 5, 0);
        expectError(abi.encodeWithSelector(ISettlement.DeadlineNotPassed.selector, deadline, deadline));
        settlement.seal(1, 5);
        vm.warp(deadline + 1);
        vm.prank(accountOf(1));
        expectError(abi.encodeWithSelector(ISettlement.DeadlinePassed.selector, deadline, deadline + 1));
        settlement.payIn(1, 5, 1);
        sealWindow(1, 5);
    }

    /// @dev The operator does nothing after the disclosure, and nobody's money depends on it.
    function test_forceExit_needsNoOperator() public {
        disclosed(1, 5, usualPositions());
        vm.prank(ADMIN);
        manager.revokeRole(3, OPERATOR);
        vm.prank(STRANGER);
        settlement.begin(1, 5);
        payIn(1, 5, 1);
        vm.warp(payDeadline(1, 5) + 1);
        vm.prank(accountOf(1));
        settlement.seal(1, 5);
        uint256 before = token.balanceOf(accountOf(1));
        vm.prank(accountOf(1));
        settlement.withdraw(token, accountOf(1));
        assertEq(token.balanceOf(accountOf(1)) - before, 30 * UNIT);
    }

    function test_C33_C34_everyStepComesOnceAndInOrder() public {
        openForADay(1, 5);
        bytes memory undisclosed = abi.encodeWithSelector(ISettlement.PositionsNotDisclosed.selector, 1, 5);
        expectError(undisclosed);
        settlement.begin(1, 5);
        close(1, 5);
        expectError(undisclosed);
        settlement.begin(1, 5);
        discloseAs(1, 5, usualPositions());
        vm.prank(accountOf(0));
        expectError(_notSettling(ISettlement.Phase.None));
        settlement.payIn(1, 5, 0);
        expectError(_notSettling(ISettlement.Phase.None));
        settlement.seal(1, 5);
        settlement.begin(1, 5);
        expectError(abi.encodeWithSelector(ISettlement.AlreadyBegun.selector, 1, 5));
        settlement.begin(1, 5);
        payIn(1, 5, 0);
        vm.prank(accountOf(0));
        expectError(abi.encodeWithSelector(ISettlement.AlreadyPaid.selector, 1, 5, 0));
        settlement.payIn(1, 5, 0);
        payIn(1, 5, 1);
        sealWindow(1, 5);
        expectError(_notSettling(ISettlement.Phase.PaidOut));
        settlement.seal(1, 5);
        expectError(abi.encodeWithSelector(ISettlement.AlreadyBegun.selector, 1, 5));
        settlement.begin(1, 5);
    }

    function test_payIn_revertsUnlessADebtorPaysForItself() public {
        usualWindow();
        vm.prank(accountOf(1));
        expectError(abi.encodeWithSelector(ISettlement.NotTheAccount.selector, accountOf(0), accountOf(1)));
        settlement.payIn(1, 5, 0);
        uint32[4] memory others = [uint32(2), 3, 4, type(uint32).max];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(accountOf(2));
            expectError(abi.encodeWithSelector(ISettlement.NotADebtor.selector, 1, 5, others[i]));
            settlement.payIn(1, 5, others[i]);
        }
    }

    function test_begin_revertsWhenSomebodyHasNoAccount() public {
        createStream(3, "netting");
        vm.startPrank(REGISTRAR);
        settlement.configure(3, token, UNIT, ACKNOWLEDGE, PAY);
        participants.register(3, 0, accountOf(0), 0);
        vm.stopPrank();
        disclosed(3, 1, _exchange(0, 3));
        expectError(abi.encodeWithSelector(IParticipantRegistry.NoAccount.selector, 3, 1, 3));
        settlement.begin(3, 1);
    }

    function test_begin_worksForAWindowWithoutDebts() public {
        begun(1, 5, new int256[](4));
        sealWindow(1, 5);
        assertEq(uint256(settlingOf(1, 5).phase), uint256(ISettlement.Phase.PaidOut));
        assertEq(settlingOf(1, 5).count, 0);
    }

    function test_seal_paysTheAccountsOfTheWindow() public {
        usualWindow();
        vm.prank(REGISTRAR);
        participants.register(1, 2, STRANGER, 6);
        payIn(1, 5, 0);
        payIn(1, 5, 1);
        sealWindow(1, 5);
        assertEq(creditOf(2), 100 * UNIT);
        assertEq(settlement.creditOf(token, STRANGER), 0);
    }

    function test_C39_largestAmounts() public {
        int256 most = int256(uint256(type(uint64).max));
        int256[] memory positions = new int256[](4);
        (positions[0], positions[1]) = (-most, most);
        begun(1, 5, positions);
        payIn(1, 5, 0);
        sealWindow(1, 5);
        assertEq(creditOf(1), uint256(most) * UNIT);
        (positions[0], positions[1]) = (-most - 1, most + 1);
        disclosed(1, 6, positions);
        expectError(abi.encodeWithSelector(ISettlement.PositionTooLarge.selector, 0, -most - 1));
        settlement.begin(1, 6);
        (positions[0], positions[1]) = (-(2 ** 95 - 1), 2 ** 95 - 1);
        disclosed(1, 7, positions);
        expectError(abi.encodeWithSelector(ISettlement.PositionTooLarge.selector, 0, positions[0]));
        settlement.begin(1, 7);
    }

    function test_C39_revertsWhenTermsAreEmpty() public {
        createStream(3, "netting");
        _expectBadTerms(IERC20(address(0)), UNIT, ACKNOWLEDGE, PAY);
        _expectBadTerms(IERC20(STRANGER), UNIT, ACKNOWLEDGE, PAY);
        _expectBadTerms(token, 0, ACKNOWLEDGE, PAY);
        _expectBadTerms(token, UNIT, 0, PAY);
        _expectBadTerms(token, UNIT, ACKNOWLEDGE, 0);
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(ISettlement.BadTerms.selector, 99));
        settlement.configure(99, token, UNIT, ACKNOWLEDGE, PAY);
        expectError(abi.encodeWithSelector(ISettlement.TermsMissing.selector, 3));
        settlement.deadlinesOf(3, 1);
    }

    /// @dev Nothing here is behind a proxy, so there is no initializer and no layout to keep; what is set once is
    /// the stream's terms.
    function test_C42_revertsWhenTermsAreSetAgain() public {
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(ISettlement.TermsAlreadySet.selector, 1));
        settlement.configure(1, token, 2 * UNIT, ACKNOWLEDGE, PAY);
        (bool done,) = address(settlement).call(abi.encodeWithSignature("initialize(address)", address(manager)));
        assertTrue(!done, "there is no initializer");
        assertEq(settlement.termsOf(1).unit, UNIT);
    }

    function test_withdraw_revertsWhenThereIsNothingOrNowhere() public {
        paidOut();
        vm.prank(STRANGER);
        expectError(abi.encodeWithSelector(ISettlement.NothingToWithdraw.selector, token, STRANGER));
        settlement.withdraw(token, STRANGER);
        vm.startPrank(accountOf(2));
        expectError(abi.encodeWithSelector(ISettlement.BadRecipient.selector, address(0)));
        settlement.withdraw(token, address(0));
        expectError(abi.encodeWithSelector(ISettlement.BadRecipient.selector, address(settlement)));
        settlement.withdraw(token, address(settlement));
        settlement.withdraw(token, STRANGER);
        expectError(abi.encodeWithSelector(ISettlement.NothingToWithdraw.selector, token, accountOf(2)));
        settlement.withdraw(token, STRANGER);
        vm.stopPrank();
        assertEq(token.balanceOf(STRANGER), 100 * UNIT);
    }

    function _expectBadTerms(IERC20 inToken, uint128 unit, uint32 acknowledge, uint32 pay) private {
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(ISettlement.BadTerms.selector, 3));
        settlement.configure(3, inToken, unit, acknowledge, pay);
    }

    function _exchange(uint256 debtor, uint256 creditor) private pure returns (int256[] memory positions) {
        positions = new int256[](4);
        (positions[debtor], positions[creditor]) = (-5, 5);
    }

    function _chained(bytes32 head, uint256 word) private view returns (bytes32) {
        return keccak256(abi.encodePacked(head, word, uint256(0), block.timestamp));
    }

    function _notSettling(ISettlement.Phase phase) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.NotSettling.selector, 1, 5, phase);
    }
}
