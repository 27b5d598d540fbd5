// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAttesterSet} from "../../../verifier-contracts/src/interfaces/IAttesterSet.sol";
import {CaseReason} from "../../../verifier-contracts/src/types/Cases.sol";
import {Attestation, Numbers} from "../../../verifier-contracts/src/types/Numbers.sol";
import {SettlementStream} from "../support/SettlementStream.sol";
import {BurningWallet, RevertingWallet, Wallet, WrongMagicWallet} from "../support/Wallets.sol";

contract AttesterSetTest is SettlementStream {
    function test_requireQuorum_takesAMajority() public view {
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(_attestation(), 2);
        attesters.requireQuorum(_attestation(), memberList(), signers, signatures);
    }

    function test_digestOf_isEip712() public view {
        assertEq(attesters.digestOf(_attestation()), _digest(_attestation(), address(attesters), "1", block.chainid));
    }

    function test_C23_revertsWhenSignersRepeatOrDoNotAscend() public {
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(_attestation(), 2);
        (signers[1], signatures[1]) = (signers[0], signatures[0]);
        _expectError(signers, signatures, abi.encodeWithSelector(IAttesterSet.SignersNotAscending.selector, 1));
        (signers, signatures) = signaturesOf(_attestation(), 2);
        (signers[0], signers[1]) = (signers[1], signers[0]);
        (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        _expectError(signers, signatures, abi.encodeWithSelector(IAttesterSet.SignersNotAscending.selector, 1));
        signers[0] = 3;
        _expectError(signers, signatures, abi.encodeWithSelector(IAttesterSet.SignersNotAscending.selector, 0));
    }

    function test_C23_revertsWhenMembersRepeatOrDoNotAscend() public {
        address[] memory members = memberList();
        members[1] = members[0];
        _expectRotateError(members, 2, abi.encodeWithSelector(IAttesterSet.MembersNotAscending.selector, 1));
        members = memberList();
        (members[1], members[2]) = (members[2], members[1]);
        _expectRotateError(members, 2, abi.encodeWithSelector(IAttesterSet.MembersNotAscending.selector, 2));
        members = memberList();
        members[0] = address(0);
        _expectRotateError(members, 2, abi.encodeWithSelector(IAttesterSet.MembersNotAscending.selector, 0));
    }

    function test_C24_quorumLessOneAndMoreAndOneBad() public {
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(_attestation(), 1);
        _expectError(signers, signatures, abi.encodeWithSelector(IAttesterSet.QuorumMissing.selector, 2, 1));
        (signers, signatures) = signaturesOf(_attestation(), 2);
        attesters.requireQuorum(_attestation(), memberList(), signers, signatures);
        (signers, signatures) = signaturesOf(_attestation(), 3);
        attesters.requireQuorum(_attestation(), memberList(), signers, signatures);
        signatures[2] = signed(attesterKey(1), attesters.digestOf(_attestation()));
        _expectError(
            signers, signatures, abi.encodeWithSelector(IAttesterSet.SignatureRejected.selector, memberList()[2])
        );
        (signers,) = signaturesOf(_attestation(), 2);
        _expectError(signers, signatures, abi.encodeWithSelector(IAttesterSet.QuorumMissing.selector, 2, 3));
    }

    function test_C25_thresholdIsMoreThanHalfAndNotMoreThanAll() public {
        uint8[4] memory bad = [uint8(0), 1, 4, 255];
        for (uint256 i = 0; i < 4; ++i) {
            _expectRotateError(
                memberList(), bad[i], abi.encodeWithSelector(IAttesterSet.BadThreshold.selector, bad[i], 3)
            );
        }
        address[] memory four = new address[](4);
        for (uint160 i = 0; i < 4; ++i) {
            four[i] = address(i + 1);
        }
        _expectRotateError(four, 2, abi.encodeWithSelector(IAttesterSet.BadThreshold.selector, 2, 4));
        _rotate(four, 3);
        _expectRotateError(new address[](0), 1, abi.encodeWithSelector(IAttesterSet.BadMemberCount.selector, 0, 64));
        _expectRotateError(new address[](65), 33, abi.encodeWithSelector(IAttesterSet.BadMemberCount.selector, 65, 64));
    }

    function test_C26_rotationRefusesTheOldEpoch() public {
        Attestation memory a = _attestation();
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(a, 2);
        address[] memory before = memberList();
        address[] memory next = _replaceFirst(address(1));
        assertEq(_rotate(next, 2), 2);
        expectError(abi.encodeWithSelector(IAttesterSet.EpochNotCurrent.selector, 2, 1));
        attesters.requireQuorum(a, before, signers, signatures);
        // Old members under the new number, and old signatures with the new members.
        a.epoch = 2;
        expectError(abi.encodeWithSelector(IAttesterSet.MembersMismatch.selector, 2));
        attesters.requireQuorum(a, before, signers, signatures);
        (signers[0], signers[1]) = (1, 2);
        signatures[0] = signatures[1];
        expectError(abi.encodeWithSelector(IAttesterSet.SignatureRejected.selector, next[1]));
        attesters.requireQuorum(a, next, signers, signatures);
        assertEq(attesters.epochOf(1).endedAt, block.timestamp);
    }

    function test_C27_removedAttesterDoesNotCount() public {
        address removed = memberList()[0];
        uint256 key = attesterKey(0);
        address[] memory next = _replaceFirst(address(1));
        _rotate(next, 2);
        Attestation memory a = _attestation();
        a.epoch = 2;
        uint8[] memory signers = new uint8[](2);
        bytes[] memory signatures = new bytes[](2);
        (signers[0], signers[1]) = (0, 1);
        (signatures[0], signatures[1]) = (_signature(key, a), _signature(attesterKey(1), a));
        assertTrue(removed != next[0], "the first was replaced");
        expectError(abi.encodeWithSelector(IAttesterSet.SignatureRejected.selector, next[0]));
        attesters.requireQuorum(a, next, signers, signatures);
    }

    function test_C28_C31_malformedAndPersonalSignaturesAreRejected() public {
        bytes32 digest = attesters.digestOf(_attestation());
        uint256 key = attesterKey(0);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        _expectFirstRejected(abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27)));
        _expectFirstRejected(abi.encodePacked(r, s, v - 27));
        _expectFirstRejected(abi.encodePacked(r, s));
        _expectFirstRejected(abi.encodePacked(r, s, v, v));
        _expectFirstRejected(abi.encodePacked(bytes32(0), bytes32(0), uint8(27)));
        _expectFirstRejected(signed(key, keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", digest))));
    }

    function test_C29_contractsAttestForThemselves() public {
        address[] memory members = new address[](1);
        uint8[] memory signers = new uint8[](1);
        bytes[] memory signatures = new bytes[](1);
        members[0] = address(new Wallet(accountOf(0)));
        Attestation memory a = _attestation();
        a.epoch = _rotate(members, 1);
        signatures[0] = _signature(KEY, a);
        attesters.requireQuorum(a, members, signers, signatures);

        address[3] memory bad =
            [address(new WrongMagicWallet()), address(new RevertingWallet()), address(new BurningWallet())];
        for (uint256 i = 0; i < 3; ++i) {
            members[0] = bad[i];
            a.epoch = _rotate(members, 1);
            signatures[0] = _signature(KEY, a);
            uint256 before = gasleft();
            expectError(abi.encodeWithSelector(IAttesterSet.SignatureRejected.selector, bad[i]));
            attesters.requireQuorum(a, members, signers, signatures);
            assertAtMost(before - gasleft(), 300_000);
        }
    }

    function test_C30_everyFieldOfTheDomainCounts() public {
        Attestation memory a = _attestation();
        uint256 key = attesterKey(0);
        _expectFirstRejected(signed(key, _digest(a, address(settlement), "1", block.chainid)));
        _expectFirstRejected(signed(key, _digest(a, address(attesters), "2", block.chainid)));
        _expectFirstRejected(signed(key, _digest(a, address(attesters), "1", block.chainid + 1)));
    }

    function test_C30_everyFieldOfTheAttestationCounts() public {
        Attestation[14] memory changed;
        for (uint256 i = 0; i < 14; ++i) {
            changed[i] = _attestation();
        }
        changed[0].stream += 1;
        changed[1].window += 1;
        changed[2].root += 1;
        changed[3].settlementHash = REASON;
        changed[4].numbers.matchedCount += 1;
        changed[5].numbers.matchedSum += 1;
        changed[6].numbers.missingCount += 1;
        changed[7].numbers.missingSum += 1;
        changed[8].numbers.unexpectedCount += 1;
        changed[9].numbers.unexpectedSum += 1;
        changed[10].reportHash = REASON;
        changed[11].checkpoint = REASON;
        for (uint256 i = 0; i < 12; ++i) {
            _expectFirstRejected(_signature(attesterKey(0), changed[i]));
        }
        changed[12].epoch += 1;
        _expectFirstRejected(_signature(attesterKey(0), changed[12]));
        // The one that is unchanged is as good as ever.
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(changed[13], 2);
        attesters.requireQuorum(_attestation(), memberList(), signers, signatures);
    }

    function test_C20_C36_twoTruthsBarTheAttesterAndHaltTheStream() public {
        Attestation memory a = _attestation();
        Attestation memory b = _attestation();
        b.root += 1;
        _prove(a, b);
        assertTrue(attesters.isBarred(memberList()[0]), "barred");
        assertEq(cases.streamHaltsOf(1), 1);
        assertEq(uint256(cases.caseOf(1).reason), uint256(CaseReason.Equivocation));

        // Once is enough: the same evidence, and other evidence against the same attester.
        bytes memory barred = abi.encodeWithSelector(IAttesterSet.AttesterIsBarred.selector, memberList()[0]);
        _expectProofError(a, b, barred);
        b.window += 1;
        a.window += 1;
        _expectProofError(a, b, barred);
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(_attestation(), 2);
        _expectError(signers, signatures, barred);
        _expectRotateError(memberList(), 2, barred);
        // The others are still a quorum.
        (signers[0], signers[1]) = (1, 2);
        signatures[0] = signatures[1];
        signatures[1] = _signature(attesterKey(2), _attestation());
        attesters.requireQuorum(_attestation(), memberList(), signers, signatures);
    }

    function test_C20_withoutAContradictionNothingStops() public {
        Attestation memory a = _attestation();
        Attestation[5] memory others = [a, _attestation(), _attestation(), _attestation(), _attestation()];
        others[1].reportHash = REASON;
        others[2].checkpoint = REASON;
        (others[3].window, others[3].root) = (6, 99);
        (others[4].epoch, others[4].root) = (2, 99);
        for (uint256 i = 0; i < 5; ++i) {
            _expectProofError(a, others[i], abi.encodeWithSelector(IAttesterSet.NoContradiction.selector));
        }
        // A contradiction that the accused has not signed.
        Attestation memory b = _attestation();
        b.root += 1;
        bytes memory forged = _signature(attesterKey(1), b);
        bytes memory honest = _signature(attesterKey(0), a);
        expectError(abi.encodeWithSelector(IAttesterSet.SignatureRejected.selector, memberList()[0]));
        attesters.proveEquivocation(a, b, memberList(), 0, honest, forged);
        expectError(abi.encodeWithSelector(IAttesterSet.SignersNotAscending.selector, 0));
        attesters.proveEquivocation(a, b, memberList(), 3, honest, forged);
        assertEq(cases.streamHaltsOf(1), 0);
    }

    function test_C38_evidenceAboutAPastEpoch() public {
        Attestation memory a = _attestation();
        Attestation memory b = _attestation();
        b.numbers.matchedSum += 1;
        _rotate(_replaceFirst(address(1)), 2);
        uint64 endedAt = uint64(block.timestamp);
        vm.warp(endedAt + attesters.DISPUTE_SECONDS() + 1);
        _expectProofError(a, b, abi.encodeWithSelector(IAttesterSet.EvidenceTooOld.selector, 1, endedAt));
        vm.warp(endedAt + attesters.DISPUTE_SECONDS());
        _prove(a, b);
        assertTrue(attesters.isBarred(memberList()[0]), "its last second still counts");
    }

    function _attestation() private pure returns (Attestation memory) {
        return Attestation(1, 5, 12345, keccak256("settlement"), Numbers(3, 200, 0, 0, 0, 0), REPORT, CHECKPOINT, 1);
    }

    function _signature(uint256 key, Attestation memory a) private view returns (bytes memory) {
        return signed(key, attesters.digestOf(a));
    }

    function _rotate(address[] memory members, uint8 threshold) private returns (uint32) {
        vm.prank(REGISTRAR);
        return attesters.rotate(members, threshold);
    }

    function _replaceFirst(address member) private pure returns (address[] memory members) {
        members = memberList();
        members[0] = member;
    }

    function _prove(Attestation memory a, Attestation memory b) private {
        uint256 key = attesterKey(0);
        bytes memory first = _signature(key, a);
        bytes memory second = _signature(key, b);
        attesters.proveEquivocation(a, b, memberList(), 0, first, second);
    }

    function _expectProofError(Attestation memory a, Attestation memory b, bytes memory reason) private {
        uint256 key = attesterKey(0);
        (bytes memory first, bytes memory second) = (_signature(key, a), _signature(key, b));
        expectError(reason);
        attesters.proveEquivocation(a, b, memberList(), 0, first, second);
    }

    function _expectRotateError(address[] memory members, uint8 threshold, bytes memory reason) private {
        vm.prank(REGISTRAR);
        expectError(reason);
        attesters.rotate(members, threshold);
    }

    function _expectError(uint8[] memory signers, bytes[] memory signatures, bytes memory reason) private {
        expectError(reason);
        attesters.requireQuorum(_attestation(), memberList(), signers, signatures);
    }

    function _expectFirstRejected(bytes memory signature) private {
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(_attestation(), 2);
        signatures[0] = signature;
        _expectError(
            signers, signatures, abi.encodeWithSelector(IAttesterSet.SignatureRejected.selector, memberList()[0])
        );
    }

    /// @dev EIP-712, written out.
    function _digest(Attestation memory a, address verifyingContract, string memory version, uint256 chainId)
        private
        pure
        returns (bytes32)
    {
        string memory numbers =
            "Numbers(uint32 matchedCount,uint96 matchedSum,uint32 missingCount,uint96 missingSum,uint32 unexpectedCount,uint96 unexpectedSum)";
        string memory attestation =
            "Attestation(uint32 stream,uint32 window,uint256 root,bytes32 settlementHash,Numbers numbers,bytes32 reportHash,bytes32 checkpoint,uint32 epoch)";
        bytes32 inner = keccak256(abi.encode(keccak256(bytes(numbers)), a.numbers));
        bytes memory head = abi.encode(
            keccak256(bytes(string.concat(attestation, numbers))), a.stream, a.window, a.root, a.settlementHash, inner
        );
        bytes32 message = keccak256(bytes.concat(head, abi.encode(a.reportHash, a.checkpoint, a.epoch)));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tallystick attesters"),
                keccak256(bytes(version)),
                chainId,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }
}
