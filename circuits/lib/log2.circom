pragma circom 2.2.3;

/**
 * @title log2
 * @notice The least k with 2^k ≥ n: the height of a tree over n leaves when n is a power of two.
 * @param n a positive number.
 */
function log2(n) {
    var k = 0;
    while ((1 << k) < n) {
        k++;
    }
    return k;
}
