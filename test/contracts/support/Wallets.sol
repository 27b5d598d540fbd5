// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice An account with code whose owner signs for it.
contract Wallet is IERC1271 {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer,,) = ECDSA.tryRecover(hash, signature);
        return signer == _owner ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @notice Answers with another value than the magic one.
contract WrongMagicWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0x12345678;
    }
}

/// @notice Answers with the magic value, but not in one word.
contract LongAnswerWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4, uint256) {
        return (IERC1271.isValidSignature.selector, 1);
    }
}

/// @notice Reverts whatever it is asked.
contract RevertingWallet {
    error NotNow();

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        revert NotNow();
    }
}

/// @notice Burns all the gas it is given.
contract BurningWallet {
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        uint256 sum = 0;
        while (gasleft() > 0) {
            sum += block.timestamp;
        }
        return bytes4(bytes32(sum));
    }
}
