// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What is proven: keccak256 of the constraint system's hash and the schema of its public signals.
type ProgramId is bytes32;

/// @notice With what it is verified: keccak256 of the canonical verifying key.
type KeyId is bytes32;

/// @notice Which claim was proven: keccak256(abi.encode(programId, publicSignals)).
type StatementId is bytes32;

using {sameProgram as ==, otherProgram as !=} for ProgramId global;

function sameProgram(ProgramId a, ProgramId b) pure returns (bool) {
    return ProgramId.unwrap(a) == ProgramId.unwrap(b);
}

function otherProgram(ProgramId a, ProgramId b) pure returns (bool) {
    return ProgramId.unwrap(a) != ProgramId.unwrap(b);
}
