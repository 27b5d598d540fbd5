// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ISealVerifier} from "../../../verifier-contracts/src/interfaces/ISealVerifier.sol";

/// @notice A broken verifier of some other proof system: everything is true.
contract CredulousVerifier is ISealVerifier {
    function verify(address, uint256[] calldata, bytes calldata) external view {}
}

/// @notice A contract that answers any call with a single byte.
contract ShortAnswer {
    fallback(bytes calldata) external returns (bytes memory) {
        return hex"01";
    }
}

/// @notice A verifier of another proof system that refuses all seals.
contract StubbornVerifier is ISealVerifier {
    function verify(address, uint256[] calldata, bytes calldata) external pure {
        revert ProofRejected();
    }
}

/// @notice A proof system for tests that need windows with any positions and have no prover at hand: a seal is the
/// selector and the hash of the public signals. It refuses what is bound wrongly, and proves nothing else.
contract HashSealVerifier is ISealVerifier {
    bytes4 public constant SELECTOR = "hash";

    function verify(address, uint256[] calldata signals, bytes calldata seal) external pure {
        if (keccak256(seal) != keccak256(sealOf(signals))) revert ProofRejected();
    }

    function sealOf(uint256[] memory signals) public pure returns (bytes memory) {
        return abi.encodePacked(SELECTOR, keccak256(abi.encode(signals)));
    }
}
