// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IProgramRegistry} from "../../../verifier-contracts/src/interfaces/IProgramRegistry.sol";
import {Groth16Verifier as SnarkjsVerifier} from "../generated/SnarkjsVerifier.sol";
import {Deployed} from "../support/Deployed.sol";
import {Seals} from "../support/Seals.sol";

/// @notice Our verifier beside the one that snarkjs exports for the same key: the same verdict on everything, and where
/// theirs burns all gas that it is given, ours keeps to its cap.
contract Groth16TwinTest is Deployed {
    using Seals for bytes;

    uint256 private constant GIVEN = 1_000_000;
    uint256 private constant REFUSAL_GAS = GAS_CAP + 40_000;

    SnarkjsVerifier private twin;
    Proven private plain;
    Proven private other;
    address private blob;

    function setUp() public override {
        super.setUp();
        twin = new SnarkjsVerifier();
        plain = proven("plain");
        other = proven("other");
        (IProgramRegistry.Key memory key,) = registry.keyOf(plain.keyId);
        blob = key.blob;
    }

    function test_twin_bothAcceptWhatIsTrue() public view {
        _expectBoth(plain.signals, plain.seal, true);
        _expectBoth(other.signals, other.seal, true);
        for (uint256 i = 0; i < 3; ++i) {
            _expectBoth(plain.signals, malleation(i), true);
        }
    }

    function test_twin_bothRefuseExchangedPointsAndStatements() public view {
        _expectBoth(plain.signals, plain.seal.swapped(), false);
        _expectBoth(plain.signals, other.seal, false);
        _expectBoth(other.signals, plain.seal, false);
    }

    function test_C9_twinBurnsWhatOursKeeps() public view {
        bytes memory offCurve = plain.seal.withWord(0, addmod(plain.seal.word(0), 1, Seals.Q));
        (, uint256 ours) = _ours(plain.signals, offCurve);
        (, uint256 theirs) = _theirs(plain.signals, offCurve);
        assertAtMost(ours, 30_000);
        assertTrue(theirs > GIVEN * 9 / 10, "theirs burns nearly all of it");

        bytes memory outside = plain.seal.withB(twistPointOutsideSubgroup());
        (, ours) = _ours(plain.signals, outside);
        (, theirs) = _theirs(plain.signals, outside);
        assertAtMost(ours, REFUSAL_GAS);
        assertTrue(theirs > GIVEN * 9 / 10, "theirs burns nearly all of it");
    }

    function testFuzz_twin_flippedBitOfTheProof(uint256 bit) public view {
        bit %= 2048;
        uint256 word = bit / 256;
        bytes memory seal = plain.seal.withWord(word, plain.seal.word(word) ^ (1 << (bit % 256)));
        _expectBoth(plain.signals, seal, false);
    }

    function testFuzz_twin_flippedBitOfASignal(uint256 bit) public view {
        uint256[] memory signals = plain.signals;
        signals[bit / 256 % 2] ^= 1 << (bit % 256);
        _expectBoth(signals, plain.seal, false);
    }

    function testFuzz_twin_anySignals(uint256 first, uint256 second) public view {
        uint256[] memory signals = new uint256[](2);
        (signals[0], signals[1]) = (first, second);
        vm.assume(first != plain.signals[0] || second != plain.signals[1]);
        _expectBoth(signals, plain.seal, false);
    }

    /// @dev Points that lie on their curves and come from elsewhere reach the pairing in both verifiers.
    function testFuzz_twin_otherPoints(uint256 scalarA, uint256 scalarC) public view {
        (uint256 ax, uint256 ay) = _multiple(scalarA);
        (uint256 cx, uint256 cy) = _multiple(scalarC);
        vm.assume(ay != 0 && cy != 0);
        bytes memory seal = plain.seal.withWord(0, ax).withWord(1, ay).withWord(6, cx).withWord(7, cy);
        _expectBoth(plain.signals, seal, false);
    }

    function _expectBoth(uint256[] memory signals, bytes memory seal, bool verdict) private view {
        (bool ours, uint256 used) = _ours(signals, seal);
        (bool theirs,) = _theirs(signals, seal);
        assertTrue(ours == verdict, "our verdict");
        assertTrue(theirs == verdict, "their verdict");
        if (!verdict) assertAtMost(used, REFUSAL_GAS);
    }

    function _ours(uint256[] memory signals, bytes memory seal) private view returns (bool accepted, uint256 used) {
        bytes memory call = abi.encodeCall(verifier.verify, (blob, signals, seal));
        used = gasleft();
        (accepted,) = address(verifier).staticcall{gas: GIVEN}(call);
        used -= gasleft();
    }

    function _theirs(uint256[] memory signals, bytes memory seal) private view returns (bool accepted, uint256 used) {
        bytes memory call = abi.encodeCall(
            twin.verifyProof,
            (
                [seal.word(0), seal.word(1)],
                [[seal.word(2), seal.word(3)], [seal.word(4), seal.word(5)]],
                [seal.word(6), seal.word(7)],
                [signals[0], signals[1]]
            )
        );
        bytes memory answer;
        used = gasleft();
        (accepted, answer) = address(twin).staticcall{gas: GIVEN}(call);
        used -= gasleft();
        accepted = accepted && answer.length == 32 && abi.decode(answer, (bool));
    }

    function _multiple(uint256 scalar) private view returns (uint256, uint256) {
        (, bytes memory point) = address(7).staticcall(abi.encode(uint256(1), uint256(2), scalar));
        return abi.decode(point, (uint256, uint256));
    }
}
