// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICaseBook} from "../../../verifier-contracts/src/interfaces/ICaseBook.sol";
import {IAttesterSet} from "../../../verifier-contracts/src/interfaces/IAttesterSet.sol";
import {IReconciler} from "../../../verifier-contracts/src/interfaces/IReconciler.sol";
import {ISettlement} from "../../../verifier-contracts/src/interfaces/ISettlement.sol";
import {Movements} from "../../../verifier-contracts/src/libraries/Movements.sol";
import {CaseReason, HaltScope, OverrideAction} from "../../../verifier-contracts/src/types/Cases.sol";
import {Attestation, Numbers} from "../../../verifier-contracts/src/types/Numbers.sol";
import {WindowState} from "../../../verifier-contracts/src/types/WindowState.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

contract ReconcilerTest is SettlementStream {
    function test_stateOf_followsAWindowToItsEnd() public {
        _expectState(WindowState.None);
        openForADay(1, 5);
        _expectState(WindowState.Open);
        close(1, 5);
        _expectState(WindowState.Closed);
        discloseAs(1, 5, usualPositions());
        _expectState(WindowState.Disclosed);
        settlement.begin(1, 5);
        _expectState(WindowState.Settling);
        payIn(1, 5, 0);
        payIn(1, 5, 1);
        sealWindow(1, 5);
        _expectState(WindowState.Settling);
        compareWindow(1, 5);
        _expectState(WindowState.AwaitingQuorum);
        attestWindow(1, 5);
        _expectState(WindowState.Reconciled);
        cases.requireRunning(1);
        assertEq(cases.caseCount(), 0);
        assertEq(reconciler.findingOf(1, 5).epoch, 1);
    }

    function test_compare_findsAllMatched() public {
        paidOut();
        compareWindow(1, 5);
        _expectNumbers(Numbers(3, 200, 0, 0, 0, 0));
    }

    function test_compare_findsARefundMissingAndHalts() public {
        refunded();
        vm.expectEmit(address(reconciler));
        emit IReconciler.WindowCompared(
            1, 5, windowOf(1, 5).root, settlingOf(1, 5).settlementHash, Numbers(0, 0, 3, 200, 0, 0), 200, 0
        );
        compareWindow(1, 5);
        _expectNumbers(Numbers(0, 0, 3, 200, 0, 0));
        assertEq(cases.streamHaltsOf(1), 1);
        ICaseBook.Case memory c = cases.caseOf(cases.caseCount());
        assertEq(uint256(c.reason), uint256(CaseReason.Drift));
        assertEq(c.evidence, settlingOf(1, 5).settlementHash);
    }

    /// @dev One stream halts, the other goes on settling; two people narrow the halt to who caused it, and later lift
    /// it; the next window is clean.
    function test_R29_driftHaltsItsStreamUntilTwoPeopleDecide() public {
        createStream(3, "netting");
        prepareStream(3, token);
        refunded();
        compareWindow(1, 5);
        uint64 drift = cases.caseCount();
        vm.prank(OPERATOR);
        expectError(abi.encodeWithSelector(ICaseBook.StreamHalted.selector, 1, 1));
        netting.open(1, 6, DATE_FROM, DATE_TO, type(uint32).max);
        begun(3, 1, usualPositions());
        payIn(3, 1, 0);

        decide(drift, OverrideAction.Narrow, 1);
        assertEq(cases.participantHaltsOf(1, 1), 2);
        decide(1, OverrideAction.Resolve, 0);
        decide(drift, OverrideAction.Resume, 0);
        begun(1, 6, usualPositions());
        payIn(1, 6, 0);
        payIn(1, 6, 1);
        sealWindow(1, 6);
        compareWindow(1, 6);
        attestWindow(1, 6);
        assertEq(uint256(stateOf(1, 6)), uint256(WindowState.Reconciled));
        // The first finding is what it was.
        _expectNumbers(Numbers(0, 0, 3, 200, 0, 0));
    }

    function test_compare_toleratesWhatThePolicyAllows() public {
        _activate(5, 200);
        refunded();
        compareWindow(1, 5);
        cases.requireRunning(1);
        _activate(6, 199);
        int256[] memory positions = usualPositions();
        (positions[0], positions[1], positions[2]) = (-100, 0, 100);
        begun(1, 6, positions);
        vm.warp(payDeadline(1, 6) + 1);
        sealWindow(1, 6);
        compareWindow(1, 6);
        assertEq(cases.streamHaltsOf(1), 1);
    }

    function test_R26_C37_otherMovementsThanTheSettlementsAreRefused() public {
        paidOut();
        Movements.Movement[] memory all = movementsOf(1, 5);
        assertEq(all.length, 3);
        Movements.Movement[] memory dropped = new Movements.Movement[](2);
        (dropped[0], dropped[1]) = (all[0], all[2]);
        _expectMismatch(dropped);
        _expectMismatch(new Movements.Movement[](0));
        all[0].word += 1;
        _expectMismatch(all);
        all[0].word -= 1;
        all[1].paidAt += 1;
        _expectMismatch(all);
        all[1].paidAt -= 1;
        (all[0], all[1]) = (all[1], all[0]);
        _expectMismatch(all);
        (all[0], all[1]) = (all[1], all[0]);
        reconciler.compare(1, 5, all);
    }

    /// @dev Who signed what a chain said that is no more has signed another settlement hash; the window waits.
    function test_C37_attestationOfAnotherHistoryDoesNotCount() public {
        paidOut();
        compareWindow(1, 5);
        Attestation memory a = reconciler.attestationOf(1, 5, REPORT, CHECKPOINT, 1);
        a.settlementHash = keccak256("of the chain before the reorg");
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(a, 3);
        _expectAttestError(
            signers, signatures, abi.encodeWithSelector(IAttesterSet.SignatureRejected.selector, memberList()[0])
        );
        _expectState(WindowState.AwaitingQuorum);
    }

    function test_attest_countsOnlyTheSameNumbers() public {
        paidOut();
        compareWindow(1, 5);
        Attestation memory a = reconciler.attestationOf(1, 5, REPORT, CHECKPOINT, 1);
        a.numbers.missingCount = 1;
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(a, 3);
        _expectAttestError(
            signers, signatures, abi.encodeWithSelector(IAttesterSet.SignatureRejected.selector, memberList()[0])
        );
        (signers, signatures) = signaturesOf(reconciler.attestationOf(1, 5, REPORT, CHECKPOINT, 1), 1);
        _expectAttestError(signers, signatures, abi.encodeWithSelector(IAttesterSet.QuorumMissing.selector, 2, 1));
    }

    function test_C26_rotationInTheMiddleOfARound() public {
        paidOut();
        compareWindow(1, 5);
        (uint8[] memory signers, bytes[] memory signatures) =
            signaturesOf(reconciler.attestationOf(1, 5, REPORT, CHECKPOINT, 1), 2);
        vm.prank(REGISTRAR);
        attesters.rotate(memberList(), 3);
        _expectAttestError(signers, signatures, abi.encodeWithSelector(IAttesterSet.EpochNotCurrent.selector, 2, 1));
        (signers, signatures) = signaturesOf(reconciler.attestationOf(1, 5, REPORT, CHECKPOINT, 2), 3);
        reconciler.attest(1, 5, REPORT, CHECKPOINT, 2, memberList(), signers, signatures);
        assertEq(reconciler.findingOf(1, 5).epoch, 2);
    }

    function test_C33_everyStepComesOnceAndInOrder() public {
        usualWindow();
        expectError(abi.encodeWithSelector(IReconciler.SettlementNotSealed.selector, 1, 5));
        reconciler.compare(1, 5, movementsOf(1, 5));
        uint8[] memory none = new uint8[](0);
        _expectAttestError(none, new bytes[](0), _wrongState(WindowState.None));
        payIn(1, 5, 0);
        payIn(1, 5, 1);
        sealWindow(1, 5);
        compareWindow(1, 5);
        Movements.Movement[] memory all = movementsOf(1, 5);
        expectError(_wrongState(WindowState.AwaitingQuorum));
        reconciler.compare(1, 5, all);
        attestWindow(1, 5);
        expectError(_wrongState(WindowState.Reconciled));
        reconciler.compare(1, 5, all);
        _expectAttestError(none, new bytes[](0), _wrongState(WindowState.Reconciled));
        vm.warp(reconciler.reconcileDeadlineOf(1, 5) + 1);
        expectError(_wrongState(WindowState.Reconciled));
        reconciler.expire(1, 5);
        expectError(_wrongState(WindowState.Reconciled));
        reconciler.reportQuorumMissing(1, 5);
    }

    function test_C32_expiry_comesAfterTheLastSecond() public {
        usualWindow();
        payIn(1, 5, 0);
        uint64 deadline = reconciler.reconcileDeadlineOf(1, 5);
        assertEq(deadline, payDeadline(1, 5) + RECONCILE);
        vm.warp(deadline);
        expectError(abi.encodeWithSelector(IReconciler.DeadlineNotPassed.selector, deadline, deadline));
        reconciler.expire(1, 5);
        vm.warp(deadline + 1);
        vm.prank(STRANGER);
        reconciler.expire(1, 5);
        _expectState(WindowState.Expired);
        _expectNumbers(Numbers(0, 0, 3, 200, 0, 0));
        // Whoever had paid has it back, and who had not is halted; the stream is, too.
        assertEq(creditOf(0), 70 * UNIT);
        assertEq(cases.participantHaltsOf(1, 1), 1);
        assertEq(cases.streamHaltsOf(1), 1);
        expectError(_wrongState(WindowState.Expired));
        reconciler.expire(1, 5);
        expectError(_wrongState(WindowState.Expired));
        reconciler.compare(1, 5, movementsOf(1, 5));
    }

    /// @dev The operator is gone before the disclosure: nothing was taken, and the window ends all the same.
    function test_expire_endsWindowsThatWereNeverDisclosed() public {
        openForADay(1, 4);
        openForADay(1, 5);
        close(1, 5);
        vm.warp(reconciler.reconcileDeadlineOf(1, 5) + 1);
        reconciler.expire(1, 5);
        _expectState(WindowState.Expired);
        reconciler.expire(1, 4);
        expectError(abi.encodeWithSelector(IReconciler.WrongState.selector, 1, 9, WindowState.None));
        reconciler.expire(1, 9);
        assertEq(uint256(settlingOf(1, 5).phase), uint256(ISettlement.Phase.None));
    }

    /// @dev An expired window stays expired, whatever is disclosed or begun later.
    function test_expire_isFinal() public {
        openForADay(1, 5);
        close(1, 5);
        vm.warp(reconciler.reconcileDeadlineOf(1, 5) + 1);
        reconciler.expire(1, 5);
        discloseAs(1, 5, usualPositions());
        uint64 deadline = acknowledgeDeadline(1, 5);
        expectError(abi.encodeWithSelector(ISettlement.DeadlinePassed.selector, deadline, block.timestamp));
        settlement.begin(1, 5);
        _expectState(WindowState.Expired);
    }

    function test_reportQuorumMissing_opensACaseAndWaits() public {
        paidOut();
        compareWindow(1, 5);
        uint64 deadline = reconciler.reconcileDeadlineOf(1, 5);
        vm.warp(deadline);
        expectError(abi.encodeWithSelector(IReconciler.DeadlineNotPassed.selector, deadline, deadline));
        reconciler.reportQuorumMissing(1, 5);
        vm.warp(deadline + 1);
        reconciler.reportQuorumMissing(1, 5);
        assertEq(uint256(cases.caseOf(1).reason), uint256(CaseReason.QuorumMissing));
        assertEq(uint256(cases.caseOf(1).scope), uint256(HaltScope.None));
        expectError(abi.encodeWithSelector(IReconciler.AlreadyReported.selector, 1, 5));
        reconciler.reportQuorumMissing(1, 5);
        expectError(_wrongState(WindowState.AwaitingQuorum));
        reconciler.expire(1, 5);
        attestWindow(1, 5);
        _expectState(WindowState.Reconciled);
    }

    function test_activatePolicy_changesAtTheEdgeOfAWindow() public {
        openForADay(1, 5);
        _activate(8, 77);
        assertEq(reconciler.policyOf(1, 7).tolerance, 0);
        assertEq(reconciler.policyOf(1, 8).tolerance, 77);
        assertEq(reconciler.policyOf(1, 8).policyHash, POLICY);
        _activate(8, 78);
        assertEq(reconciler.policyOf(1, 8).tolerance, 78);
        vm.startPrank(REGISTRAR);
        expectError(abi.encodeWithSelector(IReconciler.WindowAlreadyOpened.selector, 5, 5));
        reconciler.activatePolicy(1, 5, POLICY, 0, RECONCILE);
        expectError(abi.encodeWithSelector(IReconciler.PoliciesNotAscending.selector, 7, 8));
        reconciler.activatePolicy(1, 7, POLICY, 0, RECONCILE);
        expectError(abi.encodeWithSelector(IReconciler.BadPolicy.selector, 1));
        reconciler.activatePolicy(1, 9, 0, 0, RECONCILE);
        expectError(abi.encodeWithSelector(IReconciler.BadPolicy.selector, 1));
        reconciler.activatePolicy(1, 9, POLICY, 0, 0);
        vm.stopPrank();
    }

    function test_policy_revertsWhenThereIsNone() public {
        createStream(3, "netting");
        vm.prank(REGISTRAR);
        settlement.configure(3, token, UNIT, ACKNOWLEDGE, PAY);
        begun(3, 1, new int256[](4));
        sealWindow(3, 1);
        bytes memory missing = abi.encodeWithSelector(IReconciler.PolicyMissing.selector, 3, 1);
        expectError(missing);
        reconciler.compare(3, 1, new Movements.Movement[](0));
        expectError(missing);
        reconciler.reconcileDeadlineOf(3, 1);
    }

    function _activate(uint32 fromWindow, uint96 tolerance) private {
        vm.prank(REGISTRAR);
        reconciler.activatePolicy(1, fromWindow, POLICY, tolerance, RECONCILE);
    }

    function _expectMismatch(Movements.Movement[] memory movements) private {
        bytes32 expected = settlingOf(1, 5).settlementHash;
        (bool done, bytes memory answer) =
            address(reconciler).call(abi.encodeCall(reconciler.compare, (1, 5, movements)));
        assertTrue(!done, "other movements are refused");
        assertEq(uint256(uint32(bytes4(answer))), uint256(uint32(IReconciler.MovementsMismatch.selector)));
        assertTrue(settlingOf(1, 5).settlementHash == expected, "nothing changed");
        _expectState(WindowState.Settling);
    }

    function _expectAttestError(uint8[] memory signers, bytes[] memory signatures, bytes memory reason) private {
        expectError(reason);
        reconciler.attest(1, 5, REPORT, CHECKPOINT, 1, memberList(), signers, signatures);
    }

    function _expectState(WindowState state) private view {
        assertEq(uint256(stateOf(1, 5)), uint256(state));
    }

    function _expectNumbers(Numbers memory numbers) private view {
        assertEq(abi.encode(reconciler.findingOf(1, 5).numbers), abi.encode(numbers));
    }

    function _wrongState(WindowState state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IReconciler.WrongState.selector, 1, 5, state);
    }
}
