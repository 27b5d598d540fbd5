// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a comparison of promises and payments comes to. Matched and missing together are all that was
/// promised, in count and in amount; drift is missing and unexpected together, never their difference.
/// @param matchedCount Promised movements that took place and stood.
/// @param missingCount Promised movements that did not.
/// @param unexpectedCount Movements that nobody promised; always none in a net stream, which refuses them.
struct Numbers {
    uint32 matchedCount;
    uint96 matchedSum;
    uint32 missingCount;
    uint96 missingSum;
    uint32 unexpectedCount;
    uint96 unexpectedSum;
}

/// @notice What an attester signs about a window.
/// @param root Root of the window's tree, as the ledger has it.
/// @param settlementHash Hash chain over the window's movements, as the settlement has it; it binds chain and contract.
/// @param reportHash Hash of the report that the attester arrived at by itself.
/// @param checkpoint Hash of the journal checkpoint that the attester saw.
/// @param epoch The epoch of the attester set that signs.
struct Attestation {
    uint32 stream;
    uint32 window;
    uint256 root;
    bytes32 settlementHash;
    Numbers numbers;
    bytes32 reportHash;
    bytes32 checkpoint;
    uint32 epoch;
}
