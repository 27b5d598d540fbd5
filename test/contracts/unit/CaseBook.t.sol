// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ICaseBook} from "../../../verifier-contracts/src/interfaces/ICaseBook.sol";
import {CaseReason, HaltScope, OverrideAction} from "../../../verifier-contracts/src/types/Cases.sol";
import {Parties} from "../../../verifier-contracts/src/types/Parties.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

contract CaseBookTest is SettlementStream {
    bytes32 private constant EVIDENCE = keccak256("evidence");
    address private constant OTHER_OFFICER = address(0x0f2);

    function test_stop_opensACaseThatHaltsTheStream() public {
        vm.expectEmit(address(cases));
        emit ICaseBook.CaseOpened(1, 1, 0, Parties.NOBODY, CaseReason.Stopped, HaltScope.Stream, EVIDENCE, GUARDIAN);
        uint64 caseId = _stop(1);
        ICaseBook.Case memory c = cases.caseOf(caseId);
        assertEq(uint256(c.reason), uint256(CaseReason.Stopped));
        assertEq(uint256(c.holds), uint256(HaltScope.Stream));
        assertEq(c.openedAt, block.timestamp);
        assertEq(c.evidence, EVIDENCE);
        assertEq(cases.streamHaltsOf(1), 1);
        expectError(abi.encodeWithSelector(ICaseBook.StreamHalted.selector, 1, 1));
        cases.requireRunning(1);
        // Another stream goes on.
        cases.requireRunning(2);
        cases.requireParticipantRunning(1, 0);
    }

    function test_report_haltsNothing() public {
        vm.prank(OFFICER);
        uint64 caseId = cases.report(1, 5, 2, EVIDENCE);
        cases.requireRunning(1);
        cases.requireParticipantRunning(1, 2);
        decide(caseId, OverrideAction.Resolve, 0);
        assertTrue(cases.caseOf(caseId).resolved, "a case that halts nothing is simply closed");
    }

    function test_open_revertsWhenAHaltNamesNobody() public {
        vm.prank(address(settlement));
        expectError(abi.encodeWithSelector(ICaseBook.ParticipantMissing.selector));
        cases.open(1, 5, Parties.NOBODY, CaseReason.Drift, HaltScope.Participant, EVIDENCE);
    }

    function test_C18_whatIsStoppedTakesNothingAndGivesBack() public {
        refunded();
        // The optimizer takes the time for a constant of the test, which is warped in between.
        uint64 deadline = payDeadline(1, 5) + 1 + COMMIT;
        vm.prank(OPERATOR);
        netting.open(1, 6, DATE_FROM, DATE_TO, deadline);
        close(1, 6);
        discloseAs(1, 6, _fromParticipantZero());
        settlement.begin(1, 6);
        _stop(1);
        bytes memory halted = abi.encodeWithSelector(ICaseBook.StreamHalted.selector, 1, 1);
        vm.prank(OPERATOR);
        expectError(halted);
        netting.open(1, 7, DATE_FROM, DATE_TO, type(uint32).max);
        vm.prank(accountOf(0));
        expectError(halted);
        settlement.payIn(1, 6, 0);

        assertEq(creditOf(0), 70 * UNIT);
        vm.prank(accountOf(0));
        settlement.withdraw(token, STRANGER);
        assertEq(token.balanceOf(STRANGER), 70 * UNIT);
        vm.warp(payDeadline(1, 6) + 1);
        sealWindow(1, 6);
        assertEq(uint256(settlingOf(1, 6).count), 0);
    }

    function test_C19_guardianCannotResume() public {
        uint64 caseId = _stop(1);
        vm.prank(GUARDIAN);
        expectError(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, GUARDIAN));
        cases.propose(caseId, OverrideAction.Resume, 0, uint64(block.timestamp), REASON);
        uint64 overrideId = _propose(caseId, OverrideAction.Resume);
        vm.prank(GUARDIAN);
        expectError(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, GUARDIAN));
        cases.approve(overrideId);
        assertEq(cases.streamHaltsOf(1), 1);
    }

    function test_R28_noOverride() public {
        uint64 caseId = _stop(1);
        expectError(abi.encodeWithSelector(ICaseBook.UnknownOverride.selector, 1));
        cases.execute(1, caseId);
        vm.prank(APPROVER);
        expectError(abi.encodeWithSelector(ICaseBook.UnknownOverride.selector, 1));
        cases.approve(1);
    }

    function test_R28_oneOfTwo() public {
        uint64 caseId = _stop(1);
        uint64 overrideId = _propose(caseId, OverrideAction.Resume);
        expectError(abi.encodeWithSelector(ICaseBook.OverrideNotApproved.selector, overrideId));
        cases.execute(overrideId, caseId);
        assertEq(cases.streamHaltsOf(1), 1);
    }

    /// @dev One person with both roles is still one person.
    function test_R28_own() public {
        uint64 caseId = _stop(1);
        uint64 overrideId = _propose(caseId, OverrideAction.Resume);
        vm.prank(ADMIN);
        manager.grantRole(6, OFFICER, 0);
        vm.prank(OFFICER);
        expectError(abi.encodeWithSelector(ICaseBook.OwnOverride.selector, overrideId));
        cases.approve(overrideId);
    }

    function test_R28_expired() public {
        uint64 caseId = _stop(1);
        uint64 expiresAt = uint64(block.timestamp) + 1 days;
        uint64 overrideId = _propose(caseId, OverrideAction.Resume);
        uint64 late = _propose(caseId, OverrideAction.Resume);
        bytes memory expired = abi.encodeWithSelector(ICaseBook.OverrideExpired.selector, overrideId, expiresAt);
        vm.warp(expiresAt);
        vm.prank(APPROVER);
        cases.approve(overrideId);
        vm.warp(expiresAt + 1);
        expectError(expired);
        cases.execute(overrideId, caseId);
        vm.prank(APPROVER);
        expectError(abi.encodeWithSelector(ICaseBook.OverrideExpired.selector, late, expiresAt));
        cases.approve(late);
    }

    function test_R28_revertsWhenExpiryIsPastOrFar() public {
        uint64 caseId = _stop(1);
        uint64 limit = uint64(block.timestamp) + cases.OVERRIDE_SECONDS_MAX();
        uint64[2] memory bad = [uint64(block.timestamp) - 1, limit + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(OFFICER);
            expectError(abi.encodeWithSelector(ICaseBook.BadExpiry.selector, bad[i], limit));
            cases.propose(caseId, OverrideAction.Resume, 0, bad[i], REASON);
        }
        vm.prank(OFFICER);
        cases.propose(caseId, OverrideAction.Resume, 0, limit, REASON);
    }

    function test_R29_validOverrideLeavesTheOriginal() public {
        uint64 caseId = _stop(1);
        ICaseBook.Case memory was = cases.caseOf(caseId);
        uint64 overrideId = _approved(caseId, OverrideAction.Resume, 0);
        vm.warp(block.timestamp + 100);
        vm.expectEmit(address(cases));
        emit ICaseBook.OverrideExecuted(overrideId, caseId, OverrideAction.Resume, STRANGER);
        vm.prank(STRANGER);
        cases.execute(overrideId, caseId);

        cases.requireRunning(1);
        ICaseBook.Case memory c = cases.caseOf(caseId);
        assertTrue(c.resolved, "the case is resolved");
        assertEq(uint256(c.holds), uint256(HaltScope.None));
        // What it was opened for stays.
        (c.resolved, c.holds) = (was.resolved, was.holds);
        assertEq(abi.encode(c), abi.encode(was));
        ICaseBook.Override memory o = cases.overrideOf(overrideId);
        assertTrue(o.executed, "the override is kept");
        assertEq(o.proposer, OFFICER);
        assertEq(o.approver, APPROVER);
        assertEq(o.reason, REASON);
    }

    function test_R30_replayedOnAnotherBreak() public {
        uint64 first = _stop(1);
        uint64 other = _stop(2);
        uint64 overrideId = _approved(first, OverrideAction.Resume, 0);
        expectError(abi.encodeWithSelector(ICaseBook.OverrideOfOtherCase.selector, overrideId, first, other));
        cases.execute(overrideId, other);
        cases.execute(overrideId, first);
        // The same break again is another case.
        uint64 again = _stop(1);
        expectError(abi.encodeWithSelector(ICaseBook.OverrideAlreadyExecuted.selector, overrideId));
        cases.execute(overrideId, again);
        expectError(abi.encodeWithSelector(ICaseBook.OverrideAlreadyExecuted.selector, overrideId));
        cases.execute(overrideId, first);
        assertEq(cases.streamHaltsOf(1), 1);
    }

    function test_R31_resumeWhileDirty() public {
        uint64 first = _stop(1);
        uint64 second = _stop(1);
        uint64 resumeFirst = _approved(first, OverrideAction.Resume, 0);
        expectError(abi.encodeWithSelector(ICaseBook.StillHeld.selector, first, 2));
        cases.execute(resumeFirst, first);
        decide(second, OverrideAction.Resolve, 0);
        assertEq(cases.streamHaltsOf(1), 1);
        cases.execute(resumeFirst, first);
        cases.requireRunning(1);
    }

    /// @dev Resolving the last case of a halt would resume without anyone having decided that.
    function test_R31_resolvingDoesNotResume() public {
        uint64 caseId = _stop(1);
        uint64 overrideId = _approved(caseId, OverrideAction.Resolve, 0);
        expectError(abi.encodeWithSelector(ICaseBook.ActionDoesNotFit.selector, caseId, OverrideAction.Resolve));
        cases.execute(overrideId, caseId);
    }

    function test_execute_narrowsAHaltToAParticipant() public {
        uint64 caseId = _stop(1);
        decide(caseId, OverrideAction.Narrow, 2);
        cases.requireRunning(1);
        expectError(abi.encodeWithSelector(ICaseBook.ParticipantHalted.selector, 1, 2, 1));
        cases.requireParticipantRunning(1, 2);
        cases.requireParticipantRunning(1, 1);
        assertTrue(!cases.caseOf(caseId).resolved, "the case stays open");
        assertEq(uint256(cases.caseOf(caseId).scope), uint256(HaltScope.Stream));
        decide(caseId, OverrideAction.Resume, 0);
        cases.requireParticipantRunning(1, 2);
    }

    function test_propose_revertsWhenTheActionDoesNotFit() public {
        vm.prank(OFFICER);
        uint64 harmless = cases.report(1, 5, 2, EVIDENCE);
        uint64 halting = _stop(1);
        _expectUnfit(harmless, OverrideAction.Resume);
        _expectUnfit(harmless, OverrideAction.Narrow);
        _expectUnfit(halting, OverrideAction.None);
        vm.prank(OFFICER);
        expectError(abi.encodeWithSelector(ICaseBook.ParticipantMissing.selector));
        cases.propose(halting, OverrideAction.Narrow, Parties.NOBODY, uint64(block.timestamp), REASON);
        vm.prank(OFFICER);
        expectError(abi.encodeWithSelector(ICaseBook.UnknownCase.selector, 77));
        cases.propose(77, OverrideAction.Resolve, 0, uint64(block.timestamp), REASON);
    }

    function test_propose_revertsWhenTheCaseIsResolved() public {
        uint64 caseId = _stop(1);
        uint64 late = _approved(caseId, OverrideAction.Resume, 0);
        decide(caseId, OverrideAction.Resume, 0);
        bytes memory resolved = abi.encodeWithSelector(ICaseBook.CaseResolved.selector, caseId);
        vm.prank(OFFICER);
        expectError(resolved);
        cases.propose(caseId, OverrideAction.Resolve, 0, uint64(block.timestamp), REASON);
        expectError(resolved);
        cases.execute(late, caseId);
    }

    function test_approve_revertsTheSecondTime() public {
        uint64 overrideId = _approved(_stop(1), OverrideAction.Resume, 0);
        vm.prank(APPROVER);
        expectError(abi.encodeWithSelector(ICaseBook.OverrideAlreadyApproved.selector, overrideId));
        cases.approve(overrideId);
    }

    function test_wasHaltedSince_remembersTheLastHalt() public {
        assertTrue(!cases.wasHaltedSince(1, 1), "never halted");
        uint64 caseId = _stop(1);
        assertTrue(cases.wasHaltedSince(1, uint64(block.timestamp) + 1000), "halted now");
        uint64 end = 1_000_050;
        vm.warp(end);
        decide(caseId, OverrideAction.Resume, 0);
        assertTrue(cases.wasHaltedSince(1, end), "halted in that second");
        assertTrue(!cases.wasHaltedSince(1, end + 1), "not since");
    }

    function _stop(uint32 stream) private returns (uint64) {
        vm.prank(GUARDIAN);
        return cases.stop(stream, EVIDENCE);
    }

    function _propose(uint64 caseId, OverrideAction action) private returns (uint64) {
        vm.prank(OFFICER);
        return cases.propose(caseId, action, 0, uint64(block.timestamp) + 1 days, REASON);
    }

    function _approved(uint64 caseId, OverrideAction action, uint32 participant) private returns (uint64 overrideId) {
        vm.prank(OFFICER);
        overrideId = cases.propose(caseId, action, participant, uint64(block.timestamp) + 1 days, REASON);
        vm.prank(APPROVER);
        cases.approve(overrideId);
    }

    function _expectUnfit(uint64 caseId, OverrideAction action) private {
        vm.prank(OFFICER);
        expectError(abi.encodeWithSelector(ICaseBook.ActionDoesNotFit.selector, caseId, action));
        cases.propose(caseId, action, 0, uint64(block.timestamp), REASON);
    }

    function _fromParticipantZero() private pure returns (int256[] memory positions) {
        positions = new int256[](4);
        (positions[0], positions[3]) = (-9, 9);
    }
}
