// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @notice What a test needs of forge: its cheatcodes, and assertions that show both sides.
abstract contract TestBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Forge collects the tests of a contract that has this flag.
    bool public constant IS_TEST = true;

    error NotEqual(uint256 got, uint256 want);
    error NotAtMost(uint256 got, uint256 limit);
    error NotTrue(string what);

    function assertEq(uint256 got, uint256 want) internal pure {
        if (got != want) revert NotEqual(got, want);
    }

    function assertEq(bytes32 got, bytes32 want) internal pure {
        if (got != want) revert NotEqual(uint256(got), uint256(want));
    }

    function assertEq(address got, address want) internal pure {
        if (got != want) revert NotEqual(uint160(got), uint160(want));
    }

    function assertEq(int256 got, int256 want) internal pure {
        if (got != want) revert NotEqual(uint256(got), uint256(want));
    }

    function assertEq(bytes memory got, bytes memory want) internal pure {
        if (keccak256(got) != keccak256(want)) revert NotEqual(uint256(keccak256(got)), uint256(keccak256(want)));
    }

    function assertAtMost(uint256 got, uint256 limit) internal pure {
        if (got > limit) revert NotAtMost(got, limit);
    }

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    /// @dev Runs a constructor at an address of the test's choice: proofs are bound to their contract's address.
    function deployAt(address target, bytes memory creationCode) internal {
        vm.etch(target, creationCode);
        (bool created, bytes memory code) = target.call("");
        assertTrue(created, "the constructor does not revert");
        vm.etch(target, code);
    }

    function expectError(bytes memory data) internal {
        vm.expectRevert(data);
    }
}
