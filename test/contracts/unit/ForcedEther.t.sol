// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ProgramId} from "../../../verifier-contracts/src/types/Ids.sol";
import {ProgramKind} from "../../../verifier-contracts/src/types/Programs.sol";
import {NettingStream} from "../support/NettingStream.sol";

/// @notice Ether cannot be given to the contracts in any regular way, and what is forced on them changes nothing.
contract ForcedEtherTest is NettingStream {
    uint256 private constant GIFT = 3 ether;

    function test_C41_forcedEtherChangesNoAccount() public {
        uint256 fresh = vm.snapshotState();
        bytes32 without = _runAll();
        vm.revertToState(fresh);
        _forceOnAll();
        bytes32 with = _runAll();
        assertEq(with, without);
        address[4] memory all = _all();
        for (uint256 i = 0; i < all.length; ++i) {
            assertEq(all[i].balance, GIFT);
        }
    }

    function test_C41_revertsWhenEtherIsSent() public {
        address[4] memory all = _all();
        for (uint256 i = 0; i < all.length; ++i) {
            vm.deal(address(this), 1 ether);
            (bool plain,) = all[i].call{value: 1}("");
            assertTrue(!plain, "a plain transfer");
            (bool fallen,) = all[i].call{value: 1}(hex"deadbeef");
            assertTrue(!fallen, "a call of no function");
            assertEq(all[i].balance, 0);
        }
    }

    function test_C41_revertsWhenACallCarriesEther() public {
        vm.deal(OPERATOR, 1 ether);
        vm.deal(REGISTRAR, 1 ether);
        bytes memory call = abi.encodeCall(netting.open, (1, 5, DATE_FROM, DATE_TO, DEADLINE));
        vm.prank(OPERATOR);
        (bool opened,) = address(netting).call{value: 1}(call);
        assertTrue(!opened, "open is not payable");
        vm.prank(OPERATOR);
        (opened,) = address(netting).call(call);
        assertTrue(opened, "open without ether");

        call = abi.encodeCall(
            registry.registerProgram, (ProgramId.wrap(keccak256("gift")), ProgramKind.Generic, 0, 0, 0, 2)
        );
        vm.prank(REGISTRAR);
        (bool registered,) = address(registry).call{value: 1}(call);
        assertTrue(!registered, "registerProgram is not payable");
        vm.prank(REGISTRAR);
        (registered,) = address(registry).call(call);
        assertTrue(registered, "registerProgram without ether");
    }

    /// @dev A record, and a window from its opening to its positions; what all the contracts say of it afterwards.
    function _runAll() private returns (bytes32) {
        record(proven("plain"), 0);
        runToClosed();
        int256[] memory positions = netPositions();
        disclose(nettingStep("disclosure"), positions);
        registerKey("square", "squareStandby");
        return keccak256(
            abi.encode(
                ledger.head(),
                ledger.count(),
                windowOf(1, 5),
                netting.streamOf(1),
                netting.positionsOf(1, 5),
                registry.programOf(programIdOf("square"))
            )
        );
    }

    /// @dev As the end of another contract or the reward of a block would: without a call.
    function _forceOnAll() private {
        address[4] memory all = _all();
        for (uint256 i = 0; i < all.length; ++i) {
            vm.deal(all[i], GIFT);
        }
    }

    function _all() private view returns (address[4] memory) {
        return [address(registry), address(verifier), address(ledger), address(netting)];
    }
}
