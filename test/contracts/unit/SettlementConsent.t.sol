// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICaseBook} from "../../../verifier-contracts/src/interfaces/ICaseBook.sol";
import {ISettlement} from "../../../verifier-contracts/src/interfaces/ISettlement.sol";
import {CaseReason, HaltScope} from "../../../verifier-contracts/src/types/Cases.sol";
import {SettlementStream} from "../support/SettlementStream.sol";
import {BurningWallet, LongAnswerWallet, RevertingWallet, Wallet, WrongMagicWallet} from "../support/Wallets.sol";

contract SettlementConsentTest is SettlementStream {
    bytes32 private constant TYPE = keccak256(
        "Acknowledgement(uint32 stream,uint32 window,uint32 participant,uint256 root,int96 position,bytes32 checkpoint)"
    );

    function test_acknowledge_takesASignedPosition() public {
        usualWindow();
        bytes memory signature = signed(KEY, _digest(address(settlement), "1", block.chainid));
        vm.expectEmit(address(settlement));
        emit ISettlement.PositionAcknowledged(1, 5, 0, accountOf(0), -70, CHECKPOINT);
        vm.prank(STRANGER);
        settlement.acknowledge(1, 5, 0, CHECKPOINT, signature);
        assertEq(settlingOf(1, 5).acknowledged, 1);
        expectError(abi.encodeWithSelector(ISettlement.AlreadyAcknowledged.selector, 1, 5, 0));
        settlement.acknowledge(1, 5, 0, CHECKPOINT, signature);
    }

    function test_acknowledgementDigest_isEip712() public {
        usualWindow();
        assertEq(
            settlement.acknowledgementDigest(1, 5, 0, CHECKPOINT), _digest(address(settlement), "1", block.chainid)
        );
    }

    function test_C30_everyFieldOfTheDomainCounts() public {
        usualWindow();
        _expectRejected(signed(KEY, _digest(address(reconciler), "1", block.chainid)));
        _expectRejected(signed(KEY, _digest(address(settlement), "2", block.chainid)));
        _expectRejected(signed(KEY, _digest(address(settlement), "1", block.chainid + 1)));
        bytes memory good = signed(KEY, _digest(address(settlement), "1", block.chainid));
        vm.chainId(1337);
        _expectRejected(good);
        vm.chainId(fixtureChainId());
        settlement.acknowledge(1, 5, 0, CHECKPOINT, good);
    }

    function test_C30_everyFieldOfTheMessageCounts() public {
        usualWindow();
        begun(1, 6, usualPositions());
        uint256 root = windowOf(1, 5).root;
        _expectRejected(signed(KEY, _digestOf(2, 5, 0, root, -70, CHECKPOINT)));
        _expectRejected(signed(KEY, _digestOf(1, 6, 0, root, -70, CHECKPOINT)));
        _expectRejected(signed(KEY, _digestOf(1, 5, 1, root, -70, CHECKPOINT)));
        _expectRejected(signed(KEY, _digestOf(1, 5, 0, root + 1, -70, CHECKPOINT)));
        _expectRejected(signed(KEY, _digestOf(1, 5, 0, root, -69, CHECKPOINT)));
        _expectRejected(signed(KEY, _digestOf(1, 5, 0, root, -70, REPORT)));
        settlement.acknowledge(1, 5, 0, CHECKPOINT, signed(KEY, _digestOf(1, 5, 0, root, -70, CHECKPOINT)));
    }

    function test_C28_malformedSignaturesAreRejected() public {
        usualWindow();
        bytes32 digest = settlement.acknowledgementDigest(1, 5, 0, CHECKPOINT);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        _expectRejected(abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27)));
        _expectRejected(abi.encodePacked(r, s, v - 27));
        _expectRejected(abi.encodePacked(r, s, uint8(29)));
        _expectRejected(abi.encodePacked(r, s));
        _expectRejected(abi.encodePacked(r, s, v, uint8(0)));
        _expectRejected("");
        // ecrecover answers zero to it, which is nobody's account.
        _expectRejected(abi.encodePacked(bytes32(0), bytes32(0), uint8(27)));
        _expectRejected(signed(KEY + 1, digest));
    }

    function test_C31_personalSignaturesAreRejected() public {
        usualWindow();
        bytes32 digest = settlement.acknowledgementDigest(1, 5, 0, CHECKPOINT);
        _expectRejected(signed(KEY, keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", digest))));
    }

    function test_C29_contractsAnswerForThemselves() public {
        address[5] memory bad = [
            address(new WrongMagicWallet()),
            address(new RevertingWallet()),
            address(new BurningWallet()),
            address(new LongAnswerWallet()),
            // It has code, but no such function.
            address(manager)
        ];
        Wallet good = new Wallet(accountOf(0));
        _register(1, address(good));
        begun(1, 1, usualPositions());
        for (uint32 i = 0; i < 5; ++i) {
            _register(2 + i, bad[i]);
            begun(1, 2 + i, usualPositions());
            bytes memory signature = signed(KEY, settlement.acknowledgementDigest(1, 2 + i, 0, CHECKPOINT));
            uint256 before = gasleft();
            expectError(abi.encodeWithSelector(ISettlement.AcknowledgementRejected.selector, bad[i]));
            settlement.acknowledge(1, 2 + i, 0, CHECKPOINT, signature);
            assertAtMost(before - gasleft(), 350_000);
        }
        bytes memory proper = signed(KEY, settlement.acknowledgementDigest(1, 1, 0, CHECKPOINT));
        settlement.acknowledge(1, 1, 0, CHECKPOINT, proper);
        assertEq(settlingOf(1, 1).acknowledged, 1);
    }

    function test_acknowledge_isForDebtorsInTime() public {
        disclosed(1, 5, usualPositions());
        bytes memory signature = signed(KEY, settlement.acknowledgementDigest(1, 5, 0, CHECKPOINT));
        expectError(abi.encodeWithSelector(ISettlement.NotSettling.selector, 1, 5, ISettlement.Phase.None));
        settlement.acknowledge(1, 5, 0, CHECKPOINT, signature);
        settlement.begin(1, 5);
        expectError(abi.encodeWithSelector(ISettlement.NotADebtor.selector, 1, 5, 2));
        settlement.acknowledge(1, 5, 2, CHECKPOINT, signature);
        uint64 deadline = payDeadline(1, 5);
        vm.warp(deadline + 1);
        expectError(abi.encodeWithSelector(ISettlement.DeadlinePassed.selector, deadline, deadline + 1));
        settlement.acknowledge(1, 5, 0, CHECKPOINT, signature);
        vm.warp(deadline);
        settlement.acknowledge(1, 5, 0, CHECKPOINT, signature);
    }

    /// @dev Participant 0 acknowledges, participant 1 pays, which is consent too.
    function test_reportUnacknowledged_opensACaseForWhoIsSilent() public {
        int256[] memory positions = new int256[](4);
        (positions[0], positions[1], positions[2], positions[3]) = (-1, -1, -1, 3);
        begun(1, 5, positions);
        settlement.acknowledge(1, 5, 0, CHECKPOINT, signed(KEY, settlement.acknowledgementDigest(1, 5, 0, CHECKPOINT)));
        payIn(1, 5, 1);
        vm.warp(acknowledgeDeadline(1, 5) + 1);
        settlement.reportUnacknowledged(1, 5, 2);
        ICaseBook.Case memory c = cases.caseOf(1);
        assertEq(uint256(c.reason), uint256(CaseReason.AcknowledgementMissing));
        assertEq(uint256(c.scope), uint256(HaltScope.None));
        assertEq(c.participant, 2);
        for (uint32 i = 0; i < 3; ++i) {
            expectError(abi.encodeWithSelector(ISettlement.NotMissing.selector, 1, 5, i));
            settlement.reportUnacknowledged(1, 5, i);
        }
        expectError(abi.encodeWithSelector(ISettlement.NotADebtor.selector, 1, 5, 3));
        settlement.reportUnacknowledged(1, 5, 3);
        // It can still pay, and the window goes on.
        payIn(1, 5, 2);
        payIn(1, 5, 0);
        sealWindow(1, 5);
        assertEq(creditOf(3), 3 * UNIT);
    }

    function _register(uint32 window, address account) private {
        vm.prank(REGISTRAR);
        participants.register(1, 0, account, window);
    }

    function _expectRejected(bytes memory signature) private {
        address account = accountOf(0);
        expectError(abi.encodeWithSelector(ISettlement.AcknowledgementRejected.selector, account));
        settlement.acknowledge(1, 5, 0, CHECKPOINT, signature);
    }

    function _digestOf(
        uint32 stream,
        uint32 window,
        uint32 participant,
        uint256 root,
        int96 position,
        bytes32 checkpoint
    ) private view returns (bytes32) {
        bytes32 message = keccak256(abi.encode(TYPE, stream, window, participant, root, position, checkpoint));
        return _typed(message, address(settlement), "1", block.chainid);
    }

    function _digest(address verifyingContract, string memory version, uint256 chainId) private view returns (bytes32) {
        uint256 root = windowOf(1, 5).root;
        bytes32 message = keccak256(abi.encode(TYPE, uint32(1), uint32(5), uint32(0), root, int96(-70), CHECKPOINT));
        return _typed(message, verifyingContract, version, chainId);
    }

    /// @dev EIP-712, written out.
    function _typed(bytes32 message, address verifyingContract, string memory version, uint256 chainId)
        private
        pure
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tallystick settlement"),
                keccak256(bytes(version)),
                chainId,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }
}
