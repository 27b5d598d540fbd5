// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ComputeLedger} from "../../../verifier-contracts/src/ComputeLedger.sol";
import {IComputeLedger} from "../../../verifier-contracts/src/interfaces/IComputeLedger.sol";
import {ProgramId, StatementId} from "../../../verifier-contracts/src/types/Ids.sol";
import {Deployed} from "../support/Deployed.sol";
import {InvariantBase} from "../support/InvariantBase.sol";
import {Seals} from "../support/Seals.sol";

/// @notice Brings good, stale, copied, spoilt and malleated proofs in any order, and keeps its own account of what the
/// ledger must hold by then.
contract ComputeLedgerHandler is Deployed {
    using Seals for bytes;

    string[7] private _names = ["plain", "plainStandby", "other", "ordered0", "ordered1", "ordered2", "twin"];

    StatementId[] public rows;
    bytes32[] public rowHashes;
    bytes32 public head;
    uint64 public ordered;
    bool public recordedTwice;
    bool public acceptedForeignContext;
    mapping(StatementId id => bool) private _seen;

    function setUp() public override {
        super.setUp();
        registerKey("square", "squareStandby");
        registerProgram("twin");
        registerKey("twin", "twin");
        head = keccak256(abi.encode("tallystick/ledger/v1", block.chainid, address(ledger)));
    }

    function bring(uint256 choice, uint64 sequence, bool useful, uint256 malleated) external {
        Proven memory p = proven(_names[choice % _names.length]);
        if (choice % _names.length == 0 && malleated % 4 != 3) p.seal = malleation(malleated % 4);
        _bring(p, useful && p.stream != 0 ? ordered : sequence % 4);
    }

    function bringForSomebodyElse(uint256 choice, uint32 stream, uint32 window, address beneficiary) external {
        Proven memory p = proven(_names[choice % _names.length]);
        if (p.stream == stream && p.window == window && p.beneficiary == beneficiary) return;
        (p.stream, p.window, p.beneficiary) = (stream, window, beneficiary);
        try ledger.record(p.programId, p.keyId, stream, window, beneficiary, 0, p.signals, p.seal) {
            acceptedForeignContext = true;
        } catch {}
    }

    function bringSpoilt(uint256 choice, uint256 bit) external {
        Proven memory p = proven(_names[choice % _names.length]);
        uint256 word = bit / 256 % 8;
        p.seal = p.seal.withWord(word, p.seal.word(word) ^ (1 << (bit % 256)));
        _bring(p, p.stream == 0 ? 0 : ordered);
    }

    function nextBlock() external {
        vm.roll(block.number + 1);
    }

    function count() external view returns (uint256) {
        return rows.length;
    }

    function programOf(string memory name) external view returns (ProgramId) {
        return programIdOf(name);
    }

    function theLedger() external view returns (ComputeLedger) {
        return ledger;
    }

    function _bring(Proven memory p, uint64 sequence) private {
        StatementId id = StatementId.wrap(keccak256(abi.encode(p.programId, p.signals)));
        try ledger.record(
            p.programId, p.keyId, p.stream, p.window, p.beneficiary, sequence, p.signals, p.seal
        ) returns (
            StatementId
        ) {
            recordedTwice = recordedTwice || _seen[id];
            _seen[id] = true;
            uint64 index = uint64(rows.length);
            head = keccak256(abi.encode(head, id, p.keyId, p.stream, p.window, p.beneficiary, index, sequence));
            rows.push(id);
            rowHashes.push(keccak256(abi.encode(ledger.recordOf(id))));
            if (p.stream != 0) ++ordered;
        } catch {}
    }
}

contract ComputeLedgerInvariants is InvariantBase {
    ComputeLedgerHandler private handler;

    function setUp() public {
        handler = new ComputeLedgerHandler();
        handler.setUp();
        bytes4[] memory selectors = new bytes4[](4);
        selectors[0] = handler.bring.selector;
        selectors[1] = handler.bringForSomebodyElse.selector;
        selectors[2] = handler.bringSpoilt.selector;
        selectors[3] = handler.nextBlock.selector;
        _target(address(handler), selectors);
    }

    /// 1. A statement has at most one row, and a row never changes.
    function invariant_1_oneRowPerStatementForEver() public view {
        assertTrue(!handler.recordedTwice(), "no statement is recorded twice");
        for (uint256 i = 0; i < handler.count(); ++i) {
            IComputeLedger.Record memory row = handler.theLedger().recordOf(handler.rows(i));
            assertEq(keccak256(abi.encode(row)), handler.rowHashes(i));
        }
    }

    /// 2. Rows are numbered without gaps, and so are the rows of a stream.
    function invariant_2_numbersHaveNoGaps() public view {
        assertEq(handler.theLedger().count(), handler.count());
        for (uint256 i = 0; i < handler.count(); ++i) {
            assertEq(handler.theLedger().recordOf(handler.rows(i)).index, i);
        }
        ProgramId square = handler.programOf("square");
        assertEq(handler.theLedger().sequenceOf(square, 7), handler.ordered());
        assertEq(handler.theLedger().sequenceOf(square, 0), 0);
    }

    /// 3. The head commits to every field of every event in order.
    function invariant_3_headIsTheChainOfEvents() public view {
        assertEq(handler.theLedger().head(), handler.head());
    }

    /// 4. Every row's signal 0 is the context of its own event.
    function invariant_4_onlyTheOwnContextIsRecorded() public view {
        assertTrue(!handler.acceptedForeignContext(), "no foreign context is accepted");
    }
}
