// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IProgramRegistry} from "../../../verifier-contracts/src/interfaces/IProgramRegistry.sol";
import {ISealVerifier} from "../../../verifier-contracts/src/interfaces/ISealVerifier.sol";
import {Groth16} from "../../../verifier-contracts/src/libraries/Groth16.sol";
import {Deployed} from "../support/Deployed.sol";
import {Seals} from "../support/Seals.sol";

contract Groth16VerifierTest is Deployed {
    using Seals for bytes;

    /// @dev What refusing a seal may cost besides the pairing: signals, curve checks, and the key's arithmetic.
    uint256 private constant REFUSAL_GAS = GAS_CAP + 40_000;
    /// @dev What refusing a seal may cost when no precompile needs to be asked.
    uint256 private constant SCREEN_GAS = 30_000;

    Proven private plain;
    address private blob;

    function setUp() public override {
        super.setUp();
        plain = proven("plain");
        (IProgramRegistry.Key memory key,) = registry.keyOf(plain.keyId);
        blob = key.blob;
    }

    function test_verify_acceptsAProof() public view {
        verifier.verify(blob, plain.signals, plain.seal);
    }

    function test_verify_keyIsItsBlob() public view {
        assertEq(bytes.concat(blob.code), bytes.concat(hex"00", keyBytes("square")));
        assertEq(keccak256(keyBytes("square")), keyIdBytes());
    }

    function test_L52_malleatedProofsAreValid() public view {
        for (uint256 i = 0; i < 3; ++i) {
            verifier.verify(blob, plain.signals, malleation(i));
        }
    }

    function test_C6_revertsWhenSignalHasAnotherRepresentation() public {
        for (uint256 i = 0; i < plain.signals.length; ++i) {
            uint256[] memory signals = _signals();
            signals[i] += Seals.R;
            _expectOutOfField(i, signals);
        }
    }

    function test_C7_revertsWhenSignalIsNotBelowTheField() public {
        uint256[] memory signals = _signals();
        signals[1] = Seals.R;
        _expectOutOfField(1, signals);
        signals[1] = type(uint256).max;
        _expectOutOfField(1, signals);
        signals[1] = Seals.R - 1;
        vm.expectRevert(ISealVerifier.ProofRejected.selector);
        verifier.verify(blob, signals, plain.seal);
    }

    function test_C8_revertsWhenSignalCountDiffers() public {
        uint256[] memory none = new uint256[](0);
        vm.expectRevert(abi.encodeWithSelector(ISealVerifier.SignalCountMismatch.selector, 2, 0));
        verifier.verify(blob, none, plain.seal);
        uint256[] memory three = new uint256[](3);
        (three[0], three[1]) = (plain.signals[0], plain.signals[1]);
        vm.expectRevert(abi.encodeWithSelector(ISealVerifier.SignalCountMismatch.selector, 2, 3));
        verifier.verify(blob, three, plain.seal);
    }

    function test_C8_revertsWhenSealHasAnotherLength() public {
        uint256[4] memory lengths = [uint256(0), 4, 259, 261];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory seal = lengths[i] < 260 ? plain.seal.cut(lengths[i]) : bytes.concat(plain.seal, hex"00");
            vm.expectRevert(abi.encodeWithSelector(ISealVerifier.SealLengthMismatch.selector, 260, lengths[i]));
            verifier.verify(blob, plain.signals, seal);
        }
    }

    function test_C9_revertsWhenACoordinateIsNotBelowTheField() public {
        for (uint256 i = 0; i < 8; ++i) {
            _expectScreened(plain.seal.withWord(i, Seals.Q), _pointOf(i));
            _expectScreened(plain.seal.withWord(i, type(uint256).max), _pointOf(i));
            uint256 value = plain.seal.word(i);
            if (value <= type(uint256).max - Seals.Q) {
                _expectScreened(plain.seal.withWord(i, value + Seals.Q), _pointOf(i));
            }
        }
    }

    function test_C9_revertsWhenAPointIsOffItsCurve() public {
        for (uint256 i = 0; i < 8; ++i) {
            _expectScreened(plain.seal.withWord(i, addmod(plain.seal.word(i), 1, Seals.Q)), _pointOf(i));
            _expectScreened(plain.seal.withWord(i, 0), _pointOf(i));
        }
    }

    function test_C9_revertsWhenAPointIsInfinity() public {
        _expectScreened(plain.seal.withWord(0, 0).withWord(1, 0), "A");
        _expectScreened(plain.seal.withB(new bytes(128)), "B");
        _expectScreened(plain.seal.withWord(6, 0).withWord(7, 0), "C");
    }

    function test_C9_boundsTheGasWhenBIsOutsideItsSubgroup() public {
        bytes memory seal = plain.seal.withB(twistPointOutsideSubgroup());
        vm.expectRevert(abi.encodeWithSelector(Groth16.PairingFailed.selector, GAS_CAP));
        verifier.verify(blob, plain.signals, seal);
        assertAtMost(_gasOfRefusal(seal), REFUSAL_GAS);
    }

    function test_C11_revertsWhenSelectorIsOfAnotherProofSystem() public {
        bytes memory seal = plain.seal.withByte(3, 0x00);
        vm.expectRevert(abi.encodeWithSelector(ISealVerifier.WrongSelector.selector, verifier.SELECTOR(), bytes4(seal)));
        verifier.verify(blob, plain.signals, seal);
    }

    function test_verify_revertsWhenStatementIsAnother() public {
        uint256[] memory signals = _signals();
        signals[1] += 1;
        vm.expectRevert(ISealVerifier.ProofRejected.selector);
        verifier.verify(blob, signals, plain.seal);
        signals = _signals();
        (signals[0], signals[1]) = (signals[1], signals[0]);
        vm.expectRevert(ISealVerifier.ProofRejected.selector);
        verifier.verify(blob, signals, plain.seal);
    }

    function test_verify_revertsWhenPointsAreExchanged() public {
        vm.expectRevert(ISealVerifier.ProofRejected.selector);
        verifier.verify(blob, plain.signals, plain.seal.swapped());
    }

    function test_verify_revertsWhenProofIsOfAnotherStatement() public {
        bytes memory seal = proven("other").seal;
        vm.expectRevert(ISealVerifier.ProofRejected.selector);
        verifier.verify(blob, plain.signals, seal);
    }

    /// @dev Whatever the gas, a good proof is never called a bad one: it lacks gas, or it passes.
    function test_verify_neverBlamesTheProofForMissingGas() public view {
        bytes memory call = abi.encodeCall(verifier.verify, (blob, plain.signals, plain.seal));
        uint256 accepted = 0;
        uint256 starved = 0;
        for (uint256 given = 20_000; given <= 300_000; given += 4_000) {
            (bool ok, bytes memory answer) = address(verifier).staticcall{gas: given}(call);
            if (ok) {
                ++accepted;
                continue;
            }
            ++starved;
            assertTrue(answer.length < 4 || _saysGas(bytes4(answer)), "the error speaks of gas");
        }
        assertTrue(accepted != 0 && starved != 0, "both outcomes were seen");
    }

    function test_verify_revertsWhenTheBlobIsNoKey() public {
        vm.expectRevert(abi.encodeWithSelector(ISealVerifier.SignalCountMismatch.selector, 0, 2));
        verifier.verify(address(0), plain.signals, plain.seal);
        vm.etch(address(0xb10b), new bytes(1 + 448 + 3 * 64));
        vm.expectRevert(ISealVerifier.ProofRejected.selector);
        verifier.verify(address(0xb10b), plain.signals, plain.seal);
    }

    function _saysGas(bytes4 selector) private pure returns (bool) {
        return selector == Groth16.NotEnoughGas.selector || selector == Groth16.KeyArithmeticFailed.selector;
    }

    function _expectOutOfField(uint256 index, uint256[] memory signals) private {
        vm.expectRevert(abi.encodeWithSelector(ISealVerifier.SignalOutOfField.selector, index, signals[index]));
        verifier.verify(blob, signals, plain.seal);
    }

    function _expectScreened(bytes memory seal, bytes1 point) private {
        vm.expectRevert(abi.encodeWithSelector(Groth16.MalformedPoint.selector, point));
        verifier.verify(blob, plain.signals, seal);
        assertAtMost(_gasOfRefusal(seal), SCREEN_GAS);
    }

    function _gasOfRefusal(bytes memory seal) private view returns (uint256) {
        bytes memory call = abi.encodeCall(verifier.verify, (blob, plain.signals, seal));
        uint256 before = gasleft();
        (bool accepted,) = address(verifier).staticcall(call);
        uint256 used = before - gasleft();
        assertTrue(!accepted, "the seal is refused");
        return used;
    }

    function _pointOf(uint256 index) private pure returns (bytes1) {
        return index < 2 ? bytes1("A") : index < 6 ? bytes1("B") : bytes1("C");
    }

    /// @dev A copy that a test may change.
    function _signals() private view returns (uint256[] memory) {
        return plain.signals;
    }

    function keyIdBytes() private view returns (bytes32) {
        return bytes32(abi.encode(plain.keyId));
    }
}
