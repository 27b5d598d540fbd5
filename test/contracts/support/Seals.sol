// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice Ways to spoil a seal: 4 bytes of selector, then the words A.x A.y B.xi B.xr B.yi B.yr C.x C.y.
library Seals {
    uint256 internal constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    function word(bytes memory seal, uint256 index) internal pure returns (uint256 value) {
        for (uint256 i = 0; i < 32; ++i) {
            value = value << 8 | uint8(seal[4 + 32 * index + i]);
        }
    }

    /// @dev A copy of the seal with another word.
    function withWord(bytes memory seal, uint256 index, uint256 value) internal pure returns (bytes memory copy) {
        copy = bytes.concat(seal);
        for (uint256 i = 0; i < 32; ++i) {
            copy[4 + 32 * index + i] = bytes32(value)[i];
        }
    }

    function withByte(bytes memory seal, uint256 index, bytes1 value) internal pure returns (bytes memory copy) {
        copy = bytes.concat(seal);
        copy[index] = value;
    }

    /// @dev A copy whose B is the point given by 128 bytes.
    function withB(bytes memory seal, bytes memory point) internal pure returns (bytes memory copy) {
        copy = bytes.concat(seal);
        for (uint256 i = 0; i < 128; ++i) {
            copy[68 + i] = point[i];
        }
    }

    /// @dev A copy with A and C exchanged.
    function swapped(bytes memory seal) internal pure returns (bytes memory copy) {
        copy = withWord(withWord(seal, 0, word(seal, 6)), 1, word(seal, 7));
        copy = withWord(withWord(copy, 6, word(seal, 0)), 7, word(seal, 1));
    }

    /// @dev The first bytes of a seal.
    function cut(bytes memory seal, uint256 length) internal pure returns (bytes memory copy) {
        copy = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            copy[i] = seal[i];
        }
    }
}
