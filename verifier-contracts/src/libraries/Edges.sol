// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Values that change at the edges of windows
/// @notice A history of values, each valid from a window on until the next one. OpenZeppelin's Checkpoints would do,
/// but warn under this compiler, and a warning is an error here.
library Edges {
    struct Edge {
        uint32 fromWindow;
        uint224 value;
    }

    struct History {
        Edge[] edges;
    }

    /// @notice Adds a value from a window on, or replaces the one that begins with that very window. The window is
    /// not before the last one: the caller has checked it.
    function set(History storage self, uint32 fromWindow, uint224 value) internal {
        uint256 count = self.edges.length;
        if (count != 0 && self.edges[count - 1].fromWindow == fromWindow) self.edges[count - 1].value = value;
        else self.edges.push(Edge(fromWindow, value));
    }

    /// @notice The value that is valid in a window; 0 before the first edge.
    function valueIn(History storage self, uint32 window) internal view returns (uint224) {
        uint256 low = 0;
        uint256 high = self.edges.length;
        // Everything below `low` begins with the window or before, everything from `high` on begins after it.
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (self.edges[middle].fromWindow <= window) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : self.edges[low - 1].value;
    }

    /// @notice The last edge; all zero when there is none.
    function last(History storage self) internal view returns (Edge memory edge) {
        uint256 count = self.edges.length;
        if (count != 0) edge = self.edges[count - 1];
    }
}
