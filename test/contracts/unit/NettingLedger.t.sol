// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {INettingLedger} from "../../../verifier-contracts/src/interfaces/INettingLedger.sol";
import {IProgramRegistry} from "../../../verifier-contracts/src/interfaces/IProgramRegistry.sol";
import {ISealVerifier} from "../../../verifier-contracts/src/interfaces/ISealVerifier.sol";
import {Calldata} from "../../../verifier-contracts/src/libraries/Calldata.sol";
import {Positions} from "../../../verifier-contracts/src/libraries/Positions.sol";
import {ProgramId, StatementId} from "../../../verifier-contracts/src/types/Ids.sol";
import {WindowState} from "../../../verifier-contracts/src/types/WindowState.sol";
import {NettingStream} from "../support/NettingStream.sol";
import {Seals} from "../support/Seals.sol";

contract NettingLedgerTest is NettingStream {
    bytes32 private constant CHECKPOINT = keccak256("checkpoint");

    function test_createStream_takesItsParametersFromTheRegistry() public view {
        INettingLedger.Stream memory s = netting.streamOf(1);
        assertEq(s.asset, ASSET);
        assertEq(s.batchSize, 4);
        assertEq(s.participants, 4);
        assertEq(s.depth, 6);
    }

    function test_createStream_revertsWhenItExists() public {
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(INettingLedger.StreamAlreadyExists.selector, 1));
        netting.createStream(1, 9, programIdOf("netting"), programIdOf("disclosure"));
    }

    function test_createStream_revertsWhenProgramsDoNotFit() public {
        ProgramId wide = ProgramId.wrap(keccak256("disclosure of five"));
        vm.prank(REGISTRAR);
        registry.registerProgram(wide, programFixture("disclosure").kind, 0, 5, 0, 7);
        _expectUnfit(programIdOf("square"), programIdOf("disclosure"));
        _expectUnfit(programIdOf("netting"), programIdOf("netting"));
        _expectUnfit(programIdOf("disclosure"), programIdOf("netting"));
        _expectUnfit(programIdOf("netting"), wide);
        ProgramId unknown = ProgramId.wrap(keccak256("unknown"));
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IProgramRegistry.UnknownProgram.selector, unknown));
        netting.createStream(9, ASSET, programIdOf("netting"), unknown);
    }

    function test_open_beginsWithTheEmptyState() public {
        Proven memory first = nettingStep("first");
        vm.expectEmit(address(netting));
        emit INettingLedger.WindowOpened(1, 5, DATE_FROM, DATE_TO, DEADLINE, first.signals[4], first.signals[7]);
        open(1, 5);
        INettingLedger.Window memory w = windowOf(1, 5);
        assertEq(uint256(w.state), uint256(WindowState.Open));
        assertEq(w.root, first.signals[4]);
        assertEq(w.positions, first.signals[7]);
        assertEq(w.next, 0);
    }

    function test_open_revertsWhenStreamIsUnknown() public {
        vm.prank(OPERATOR);
        expectError(abi.encodeWithSelector(INettingLedger.UnknownStream.selector, 77));
        netting.open(77, 1, DATE_FROM, DATE_TO, DEADLINE);
    }

    function test_open_revertsWhenWindowsDoNotAscend() public {
        open(1, 0);
        open(1, 5);
        for (uint32 window = 0; window <= 5; ++window) {
            vm.prank(OPERATOR);
            expectError(abi.encodeWithSelector(INettingLedger.WindowNotAscending.selector, window, 5));
            netting.open(1, window, DATE_FROM, DATE_TO, DEADLINE);
        }
        open(1, 6);
    }

    function test_open_revertsWhenDatesAreImpossible() public {
        _expectBadDates(10, 9);
        _expectBadDates(0, 65_536);
        _expectBadDates(0, type(uint32).max);
        vm.prank(OPERATOR);
        netting.open(1, 1, 0, 65_535, DEADLINE);
    }

    function test_open_revertsWhenDeadlineHasPassed() public {
        uint64 past = uint64(block.timestamp - 1);
        vm.prank(OPERATOR);
        expectError(abi.encodeWithSelector(INettingLedger.DeadlineInThePast.selector, past, block.timestamp));
        netting.open(1, 1, DATE_FROM, DATE_TO, past);
    }

    function test_window_runsFromOpenToDisclosed() public {
        open(1, 5);
        Proven memory p = nettingStep("first");
        StatementId id = StatementId.wrap(keccak256(abi.encode(p.programId, p.signals)));
        vm.expectEmit(address(netting));
        emit INettingLedger.WindowAdvanced(1, 5, id, p.keyId, p.beneficiary, 0, p.signals[5], p.signals[8], CHECKPOINT);
        vm.prank(OPERATOR);
        netting.advance(1, 5, p.beneficiary, p.keyId, 0, p.signals[5], p.signals[8], CHECKPOINT, p.seal);
        assertEq(windowOf(1, 5).next, 4);

        p = nettingStep("second");
        advance(p);
        vm.expectEmit(address(netting));
        emit INettingLedger.WindowClosed(1, 5, 8, p.signals[5], p.signals[8], CHECKPOINT);
        vm.prank(OPERATOR);
        netting.close(1, 5, CHECKPOINT);
        assertEq(uint256(windowOf(1, 5).state), uint256(WindowState.Closed));

        p = nettingStep("disclosure");
        id = StatementId.wrap(keccak256(abi.encode(p.programId, p.signals)));
        vm.expectEmit(address(netting));
        emit INettingLedger.PositionsDisclosed(1, 5, id, p.keyId, p.beneficiary, netPositions());
        vm.prank(STRANGER);
        disclose(p, netPositions());
        assertEq(uint256(windowOf(1, 5).state), uint256(WindowState.Disclosed));
        int96[] memory stored = netting.positionsOf(1, 5);
        assertEq(stored.length, 4);
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(int256(stored[i]), netPositions()[i]);
        }
    }

    function test_window_mayStayEmpty() public {
        open(1, 6);
        close(1, 6);
        disclose(nettingStep("disclosureOfEmpty"), new int256[](4));
        assertEq(netting.positionsOf(1, 6).length, 4);
    }

    function test_window_severalAreOpenAtOnce() public {
        open(1, 5);
        open(1, 6);
        advance(nettingStep("first"));
        close(1, 6);
        advance(nettingStep("second"));
        assertEq(windowOf(1, 5).next, 8);
        assertEq(windowOf(1, 6).next, 0);
    }

    function test_C1_revertsWhenBatchIsReplayed() public {
        open(1, 5);
        Proven memory p = nettingStep("first");
        advance(p);
        _expectAdvanceError(p, 0, abi.encodeWithSelector(INettingLedger.StaleState.selector, 0, 4));
        _expectAdvanceError(p, 4, abi.encodeWithSelector(ISealVerifier.ProofRejected.selector));
    }

    function test_C1_revertsWhenWindowHasAnotherSuccessor() public {
        open(1, 5);
        advance(nettingStep("rivalOfFirst"));
        Proven memory p = nettingStep("first");
        _expectAdvanceError(p, 0, abi.encodeWithSelector(INettingLedger.StaleState.selector, 0, 4));
        _expectAdvanceError(nettingStep("second"), 4, abi.encodeWithSelector(ISealVerifier.ProofRejected.selector));
    }

    function test_C1_revertsWhenBatchesComeOutOfOrder() public {
        open(1, 5);
        Proven memory p = nettingStep("second");
        _expectAdvanceError(p, 4, abi.encodeWithSelector(INettingLedger.StaleState.selector, 4, 0));
    }

    function test_C5_revertsWhenTheChainForks() public {
        open(1, 5);
        vm.chainId(1337);
        _expectAdvanceError(nettingStep("first"), 0, abi.encodeWithSelector(ISealVerifier.ProofRejected.selector));
    }

    function test_C6_C7_revertsWhenSignalIsNotBelowTheField() public {
        open(1, 5);
        Proven memory p = nettingStep("first");
        p.signals[5] += Seals.R;
        _expectAdvanceError(p, 0, _outOfField(5, p.signals[5]));
        p.signals[5] = type(uint256).max;
        _expectAdvanceError(p, 0, _outOfField(5, p.signals[5]));
        p = nettingStep("first");
        p.signals[8] = Seals.R;
        _expectAdvanceError(p, 0, _outOfField(8, Seals.R));
    }

    function test_C8_revertsWhenCalldataTrails() public {
        open(1, 5);
        Proven memory p = nettingStep("first");
        bytes memory call =
            abi.encodeCall(netting.advance, (1, 5, p.beneficiary, p.keyId, 0, p.signals[5], p.signals[8], 0, p.seal));
        vm.prank(OPERATOR);
        _expectCalldataError(call);
        advance(p);
        advance(nettingStep("second"));
        close(1, 5);
        p = nettingStep("disclosure");
        _expectCalldataError(abi.encodeCall(netting.disclose, (1, 5, p.beneficiary, p.keyId, netPositions(), p.seal)));
        disclose(p, netPositions());
    }

    function test_C14_revertsWhenKeyIsOfAnotherProgram() public {
        open(1, 5);
        Proven memory p = nettingStep("first");
        p.keyId = keyIdOf("disclosure");
        _expectAdvanceError(
            p,
            0,
            abi.encodeWithSelector(
                IProgramRegistry.KeyOfOtherProgram.selector, p.keyId, programIdOf("netting"), programIdOf("disclosure")
            )
        );
    }

    function test_C16_revertsWhenContextIsOfAnother() public {
        createStream(4, "netting");
        open(1, 5);
        open(1, 9);
        open(4, 5);
        bytes memory rejected = abi.encodeWithSelector(ISealVerifier.ProofRejected.selector);
        Proven memory p = nettingStep("first");
        p.beneficiary = STRANGER;
        _expectAdvanceError(p, 0, rejected);
        p = nettingStep("first");
        p.window = 9;
        _expectAdvanceError(p, 0, rejected);
        p = nettingStep("first");
        p.stream = 4;
        _expectAdvanceError(p, 0, rejected);
    }

    function test_advance_revertsWhenWindowIsNotOpen() public {
        Proven memory p = nettingStep("first");
        _expectAdvanceError(p, 0, _notOpen(WindowState.None));
        runToClosed();
        _expectAdvanceError(p, 0, _notOpen(WindowState.Closed));
    }

    /// @dev The deadline's own second still counts; the next one does not.
    function test_advance_revertsAfterTheCommitDeadline() public {
        open(1, 5);
        vm.warp(DEADLINE);
        advance(nettingStep("first"));
        vm.warp(DEADLINE + 1);
        _expectAdvanceError(
            nettingStep("second"),
            4,
            abi.encodeWithSelector(INettingLedger.CommitDeadlinePassed.selector, DEADLINE, DEADLINE + 1)
        );
    }

    function test_advance_revertsWhenStreamIsFull() public {
        createCrowdedStream();
        open(2, 1);
        advance(nettingStep("crowdedFirst"));
        Proven memory p = nettingStep("crowdedLast");
        advance(p);
        assertEq(windowOf(2, 1).next, 64);
        _expectAdvanceError(p, 64, abi.encodeWithSelector(INettingLedger.StreamFull.selector, 64, 64));
    }

    function test_advance_revertsWhenKeyIsFrozen() public {
        open(1, 5);
        Proven memory p = nettingStep("first");
        vm.prank(GUARDIAN);
        registry.freezeKey(p.keyId);
        _expectAdvanceError(p, 0, abi.encodeWithSelector(IProgramRegistry.FrozenKey.selector, p.keyId));
    }

    function test_close_isForAnyoneOnlyAfterTheDeadline() public {
        open(1, 5);
        bytes memory unauthorized = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER);
        vm.warp(DEADLINE);
        vm.prank(STRANGER);
        expectError(unauthorized);
        netting.close(1, 5, 0);
        vm.warp(DEADLINE + 1);
        vm.prank(STRANGER);
        expectError(unauthorized);
        netting.close(1, 5, CHECKPOINT);
        vm.prank(STRANGER);
        netting.close(1, 5, 0);
        assertEq(uint256(windowOf(1, 5).state), uint256(WindowState.Closed));
    }

    function test_close_revertsWhenWindowIsNotOpen() public {
        runToClosed();
        vm.prank(OPERATOR);
        expectError(_notOpen(WindowState.Closed));
        netting.close(1, 5, 0);
    }

    function test_disclose_revertsUnlessWindowIsClosed() public {
        Proven memory p = nettingStep("disclosure");
        open(1, 5);
        expectError(abi.encodeWithSelector(INettingLedger.WindowNotClosed.selector, 1, 5, WindowState.Open));
        disclose(p, netPositions());
        advance(nettingStep("first"));
        advance(nettingStep("second"));
        close(1, 5);
        disclose(p, netPositions());
        expectError(abi.encodeWithSelector(INettingLedger.WindowNotClosed.selector, 1, 5, WindowState.Disclosed));
        disclose(p, netPositions());
    }

    function test_disclose_revertsWhenPositionsAreOthers() public {
        runToClosed();
        Proven memory p = nettingStep("disclosure");
        int256[] memory positions = netPositions();
        (positions[0], positions[1]) = (positions[1], positions[0]);
        vm.expectRevert(ISealVerifier.ProofRejected.selector);
        disclose(p, positions);
        positions = netPositions();
        positions[0] += 1;
        expectError(abi.encodeWithSelector(INettingLedger.PositionsDoNotCancel.selector, int256(1)));
        disclose(p, positions);
        expectError(abi.encodeWithSelector(INettingLedger.PositionCountMismatch.selector, 4, 3));
        disclose(p, new int256[](3));
        expectError(abi.encodeWithSelector(INettingLedger.PositionCountMismatch.selector, 4, 5));
        disclose(p, new int256[](5));
    }

    function test_disclose_revertsWhenAPositionIsOutOfRange() public {
        runToClosed();
        Proven memory p = nettingStep("disclosure");
        int256[4] memory values = [int256(2 ** 95), -(2 ** 95) - 1, type(int256).max, type(int256).min];
        for (uint256 i = 0; i < 4; ++i) {
            int256[] memory positions = netPositions();
            positions[i] = values[i];
            expectError(abi.encodeWithSelector(Positions.PositionOutOfRange.selector, i));
            disclose(p, positions);
        }
    }

    function test_disclose_revertsWhenCommitmentIsOfAnotherWindow() public {
        open(1, 5);
        advance(nettingStep("first"));
        close(1, 5);
        Proven memory p = nettingStep("disclosure");
        vm.expectRevert(ISealVerifier.ProofRejected.selector);
        disclose(p, netPositions());
    }

    function test_contexts_areSignalZero() public view {
        Proven memory p = nettingStep("first");
        assertEq(netting.advanceContextOf(1, 5, p.beneficiary), p.signals[0]);
        p = nettingStep("disclosure");
        assertEq(netting.disclosureContextOf(1, 5, p.beneficiary), p.signals[0]);
    }

    function _expectUnfit(ProgramId nettingProgram, ProgramId disclosureProgram) private {
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(INettingLedger.ProgramsDoNotFit.selector, nettingProgram, disclosureProgram));
        netting.createStream(9, ASSET, nettingProgram, disclosureProgram);
    }

    function _expectBadDates(uint32 dateFrom, uint32 dateTo) private {
        vm.prank(OPERATOR);
        expectError(abi.encodeWithSelector(INettingLedger.BadDates.selector, dateFrom, dateTo));
        netting.open(1, 1, dateFrom, dateTo, DEADLINE);
    }

    function _expectAdvanceError(Proven memory p, uint64 expectedIndex, bytes memory reason) private {
        vm.prank(OPERATOR);
        vm.expectRevert(reason);
        netting.advance(
            p.stream, p.window, p.beneficiary, p.keyId, expectedIndex, p.signals[5], p.signals[8], 0, p.seal
        );
    }

    function _expectCalldataError(bytes memory call) private {
        (bool done, bytes memory answer) = address(netting).call(bytes.concat(call, hex"00"));
        assertTrue(!done, "trailing calldata is refused");
        assertEq(answer, abi.encodeWithSelector(Calldata.CalldataLengthMismatch.selector, call.length, call.length + 1));
    }

    function _notOpen(WindowState state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(INettingLedger.WindowNotOpen.selector, 1, 5, state);
    }

    function _outOfField(uint256 index, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISealVerifier.SignalOutOfField.selector, index, value);
    }
}
