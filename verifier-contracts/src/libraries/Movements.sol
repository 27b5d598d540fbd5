// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Movements of money as words, and the hash chain over them
/// @notice A movement's word has the layout of an obligation's: amount 0–63, value date 64–95, asset 96–127, debtor
/// 128–159, creditor 160–191, schema 192–199. Its reference is 0, because it settles a position and no obligation.
library Movements {
    /// @notice A movement as it is given back to a contract that has only the chain's head.
    /// @param paidAt UTC second in which it took place.
    struct Movement {
        uint256 word;
        uint64 paidAt;
    }

    uint256 private constant _SCHEMA = 1;

    /// @notice The head of the chain of a window, before its first movement, in a settlement on this chain.
    function genesis(address settlement, uint32 stream, uint32 window) internal view returns (bytes32) {
        return keccak256(abi.encode("tallystick/settlement/v1", block.chainid, settlement, stream, window));
    }

    /// @notice The word of a movement.
    function word(uint64 amount, uint32 valueDate, uint32 asset, uint32 debtor, uint32 creditor)
        internal
        pure
        returns (uint256)
    {
        return uint256(amount) | uint256(valueDate) << 64 | uint256(asset) << 96 | uint256(debtor) << 128
            | uint256(creditor) << 160 | _SCHEMA << 192;
    }

    /// @notice The parts of a movement's word; a word with anything else than these parts is refused by `isProper`.
    function parts(uint256 movement)
        internal
        pure
        returns (uint64 amount, uint32 asset, uint32 debtor, uint32 creditor)
    {
        return (uint64(movement), uint32(movement >> 96), uint32(movement >> 128), uint32(movement >> 160));
    }

    /// @notice Whether the word has schema 1 and nothing above it.
    function isProper(uint256 movement) internal pure returns (bool) {
        return movement >> 192 == _SCHEMA;
    }

    /// @notice The chain's head after one more movement: keccak256 over head, word, reference 0 and time, 32 bytes each.
    function append(bytes32 head, uint256 movement, uint256 time) internal pure returns (bytes32) {
        return keccak256(abi.encode(head, movement, uint256(0), time));
    }
}
