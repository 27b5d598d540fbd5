// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IProgramRegistry} from "../../../verifier-contracts/src/interfaces/IProgramRegistry.sol";
import {KeyClass} from "../../../verifier-contracts/src/types/Programs.sol";
import {NettingStream} from "../support/NettingStream.sol";

/// @notice What whole transactions cost, 21,000 and calldata included. Each call runs as a transaction of its own, so
/// that every account and slot is cold; two public signals unless said otherwise. All calls are prepared in setUp, so
/// that the figures in `.gas-snapshot` are the transactions' and little else.
/// forge-config: default.isolate = true
contract GasTest is NettingStream {
    struct Transaction {
        address sender;
        address target;
        bytes call;
    }

    Transaction private _verify;
    Transaction private _record;
    Transaction private _recordInStream;
    Transaction private _registerKey;
    Transaction private _advance;
    Transaction private _disclose;

    function setUp() public override {
        super.setUp();
        // The first row of all, and the first of a stream, pay for counters that all others find in place.
        record(proven("other"), 0);
        record(proven("ordered0"), 0);
        _prepareLedger();
        _prepareRegistry();
        _prepareNetting();
    }

    function test_gas_verify() public {
        _expectAtMost(_verify, 226_000);
    }

    function test_gas_record() public {
        _expectAtMost(_record, 280_000);
    }

    function test_gas_recordInAStream() public {
        _expectAtMost(_recordInStream, 285_500);
    }

    function test_gas_registerKey() public {
        _expectAtMost(_registerKey, 445_000);
    }

    /// @dev Nine signals. Window 5 has its first batch, so this is a transition like any other.
    function test_gas_advance() public {
        _expectAtMost(_advance, 330_000);
    }

    /// @dev Four positions, six signals.
    function test_gas_disclose() public {
        vm.prank(_advance.sender);
        (bool done,) = _advance.target.call(_advance.call);
        assertTrue(done, "the last batch is in");
        close(1, 5);
        _expectAtMost(_disclose, 361_000);
    }

    function _prepareLedger() private {
        Proven memory p = proven("plain");
        (IProgramRegistry.Key memory key,) = registry.keyOf(p.keyId);
        _verify =
            Transaction(STRANGER, address(verifier), abi.encodeCall(verifier.verify, (key.blob, p.signals, p.seal)));
        _record = Transaction(STRANGER, address(ledger), _recordCall(p, 0));
        _recordInStream = Transaction(STRANGER, address(ledger), _recordCall(proven("ordered1"), 1));
    }

    function _prepareRegistry() private {
        bytes memory call =
            abi.encodeCall(registry.registerKey, (programIdOf("square"), KeyClass.Ceremony, keyBytes("squareStandby")));
        _registerKey = Transaction(REGISTRAR, address(registry), call);
    }

    function _prepareNetting() private {
        open(1, 5);
        advance(nettingStep("first"));
        Proven memory p = nettingStep("second");
        bytes memory call = abi.encodeCall(
            netting.advance, (1, 5, p.beneficiary, p.keyId, 4, p.signals[5], p.signals[8], bytes32(0), p.seal)
        );
        _advance = Transaction(OPERATOR, address(netting), call);
        p = nettingStep("disclosure");
        call = abi.encodeCall(netting.disclose, (1, 5, p.beneficiary, p.keyId, netPositions(), p.seal));
        _disclose = Transaction(STRANGER, address(netting), call);
    }

    function _recordCall(Proven memory p, uint64 sequence) private view returns (bytes memory) {
        return abi.encodeCall(
            ledger.record, (p.programId, p.keyId, p.stream, p.window, p.beneficiary, sequence, p.signals, p.seal)
        );
    }

    /// @dev A call that could change state is a transaction to forge; a static one would not be.
    function _expectAtMost(Transaction memory transaction, uint256 limit) private {
        vm.prank(transaction.sender);
        (bool done,) = transaction.target.call(transaction.call);
        assertTrue(done, "the transaction succeeds");
        assertAtMost(vm.lastCallGas().gasTotalUsed, limit);
    }
}
