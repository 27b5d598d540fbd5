// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The numbers of the curve BN254, as EIP-196 and EIP-197 fix them
library Bn254 {
    /// @notice Order of the groups, modulus of the scalar field.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice Modulus of the base field.
    uint256 internal constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @notice The generator of G1.
    uint256 internal constant G1_X = 1;
    uint256 internal constant G1_Y = 2;

    /// @notice The x coordinate of the generator of G2; both it and its negative have it.
    uint256 internal constant G2_X_IM = 11559732032986387107991004021392285783925812861821192530917403151452391805634;
    uint256 internal constant G2_X_RE = 10857046999023057135944570762232829481370756359578518086990519993285655852781;

    /// @notice The constant of the twisted curve y² = x³ + 3/(9 + u) that G2 lies on.
    uint256 internal constant TWIST_B_RE =
        19485874751759354771024239261021720505790618469301721065564631296452457478373;
    uint256 internal constant TWIST_B_IM = 266929791119991161246907387137283842545076965332900288569378510910307636690;
}
