// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProgramId} from "../types/Ids.sol";

/// @title The context: public signal 0 of every program that a ledger accepts
/// @notice It binds a proof to the chain, the contract, the program, the stream, the window and the beneficiary, so
/// that a proof copied elsewhere or by somebody else proves nothing there.
library Context {
    /// @notice The context for the calling contract on this chain. The chain id is read at each call: after a fork
    /// the two chains disagree about it at once.
    function compute(ProgramId programId, uint32 stream, uint32 window, address beneficiary)
        internal
        view
        returns (uint256)
    {
        bytes memory binding =
            abi.encode("tallystick/v1", block.chainid, address(this), programId, stream, window, beneficiary);
        // 248 bits are below the field's order, whatever the hash is.
        return uint256(keccak256(binding)) >> 8;
    }
}
