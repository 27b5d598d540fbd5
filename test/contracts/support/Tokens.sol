// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice An ordinary token that anyone may mint.
contract TestToken is ERC20 {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) ERC20("Test", "TST") {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice What a token does that shrinks balances by itself.
    function shrink(address holder, uint256 amount) external {
        _burn(holder, amount);
    }
}

/// @notice Takes a hundredth of every transfer out of what arrives.
contract FeeOnTransferToken is TestToken(2) {
    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : amount / 100;
        super._update(from, to, amount - fee);
        if (fee != 0) super._update(from, address(0xfee), fee);
    }
}

/// @notice Takes a hundredth of every transfer from the sender, on top, once it is told to.
contract FeeOnSenderToken is TestToken(2) {
    bool public charging;

    function charge() external {
        charging = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (charging && from != address(0)) super._update(from, address(0xfee), amount / 100);
    }
}

/// @notice Says false instead of reverting, and moves nothing.
contract FalseToken is TestToken(2) {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// @notice Says true, and moves nothing.
contract LyingToken is TestToken(2) {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// @notice Answers nothing at all when it moves, as some old tokens do.
contract SilentToken {
    mapping(address holder => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address, uint256) external {}

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice Refuses to move to or from who is on its list.
contract BlacklistToken is TestToken(2) {
    error Blacklisted(address account);

    mapping(address account => bool) private _listed;

    function list(address account) external {
        _listed[account] = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (_listed[from]) revert Blacklisted(from);
        if (_listed[to]) revert Blacklisted(to);
        super._update(from, to, amount);
    }
}

/// @notice Calls somebody back in the middle of every transfer, and keeps what that came to.
contract ReentrantToken is TestToken(2) {
    address private _target;
    bytes private _call;
    bool public called;
    bool public succeeded;
    bytes4 public reason;

    function arm(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_target == address(0)) return;
        bytes memory answer;
        (succeeded, answer) = _target.call(_call);
        called = true;
        if (answer.length >= 4) reason = bytes4(answer);
    }
}
