// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IComputeLedger} from "../../../verifier-contracts/src/interfaces/IComputeLedger.sol";
import {IProgramRegistry} from "../../../verifier-contracts/src/interfaces/IProgramRegistry.sol";
import {ISealVerifier} from "../../../verifier-contracts/src/interfaces/ISealVerifier.sol";
import {Calldata} from "../../../verifier-contracts/src/libraries/Calldata.sol";
import {KeyId, ProgramId, StatementId} from "../../../verifier-contracts/src/types/Ids.sol";
import {Consumer} from "../support/Consumer.sol";
import {Deployed} from "../support/Deployed.sol";
import {Seals} from "../support/Seals.sol";

contract ComputeLedgerTest is Deployed {
    using Seals for bytes;

    function test_record_writesOneRowAndMovesTheHead() public {
        Proven memory p = proven("plain");
        StatementId id = StatementId.wrap(keccak256(abi.encode(p.programId, p.signals)));
        bytes32 genesis = keccak256(abi.encode("tallystick/ledger/v1", block.chainid, address(ledger)));
        assertEq(ledger.head(), genesis);
        bytes32 head =
            keccak256(abi.encode(genesis, id, p.keyId, p.stream, p.window, p.beneficiary, uint64(0), uint64(0)));

        vm.expectEmit(address(ledger));
        emit IComputeLedger.Recorded(id, p.programId, p.stream, p.window, p.beneficiary, p.keyId, 0, 0, head, p.signals);
        vm.prank(STRANGER);
        assertEq(StatementId.unwrap(record(p, 0)), StatementId.unwrap(id));

        assertEq(ledger.head(), head);
        assertEq(ledger.count(), 1);
        IComputeLedger.Record memory row = ledger.recordOf(id);
        assertEq(row.index, 0);
        assertEq(row.blockNumber, block.number);
    }

    function test_record_keepsTheOrderOfAStream() public {
        registerKey("square", "squareStandby");
        _expectSequenceError(proven("ordered1"), 1, 0);
        record(proven("ordered0"), 0);
        _expectSequenceError(proven("ordered1"), 0, 1);
        _expectSequenceError(proven("ordered1"), 2, 1);
        record(proven("ordered1"), 1);
        record(proven("ordered2"), 2);
        assertEq(ledger.sequenceOf(programIdOf("square"), 7), 3);
        assertEq(ledger.count(), 3);
    }

    function test_record_streamZeroHasNoOrder() public {
        _expectSequenceError(proven("other"), 1, 0);
        record(proven("other"), 0);
        record(proven("plain"), 0);
        assertEq(ledger.sequenceOf(programIdOf("square"), 0), 0);
        assertEq(ledger.count(), 2);
    }

    function test_C1_revertsWhenReplayed() public {
        Proven memory p = proven("plain");
        StatementId id = record(p, 0);
        expectError(abi.encodeWithSelector(IComputeLedger.AlreadyRecorded.selector, id, 0));
        record(p, 0);
    }

    function test_C2_L52_malleationsHaveNoSecondEffect() public {
        uint256 fresh = vm.snapshotState();
        for (uint256 first = 0; first < 4; ++first) {
            vm.revertToState(fresh);
            Proven memory p = proven("plain");
            bytes[4] memory seals = [p.seal, malleation(0), malleation(1), malleation(2)];
            p.seal = seals[first];
            StatementId id = record(p, 0);
            bytes32 head = ledger.head();
            for (uint256 second = 0; second < 4; ++second) {
                p.seal = seals[second];
                expectError(abi.encodeWithSelector(IComputeLedger.AlreadyRecorded.selector, id, 0));
                record(p, 0);
            }
            assertEq(ledger.head(), head);
        }
    }

    function test_C2_anotherKeyHasNoSecondEffect() public {
        registerKey("square", "squareStandby");
        StatementId id = record(proven("plain"), 0);
        Proven memory p = proven("plainStandby");
        expectError(abi.encodeWithSelector(IComputeLedger.AlreadyRecorded.selector, id, 0));
        record(p, 0);
    }

    function test_C3_revertsWhenProvenForAnotherChain() public {
        _expectContextError(proven("otherChain"));
    }

    function test_C4_revertsWhenProvenForAnotherContract() public {
        _expectContextError(proven("otherContract"));
    }

    function test_C5_revertsWhenTheChainForks() public {
        Proven memory p = proven("plain");
        vm.chainId(1337);
        _expectContextError(p);
        vm.chainId(fixtureChainId());
        record(p, 0);
    }

    function test_C6_revertsWhenSignalHasAnotherRepresentation() public {
        Proven memory p = proven("plain");
        p.signals[1] += Seals.R;
        expectError(abi.encodeWithSelector(ISealVerifier.SignalOutOfField.selector, 1, p.signals[1]));
        record(p, 0);
        p = proven("plain");
        p.signals[0] += Seals.R;
        _expectContextError(p);
    }

    function test_C7_revertsWhenSignalIsNotBelowTheField() public {
        Proven memory p = proven("plain");
        uint256[2] memory values = [Seals.R, type(uint256).max];
        for (uint256 i = 0; i < 2; ++i) {
            p.signals[1] = values[i];
            expectError(abi.encodeWithSelector(ISealVerifier.SignalOutOfField.selector, 1, values[i]));
            record(p, 0);
        }
    }

    function test_C8_revertsWhenSignalCountDiffers() public {
        Proven memory p = proven("plain");
        uint256 context = p.signals[0];
        p.signals = new uint256[](1);
        p.signals[0] = context;
        expectError(abi.encodeWithSelector(ISealVerifier.SignalCountMismatch.selector, 2, 1));
        record(p, 0);
        p.signals = new uint256[](3);
        p.signals[0] = context;
        expectError(abi.encodeWithSelector(ISealVerifier.SignalCountMismatch.selector, 2, 3));
        record(p, 0);
    }

    function test_C8_revertsWhenCalldataTrails() public {
        bytes memory call = _callOf(proven("plain"));
        _expectCalldataError(bytes.concat(call, hex"00"), call.length);
        _expectCalldataError(bytes.concat(call, new bytes(32)), call.length);
        (bool recorded,) = address(ledger).call(call);
        assertTrue(recorded, "the exact call passes");
    }

    function test_C8_revertsWhenSealIsShortOrLong() public {
        Proven memory p = proven("plain");
        bytes memory good = p.seal;
        p.seal = good.cut(259);
        expectError(abi.encodeWithSelector(ISealVerifier.SealLengthMismatch.selector, 260, 259));
        record(p, 0);
        p.seal = bytes.concat(good, hex"00");
        expectError(abi.encodeWithSelector(ISealVerifier.SealLengthMismatch.selector, 260, 261));
        record(p, 0);
    }

    function test_C16_revertsWhenContextIsOfAnother() public {
        registerProgram("twin");
        registerKey("twin", "twin");
        Proven memory p = proven("ordered0");
        p.beneficiary = STRANGER;
        _expectContextError(p);
        p = proven("ordered0");
        p.beneficiary = address(0);
        _expectContextError(p);
        p = proven("ordered0");
        p.stream = 8;
        _expectContextError(p);
        p = proven("ordered0");
        p.window += 1;
        _expectContextError(p);
        p = proven("twin");
        p.programId = programIdOf("square");
        _expectContextError(p);
    }

    function test_C15_copiedProofStaysForItsBeneficiary() public {
        Proven memory p = proven("ordered0");
        vm.prank(STRANGER);
        StatementId id = record(p, 0);
        assertEq(ledger.recordOf(id).blockNumber, block.number);
        // The copier could send the transaction, but not put its own name on the statement.
        p.beneficiary = STRANGER;
        _expectContextError(p);
    }

    function test_record_revertsWhenProofIsOfAnotherStatement() public {
        Proven memory p = proven("plain");
        p.seal = proven("other").seal;
        vm.expectRevert(ISealVerifier.ProofRejected.selector);
        record(p, 0);
        assertEq(ledger.count(), 0);
    }

    function test_C22_consumerRevertsWithTheReason() public {
        Proven memory p = proven("plain");
        Consumer consumer = new Consumer(ledger, p.programId, 12);
        StatementId id = StatementId.wrap(keccak256(abi.encode(p.programId, p.signals)));

        expectError(abi.encodeWithSelector(IComputeLedger.NotRecorded.selector, id));
        consumer.learn(p.signals);

        record(p, 0);
        uint64 recordedAt = uint64(block.number);
        vm.roll(recordedAt + 11);
        expectError(abi.encodeWithSelector(IComputeLedger.NotFinal.selector, id, recordedAt, 12));
        consumer.learn(p.signals);
        expectError(abi.encodeWithSelector(IComputeLedger.NotFinal.selector, id, recordedAt, 12));
        consumer.learnById(id, 9);

        vm.roll(recordedAt + 12);
        consumer.learn(p.signals);
        assertTrue(consumer.isKnownSquare(9), "the consumer learnt the square");

        vm.prank(GUARDIAN);
        registry.freezeProgram(p.programId);
        expectError(abi.encodeWithSelector(IProgramRegistry.FrozenProgram.selector, p.programId));
        consumer.learnById(id, 9);
    }

    function test_C22_consumerRevertsWhenStatementIsOfAnotherProgram() public {
        registerProgram("twin");
        registerKey("twin", "twin");
        StatementId id = record(proven("twin"), 0);
        Consumer consumer = new Consumer(ledger, programIdOf("square"), 0);
        expectError(abi.encodeWithSelector(IComputeLedger.RecordedForOtherProgram.selector, id, programIdOf("square")));
        consumer.learnById(id, 9);
    }

    function test_C43_revertsWhenThereAreTooManySignals() public {
        Proven memory p = proven("plain");
        uint256 context = p.signals[0];
        p.signals = new uint256[](257);
        p.signals[0] = context;
        expectError(abi.encodeWithSelector(IComputeLedger.SignalCountOutOfBounds.selector, 257, 256));
        record(p, 0);
        p.signals = new uint256[](0);
        expectError(abi.encodeWithSelector(IComputeLedger.SignalCountOutOfBounds.selector, 0, 256));
        record(p, 0);
        expectError(abi.encodeWithSelector(IComputeLedger.SignalCountOutOfBounds.selector, 10_000, 256));
        ledger.requireRecorded(p.programId, new uint256[](10_000), 0);
    }

    function test_C43_oversizedSealIsRefusedBeforeThePairing() public {
        Proven memory p = proven("plain");
        p.seal = bytes.concat(p.seal, new bytes(20_000));
        uint256 before = gasleft();
        expectError(abi.encodeWithSelector(ISealVerifier.SealLengthMismatch.selector, 260, 20_260));
        record(p, 0);
        assertAtMost(before - gasleft(), 150_000);
    }

    function test_contextOf_isSignalZero() public view {
        Proven memory p = proven("ordered0");
        assertEq(ledger.contextOf(p.programId, p.stream, p.window, p.beneficiary), p.signals[0]);
    }

    function _expectContextError(Proven memory p) private {
        uint256 expected = ledger.contextOf(p.programId, p.stream, p.window, p.beneficiary);
        expectError(abi.encodeWithSelector(IComputeLedger.ContextMismatch.selector, expected, p.signals[0]));
        record(p, 0);
    }

    function _expectSequenceError(Proven memory p, uint64 got, uint64 expected) private {
        expectError(abi.encodeWithSelector(IComputeLedger.SequenceMismatch.selector, expected, got));
        record(p, got);
    }

    function _callOf(Proven memory p) private view returns (bytes memory) {
        return
            abi.encodeCall(
                ledger.record, (p.programId, p.keyId, p.stream, p.window, p.beneficiary, 0, p.signals, p.seal)
            );
    }

    function _expectCalldataError(bytes memory call, uint256 expected) private {
        (bool recorded, bytes memory answer) = address(ledger).call(call);
        assertTrue(!recorded, "trailing calldata is refused");
        assertEq(answer, abi.encodeWithSelector(Calldata.CalldataLengthMismatch.selector, expected, call.length));
    }
}
