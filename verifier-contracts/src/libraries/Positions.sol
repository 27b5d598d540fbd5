// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";

/// @title Signed positions as field elements
/// @notice A position p with −2^95 ≤ p < 2^95 is the field element p where it is not negative, r − |p| where it is.
/// That is the range of int96, in which positions are stored.
library Positions {
    /// @notice Thrown when a value is not a position: it is 2^95 or more, or below −2^95.
    error PositionOutOfRange(uint256 index);

    uint256 private constant _LIMIT = 1 << 95;

    /// @notice The field element of a position; `index` names the position in the error.
    function toField(int256 position, uint256 index) internal pure returns (uint256) {
        if (position < type(int96).min || position > type(int96).max) revert PositionOutOfRange(index);
        return position >= 0 ? uint256(position) : Bn254.R - uint256(-position);
    }

    /// @notice The position of a field element; `index` names the position in the error.
    function fromField(uint256 value, uint256 index) internal pure returns (int256) {
        if (value < _LIMIT) return int256(value);
        if (value < Bn254.R && Bn254.R - value <= _LIMIT) return -int256(Bn254.R - value);
        revert PositionOutOfRange(index);
    }
}
