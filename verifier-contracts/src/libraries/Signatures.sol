// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Signatures of accounts with and without code
/// @notice OpenZeppelin's SignatureChecker hands a signing contract all the gas there is; here it gets a fixed amount,
/// so that one signer cannot burn what the others need.
library Signatures {
    /// @notice Gas that a contract gets to judge a signature: a multi-signature wallet of several owners needs less.
    uint256 internal constant CONTRACT_GAS = 150_000;

    /// @notice Whether the account has signed the digest: by ECDSA with 65 bytes, v 27 or 28 and a low s, or, when it
    /// has code, by answering ERC-1271's question with its magic value.
    function isValid(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (signer.code.length != 0) return _isValidForContract(signer, digest, signature);
        (address recovered, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
        return problem == ECDSA.RecoverError.NoError && recovered == signer && recovered != address(0);
    }

    function _isValidForContract(address signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        (bool answered, bytes memory answer) =
            signer.staticcall{gas: CONTRACT_GAS}(abi.encodeCall(IERC1271.isValidSignature, (digest, signature)));
        return answered && answer.length == 32 && bytes32(answer) == bytes32(IERC1271.isValidSignature.selector);
    }
}
