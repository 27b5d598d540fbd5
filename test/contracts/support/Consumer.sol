// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IComputeLedger} from "../../../verifier-contracts/src/interfaces/IComputeLedger.sol";
import {ProgramId, StatementId} from "../../../verifier-contracts/src/types/Ids.sol";

/// @notice A contract that relies on recorded squares: it pays attention to a number once it is proven to be one.
contract Consumer {
    IComputeLedger private immutable _ledger;
    ProgramId private immutable _square;
    uint64 private immutable _confirmations;

    mapping(uint256 number => bool) public isKnownSquare;

    constructor(IComputeLedger ledger, ProgramId square, uint64 confirmations) {
        _ledger = ledger;
        _square = square;
        _confirmations = confirmations;
    }

    function learn(uint256[] calldata signals) external {
        _ledger.requireRecorded(_square, signals, _confirmations);
        isKnownSquare[signals[1]] = true;
    }

    function learnById(StatementId statementId, uint256 number) external {
        _ledger.requireRecordedStatement(_square, statementId, _confirmations);
        isKnownSquare[number] = true;
    }
}
