// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Whether somebody may know the toxic waste of a key's set-up.
/// Development keys can be forged with by whoever made them, so they live on development chains only.
enum KeyClass {
    Development,
    Ceremony
}

/// @notice What a program computes, as far as a contract must know it to bind the program's public signals.
enum ProgramKind {
    Generic,
    Netting,
    Disclosure,
    Append,
    Reconciliation
}
