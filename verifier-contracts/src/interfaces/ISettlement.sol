// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICaseBook} from "./ICaseBook.sol";
import {INettingLedger} from "./INettingLedger.sol";
import {IParticipantRegistry} from "./IParticipantRegistry.sol";

/// @title Where net positions are paid
/// @notice Who owes in a disclosed window pays in; when all are in, who is owed is credited; when they are not by the
/// deadline, who has paid is credited back. Credits are withdrawn by their owners. Nothing here needs the operator:
/// once positions are disclosed, anyone can take a window to its end.
///
/// Deadlines follow from a window's commit deadline and the stream's terms, in block time, and each includes its last
/// second:
/// - up to the acknowledge deadline the window can be begun, or it will never be;
/// - up to the pay deadline debtors acknowledge and pay in;
/// - after it a window that lacks a pay-in can be sealed with refunds.
/// A halt stops what takes: beginning and paying in. It never stops what gives back: sealing and withdrawing.
interface ISettlement {
    /// @notice Where the settlement of a window is.
    enum Phase {
        None,
        PayIn,
        PaidOut,
        Refunded
    }

    /// @notice What a stream settles in; never changes.
    /// @param token The ERC-20 token; zero for a stream without terms.
    /// @param unit Base units of the token per unit of the stream.
    /// @param acknowledgeSeconds From the commit deadline to the acknowledge deadline.
    /// @param paySeconds From there to the pay deadline.
    struct Terms {
        IERC20 token;
        uint128 unit;
        uint32 acknowledgeSeconds;
        uint32 paySeconds;
    }

    /// @notice The settlement of a window. Sets of participants are bits, participant 0 the lowest.
    /// @param beganAt UTC second in which it was begun.
    /// @param debtors Who owes.
    /// @param paid Who has paid in.
    /// @param acknowledged Whose acknowledgement was brought.
    /// @param reported For whom a missing acknowledgement was reported.
    /// @param count Movements so far: pay-ins, then payouts or refunds.
    /// @param settlementHash Hash chain over them; final once the window is sealed.
    struct Settling {
        Phase phase;
        uint64 beganAt;
        uint32 debtors;
        uint32 paid;
        uint32 acknowledged;
        uint32 reported;
        uint32 count;
        bytes32 settlementHash;
    }

    /// @notice Emitted when a stream has got its terms.
    event StreamConfigured(
        uint32 indexed stream, IERC20 indexed token, uint128 unit, uint32 acknowledgeSeconds, uint32 paySeconds
    );

    /// @notice Emitted when the settlement of a window has begun.
    /// @param settlementHash The hash chain before the first movement.
    event SettlementBegun(uint32 indexed stream, uint32 indexed window, uint32 debtors, bytes32 settlementHash);

    /// @notice Emitted when a debtor's signed consent to its position has been brought.
    event PositionAcknowledged(
        uint32 indexed stream,
        uint32 indexed window,
        uint32 indexed participant,
        address account,
        int96 position,
        bytes32 checkpoint
    );

    /// @notice Emitted when a debtor has paid in what it owes.
    /// @param word The movement, as `Movements` packs it, at the time of this block.
    /// @param settlementHash The hash chain after it.
    event PaidIn(
        uint32 indexed stream,
        uint32 indexed window,
        uint32 indexed participant,
        address payer,
        uint256 amount,
        uint256 word,
        bytes32 settlementHash
    );

    /// @notice Emitted when a participant has been credited what it is owed.
    event PaidOut(
        uint32 indexed stream,
        uint32 indexed window,
        uint32 indexed participant,
        address account,
        uint256 amount,
        uint256 word,
        bytes32 settlementHash
    );

    /// @notice Emitted when a debtor has been credited what it had paid in.
    event Refunded(
        uint32 indexed stream,
        uint32 indexed window,
        uint32 indexed participant,
        address account,
        uint256 amount,
        uint256 word,
        bytes32 settlementHash
    );

    /// @notice Emitted when the settlement of a window has ended.
    /// @param unpaid Who owed and did not pay in.
    /// @param excused Whether a halt kept them from it.
    event SettlementSealed(
        uint32 indexed stream,
        uint32 indexed window,
        Phase phase,
        bytes32 settlementHash,
        uint32 count,
        uint32 unpaid,
        bool excused
    );

    /// @notice Emitted when an account has withdrawn its credit.
    event Withdrawn(IERC20 indexed token, address indexed account, address to, uint256 amount);

    /// @notice Thrown when a stream gets terms a second time.
    error TermsAlreadySet(uint32 stream);

    /// @notice Thrown when terms name a token without code, no unit, or no time.
    error BadTerms(uint32 stream);

    /// @notice Thrown when a stream has no terms.
    error TermsMissing(uint32 stream);

    /// @notice Thrown when the positions of a window are not disclosed.
    error PositionsNotDisclosed(uint32 stream, uint32 window);

    /// @notice Thrown when the settlement of a window is begun a second time.
    error AlreadyBegun(uint32 stream, uint32 window);

    /// @notice Thrown when a window is begun, acknowledged or paid in after the last second for it.
    error DeadlinePassed(uint64 deadline, uint256 time);

    /// @notice Thrown when something is reported or refunded before its deadline has passed.
    error DeadlineNotPassed(uint64 deadline, uint256 time);

    /// @notice Thrown when a position has 2^64 units or more, which a movement's word cannot hold.
    error PositionTooLarge(uint32 participant, int96 position);

    /// @notice Thrown when the window is not taking pay-ins: it was not begun, or is sealed.
    error NotSettling(uint32 stream, uint32 window, Phase phase);

    /// @notice Thrown when a participant owes nothing in the window.
    error NotADebtor(uint32 stream, uint32 window, uint32 participant);

    /// @notice Thrown when somebody else pays in than the participant's account.
    error NotTheAccount(address expected, address got);

    /// @notice Thrown when a participant pays in a second time.
    error AlreadyPaid(uint32 stream, uint32 window, uint32 participant);

    /// @notice Thrown when an acknowledgement is brought a second time.
    error AlreadyAcknowledged(uint32 stream, uint32 window, uint32 participant);

    /// @notice Thrown when an acknowledgement is not signed by the participant's account, or was signed for another
    /// stream, window, root, position, checkpoint, chain or contract.
    error AcknowledgementRejected(address account);

    /// @notice Thrown when an acknowledgement is reported missing that is there, or was reported before.
    error NotMissing(uint32 stream, uint32 window, uint32 participant);

    /// @notice Thrown when a token moves another amount than it was asked to: it takes a fee, for instance.
    error AmountChanged(IERC20 token, uint256 expected, uint256 got);

    /// @notice Thrown when an account withdraws and has no credit.
    error NothingToWithdraw(IERC20 token, address account);

    /// @notice Thrown when a withdrawal goes to the zero address or to this contract.
    error BadRecipient(address to);

    /// @notice Says what a stream settles in, once.
    /// @custom:role registrar
    function configure(uint32 stream, IERC20 token, uint128 unit, uint32 acknowledgeSeconds, uint32 paySeconds) external;

    /// @notice Begins the settlement of a disclosed window. Anyone may, up to the acknowledge deadline, if neither the
    /// stream nor a debtor of the window is halted and everybody with a position has an account.
    function begin(uint32 stream, uint32 window) external;

    /// @notice Brings a debtor's signed consent to its position. Anyone may bring it.
    /// @param checkpoint Hash of the journal checkpoint that the debtor has checked its position against.
    function acknowledge(uint32 stream, uint32 window, uint32 participant, bytes32 checkpoint, bytes calldata signature)
        external;

    /// @notice Pays in what a participant owes, from its own account, which must have approved it. Paying is consent.
    function payIn(uint32 stream, uint32 window, uint32 participant) external;

    /// @notice Ends the settlement of a window: credits who is owed when all are in; credits back who has paid when
    /// the pay deadline has passed, and opens a case that halts each participant that did not pay, unless a halt of
    /// the stream kept it from paying. Anyone may.
    function seal(uint32 stream, uint32 window) external;

    /// @notice Opens a case for a debtor that by the acknowledge deadline has neither acknowledged nor paid. Anyone may.
    function reportUnacknowledged(uint32 stream, uint32 window, uint32 participant) external;

    /// @notice Pays the caller's whole credit in a token to an address of its choice.
    function withdraw(IERC20 token, address to) external;

    /// @notice The digest that a debtor signs; the position is the disclosed one.
    function acknowledgementDigest(uint32 stream, uint32 window, uint32 participant, bytes32 checkpoint)
        external
        view
        returns (bytes32);

    /// @notice What a stream settles in; all zero for one without terms.
    function termsOf(uint32 stream) external view returns (Terms memory);

    /// @notice Last seconds for acknowledging and for paying in a window.
    function deadlinesOf(uint32 stream, uint32 window)
        external
        view
        returns (uint64 acknowledgeDeadline, uint64 payDeadline);

    /// @notice The settlement of a window; all zero for one that was not begun.
    function settlingOf(uint32 stream, uint32 window) external view returns (Settling memory);

    /// @notice What an account can withdraw.
    function creditOf(IERC20 token, address account) external view returns (uint256);

    /// @notice What this contract owes in a token: all credits and the pay-ins of windows that are not sealed.
    function liabilitiesOf(IERC20 token) external view returns (uint256);

    /// @notice By how much this contract holds less of a token than it owes: a token may shrink balances by itself.
    function shortfallOf(IERC20 token) external view returns (uint256);

    /// @notice The ledger that says what is owed.
    function ledger() external view returns (INettingLedger);

    /// @notice The registry that says who the participants are.
    function participants() external view returns (IParticipantRegistry);

    /// @notice The book that says what is halted.
    function cases() external view returns (ICaseBook);
}
