// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Attestation, Numbers} from "../../../verifier-contracts/src/types/Numbers.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

/// @notice What whole transactions of a settlement with four participants cost, 21,000 and calldata included, each as
/// a transaction of its own.
/// forge-config: default.isolate = true
contract SettlementGasTest is SettlementStream {
    function setUp() public override {
        super.setUp();
        disclosed(1, 5, usualPositions());
    }

    function test_gas_begin() public {
        settlement.begin(1, 5);
        assertAtMost(vm.lastCallGas().gasTotalUsed, 175_000);
    }

    function test_gas_payIn() public {
        settlement.begin(1, 5);
        payIn(1, 5, 0);
        address payer = accountOf(1);
        vm.prank(payer);
        settlement.payIn(1, 5, 1);
        assertAtMost(vm.lastCallGas().gasTotalUsed, 130_000);
    }

    function test_gas_acknowledge() public {
        settlement.begin(1, 5);
        bytes memory signature = signed(KEY, settlement.acknowledgementDigest(1, 5, 0, CHECKPOINT));
        settlement.acknowledge(1, 5, 0, CHECKPOINT, signature);
        assertAtMost(vm.lastCallGas().gasTotalUsed, 95_000);
    }

    function test_gas_sealAndWithdraw() public {
        settlement.begin(1, 5);
        payIn(1, 5, 0);
        payIn(1, 5, 1);
        settlement.seal(1, 5);
        assertAtMost(vm.lastCallGas().gasTotalUsed, 135_000);
        address payee = accountOf(2);
        vm.prank(payee);
        settlement.withdraw(token, payee);
        assertAtMost(vm.lastCallGas().gasTotalUsed, 75_000);
    }

    /// @dev Three of five over a hashed list of members, beside the 21,000 and the calldata.
    function test_gas_quorum() public {
        address[] memory members = new address[](5);
        uint256[] memory keys = _sortedKeys(5);
        for (uint256 i = 0; i < 5; ++i) {
            members[i] = vm.addr(keys[i]);
        }
        vm.prank(REGISTRAR);
        uint32 epoch = attesters.rotate(members, 3);
        Attestation memory a =
            Attestation(1, 5, 12345, keccak256("settlement"), Numbers(3, 200, 0, 0, 0, 0), REPORT, CHECKPOINT, epoch);
        uint8[] memory signers = new uint8[](3);
        bytes[] memory signatures = new bytes[](3);
        bytes32 digest = attesters.digestOf(a);
        for (uint8 i = 0; i < 3; ++i) {
            (signers[i], signatures[i]) = (i, signed(keys[i], digest));
        }
        attesters.requireQuorum(a, members, signers, signatures);
        assertAtMost(vm.lastCallGas().gasTotalUsed, 21_000 + 16_000 + 30_000);
    }

    function _sortedKeys(uint256 count) private pure returns (uint256[] memory keys) {
        keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            keys[i] = 0xbeef + i;
            for (uint256 j = i; j > 0 && vm.addr(keys[j]) < vm.addr(keys[j - 1]); --j) {
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
            }
        }
    }
}
