// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Numbers of parties that no participant has.
library Parties {
    /// @notice The house: the creditor of a pay-in and the debtor of a payout or refund.
    uint32 internal constant HOUSE = type(uint32).max;

    /// @notice Stands for "no participant" where one could be named.
    uint32 internal constant NOBODY = type(uint32).max;

    /// @notice Most positions of a net stream, as in the registry of programs: a set of them fits in 32 bits.
    uint256 internal constant MAX = 31;
}
