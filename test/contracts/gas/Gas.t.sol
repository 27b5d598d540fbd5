// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IProgramRegistry} from "../../../verifier-contracts/src/interfaces/IProgramRegistry.sol";
import {NettingStream} from "../support/NettingStream.sol";

/// @notice What whole transactions cost, 21,000 and calldata included. Each call runs as a transaction of its own, so
/// that every account and slot is cold; two public signals unless said otherwise.
/// forge-config: default.isolate = true
contract GasTest is NettingStream {
    function setUp() public override {
        super.setUp();
        // The first row of all pays for the ledger's counter once; the figures are those of any other row.
        record(proven("other"), 0);
    }

    function test_gas_verify() public {
        Proven memory p = proven("plain");
        (IProgramRegistry.Key memory key,) = registry.keyOf(p.keyId);
        // A call that could change state is a transaction to forge, a static one is not.
        (bool verified,) = address(verifier).call(abi.encodeCall(verifier.verify, (key.blob, p.signals, p.seal)));
        assertTrue(verified, "the proof holds");
        assertAtMost(_transactionGas(), 226_000);
    }

    function test_gas_record() public {
        record(proven("plain"), 0);
        assertAtMost(_transactionGas(), 280_000);
    }

    function test_gas_recordInAStream() public {
        record(proven("ordered0"), 0);
        record(proven("ordered1"), 1);
        assertAtMost(_transactionGas(), 285_500);
    }

    function test_gas_registerKey() public {
        registerKey("square", "squareStandby");
        assertAtMost(_transactionGas(), 445_000);
    }

    function test_gas_advance() public {
        open(1, 5);
        advance(nettingStep("first"));
        assertAtMost(_transactionGas(), 330_000);
    }

    function test_gas_disclose() public {
        runToClosed();
        disclose(nettingStep("disclosure"), netPositions());
        assertAtMost(_transactionGas(), 361_000);
    }

    function _transactionGas() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }
}
