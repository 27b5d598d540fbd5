// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Attestation} from "../types/Numbers.sol";
import {ICaseBook} from "./ICaseBook.sol";

/// @title Who attests, and how many must agree
/// @notice Attesters sign what they found about a window. A set of them is an epoch: only the hash of its members is
/// stored, and they are given with each call. Rotating the set begins a new epoch, in which no signature of the old
/// one counts. Who signs two different truths about one window is barred for good.
interface IAttesterSet {
    /// @notice An epoch of the set.
    /// @param membersHash keccak256(abi.encode(members)).
    /// @param threshold How many of them make a quorum.
    /// @param endedAt UTC second in which the next epoch began; 0 for the current one.
    struct Epoch {
        bytes32 membersHash;
        uint8 threshold;
        uint64 startedAt;
        uint64 endedAt;
    }

    /// @notice Emitted when a new epoch has begun.
    event AttestersRotated(uint32 indexed epoch, address[] members, uint8 threshold);

    /// @notice Emitted when an attester has been shown to have signed two different truths.
    /// @param evidence Hash of the two attestations' digests.
    event AttesterBarred(
        address indexed attester, uint32 indexed stream, uint32 indexed window, uint32 epoch, bytes32 evidence
    );

    /// @notice Thrown when a set has no members, or more than the limit.
    error BadMemberCount(uint256 got, uint256 max);

    /// @notice Thrown when the threshold is not more than half of the members, or is more than all.
    error BadThreshold(uint8 threshold, uint256 members);

    /// @notice Thrown when members are not strictly ascending, or the first is the zero address.
    error MembersNotAscending(uint256 index);

    /// @notice Thrown when the given members are not those of the epoch.
    error MembersMismatch(uint32 epoch);

    /// @notice Thrown when an attestation is of another epoch than the current one.
    error EpochNotCurrent(uint32 expected, uint32 got);

    /// @notice Thrown when there are fewer signatures than the threshold, or not one for each signer.
    error QuorumMissing(uint256 expected, uint256 got);

    /// @notice Thrown when signers are not strictly ascending, or are no members: duplicates, for instance.
    error SignersNotAscending(uint256 index);

    /// @notice Thrown when an attester has not signed this attestation.
    error SignatureRejected(address attester);

    /// @notice Thrown when a barred attester signs, becomes a member or is accused again.
    error AttesterIsBarred(address attester);

    /// @notice Thrown when two attestations do not contradict one another: they are about different windows or
    /// epochs, or say the same about payments and promises.
    error NoContradiction();

    /// @notice Thrown when evidence is brought about an epoch that ended too long ago.
    error EvidenceTooOld(uint32 epoch, uint64 endedAt);

    /// @notice Begins a new epoch.
    /// @param members Strictly ascending.
    /// @custom:role registrar
    function rotate(address[] calldata members, uint8 threshold) external returns (uint32 epoch);

    /// @notice Reverts unless a quorum of the current epoch has signed the attestation; one bad signature spoils all.
    /// @param members The epoch's members.
    /// @param signers Places of the signers among the members, strictly ascending.
    function requireQuorum(
        Attestation calldata attestation,
        address[] calldata members,
        uint8[] calldata signers,
        bytes[] calldata signatures
    ) external view;

    /// @notice Bars an attester that has signed two attestations which contradict one another, and halts the stream
    /// they are about. Anyone may bring the evidence.
    /// @param members The members of the attestations' epoch.
    /// @param signer The attester's place among them.
    function proveEquivocation(
        Attestation calldata first,
        Attestation calldata second,
        address[] calldata members,
        uint8 signer,
        bytes calldata firstSignature,
        bytes calldata secondSignature
    ) external;

    /// @notice The digest that attesters sign.
    function digestOf(Attestation calldata attestation) external view returns (bytes32);

    /// @notice An epoch; all zero for one that does not exist.
    function epochOf(uint32 epoch) external view returns (Epoch memory);

    /// @notice The current epoch; 0 before the first.
    function currentEpoch() external view returns (uint32);

    /// @notice Whether an attester is barred.
    function isBarred(address attester) external view returns (bool);

    /// @notice The book in which contradictions are opened as cases.
    function cases() external view returns (ICaseBook);
}
