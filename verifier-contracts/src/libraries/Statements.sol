// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProgramId, StatementId} from "../types/Ids.sol";

/// @title Statement ids
library Statements {
    /// @notice The id of the claim that the program holds for these public signals. Neither the proof nor its key is
    /// part of it: proofs are malleable and keys rotate.
    function id(ProgramId programId, uint256[] calldata signals) internal pure returns (StatementId) {
        return StatementId.wrap(keccak256(abi.encode(programId, signals)));
    }

    /// @notice The same for signals that a contract has put together itself.
    function idOfMemory(ProgramId programId, uint256[] memory signals) internal pure returns (StatementId) {
        return StatementId.wrap(keccak256(abi.encode(programId, signals)));
    }
}
