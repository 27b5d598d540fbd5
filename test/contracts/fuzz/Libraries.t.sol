// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Bn254} from "../../../verifier-contracts/src/libraries/Bn254.sol";
import {Groth16} from "../../../verifier-contracts/src/libraries/Groth16.sol";
import {Positions} from "../../../verifier-contracts/src/libraries/Positions.sol";
import {KeyClass} from "../../../verifier-contracts/src/types/Programs.sol";
import {Deployed} from "../support/Deployed.sol";

contract LibrariesTest is Deployed {
    function testFuzz_onCurveG1_agreesWithThePrecompile(uint256 x, uint256 y, uint256 scalar) public view {
        assertTrue(Groth16.onCurveG1(x, y) == _acceptsG1(x, y), "a random pair");
        (, bytes memory point) = address(7).staticcall(abi.encode(uint256(1), uint256(2), scalar % (Bn254.R - 1) + 1));
        (x, y) = abi.decode(point, (uint256, uint256));
        assertTrue(Groth16.onCurveG1(x, y), "a multiple of the generator");
        assertTrue(Groth16.onCurveG1(x, Bn254.Q - y), "its negative");
        assertTrue(!Groth16.onCurveG1(x, addmod(y, 1, Bn254.Q)), "its neighbour");
        assertTrue(!Groth16.onCurveG1(x, y + Bn254.Q), "its alias");
    }

    /// @dev The precompile wants the subgroup as well, so it accepts no more than the curve check does.
    function testFuzz_onCurveG2_agreesWithThePrecompile(uint256 bit) public view {
        uint256[4] memory p = abi.decode(_slice(keyBytes("square"), 320), (uint256[4]));
        assertTrue(Groth16.onCurveG2(p[0], p[1], p[2], p[3]) && _acceptsG2(p), "delta");
        p[bit / 256 % 4] ^= 1 << (bit % 256);
        assertTrue(Groth16.onCurveG2(p[0], p[1], p[2], p[3]) == _acceptsG2(p), "delta with a flipped bit");
    }

    function test_onCurveG2_doesNotSeeTheSubgroup() public view {
        uint256[4] memory p = abi.decode(twistPointOutsideSubgroup(), (uint256[4]));
        assertTrue(Groth16.onCurveG2(p[0], p[1], p[2], p[3]), "it is on the curve");
        assertTrue(!_acceptsG2(p), "and the precompile refuses it");
    }

    function testFuzz_registerKey_refusesAFlippedBit(uint256 bit) public {
        bytes memory key = keyBytes("squareStandby");
        bit %= key.length * 8;
        key[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        vm.prank(REGISTRAR);
        vm.expectRevert();
        registry.registerKey(programIdOf("square"), KeyClass.Development, key);
    }

    function testFuzz_positions_roundTrip(int96 position, uint256 index) public pure {
        assertEq(Positions.fromField(Positions.toField(position, index), index), int256(position));
    }

    function testFuzz_positions_outsideRevert(int256 position) public {
        vm.assume(position > type(int96).max || position < type(int96).min);
        expectError(abi.encodeWithSelector(Positions.PositionOutOfRange.selector, 7));
        this.toField(position);
    }

    function toField(int256 position) external pure returns (uint256) {
        return Positions.toField(position, 7);
    }

    function _acceptsG1(uint256 x, uint256 y) private view returns (bool accepted) {
        if (x == 0 && y == 0) return false;
        (accepted,) = address(6).staticcall{gas: 10_000}(abi.encode(x, y, uint256(0), uint256(0)));
    }

    function _acceptsG2(uint256[4] memory p) private view returns (bool accepted) {
        (accepted,) = address(8).staticcall{gas: 100_000}(abi.encodePacked(uint256(1), uint256(2), p));
    }

    function _slice(bytes memory data, uint256 start) private pure returns (bytes memory part) {
        part = new bytes(128);
        for (uint256 i = 0; i < 128; ++i) {
            part[i] = data[start + i];
        }
    }
}
