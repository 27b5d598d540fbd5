// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TestBase} from "./TestBase.sol";

/// @notice Tells forge which functions of which handler to call at random.
abstract contract InvariantBase is TestBase {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address private _handler;
    bytes4[] private _selectors;

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = _handler;
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(_handler, _selectors);
    }

    function _target(address handler, bytes4[] memory selectors) internal {
        _handler = handler;
        _selectors = selectors;
    }
}
