// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Exact calldata
/// @notice The ABI decoder ignores bytes behind the last argument. Accepting them would let one call have many
/// encodings, so the entry points that take proofs ask for the exact length.
library Calldata {
    /// @notice Thrown when calldata is longer or shorter than the arguments encode to.
    error CalldataLengthMismatch(uint256 expected, uint256 got);

    /// @notice Reverts unless this call's data is as long as `heads` words, an array of `words` words (counted with
    /// its length) and a byte string of `length` bytes encode to. Pass 0 words for a call without an array.
    function requireExact(uint256 heads, uint256 words, uint256 length) internal pure {
        uint256 expected = 4 + 32 * (heads + words + 1 + (length + 31) / 32);
        if (msg.data.length != expected) revert CalldataLengthMismatch(expected, msg.data.length);
    }
}
