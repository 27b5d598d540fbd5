pragma circom 2.2.3;

/**
 * @title NonZeroIf
 * @notice Enabled: in ≠ 0. Not enabled: nothing is asked of in; when it is 0 the inverse is then free, which changes no
 *         other signal.
 * @input in the value.
 * @input enabled whether the value must not be zero.
 * @requires nothing of the caller: `enabled` comes with its tag.
 */
template NonZeroIf() {
    signal input in;
    signal input {binary} enabled;

    // HINT: pinned by in · inverse === enabled; zero has no inverse, so an enabled zero has no witness.
    signal inverse <-- in != 0 ? enabled / in : 0;
    in * inverse === enabled;
}
