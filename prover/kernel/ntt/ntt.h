// Number-theoretic transforms over Fr without bit reversal: decimation in frequency takes natural order to reversed
// order, decimation in time takes it back (Gentleman and Sande 1966, Cooley and Tukey 1965).
//
// Values lie in vectors of `lanes` neighbours. The first passes work across the lanes, then a transposition gives every
// lane a block of its own, and the rest is the same in all lanes; radix 4, depth first, so that blocks stay in the
// cache. n/2·log2 n products.
#pragma once
#include "twiddles.h"

namespace KERNEL_NAMESPACE {

template <class F>
class Ntt {
 public:
  using Tight = typename F::Tight;
  static constexpr size_t lanes = F::lanes;
  // Smaller transforms have too few values for the lanes.
  static constexpr size_t sizeMin = lanes * lanes;

  // From natural order to the order of `forward`'s input; `values` is overwritten, the result is in `out`.
  static void inverse(const Twiddles<F>& roots, const Tight* values, Tight* out) {
    const size_t tiles = roots.vectors / lanes;
    for (size_t g = 0; g < tiles; g++) {
      Tight v[lanes];
      for (size_t l = 0; l < lanes; l++) v[l] = values[l * tiles + g];
      int level = 0;
      for (size_t d = lanes / 2; d >= 1; d /= 2, level++) {
        for (size_t i = 0; i < lanes; i++) {
          if (i & d) continue;
          const Tight a = v[i], b = v[i + d];
          v[i] = tight(a + b);
          v[i + d] = (a - b) * roots.across[level][(i & (d - 1)) * tiles + g];
        }
      }
      F::transposeLanes(v);
      for (size_t l = 0; l < lanes; l++) out[g * lanes + l] = v[l];
    }
    decimateFrequency(roots, out, roots.vectors);
  }

  // From the order in which `inverse` leaves values to natural order; `values` is overwritten, the result is in `out`.
  static void forward(const Twiddles<F>& roots, Tight* values, Tight* out) {
    decimateTime(roots, values, roots.vectors);
    const size_t tiles = roots.vectors / lanes;
    for (size_t g = 0; g < tiles; g++) {
      Tight v[lanes];
      for (size_t l = 0; l < lanes; l++) v[l] = values[g * lanes + l];
      F::transposeLanes(v);
      int level = log2Ceil(lanes) - 1;
      for (size_t d = 1; d < lanes; d *= 2, level--) {
        for (size_t i = 0; i < lanes; i++) {
          if (i & d) continue;
          const Tight a = v[i], b = v[i + d] * roots.across[level][(i & (d - 1)) * tiles + g];
          v[i] = tight(a + b);
          v[i + d] = tight(a - b);
        }
      }
      for (size_t l = 0; l < lanes; l++) out[l * tiles + g] = v[l];
    }
  }

 private:
  // Blocks up to this many vectors fit the first-level cache.
  static constexpr size_t blockMax = 512;

  static void decimateFrequency(const Twiddles<F>& roots, Tight* v, size_t size) {
    if (size == 1) return;
    if (size == 2) {
      const auto root = F::broadcast(roots.alongOf(1)[0]);
      const Tight a = v[0], b = v[1];
      v[0] = tight(a + b);
      v[1] = (a - b) * root;
      return;
    }
    if (size > blockMax) {
      frequencyPass(roots, v, size / 4);
      for (int i = 0; i < 4; i++) decimateFrequency(roots, v + i * (size / 4), size / 4);
      return;
    }
    size_t rest = size;
    for (; rest >= 4; rest /= 4) {
      for (size_t start = 0; start < size; start += rest) frequencyPass(roots, v + start, rest / 4);
    }
    if (rest == 2) {
      for (size_t start = 0; start < size; start += 2) decimateFrequency(roots, v + start, 2);
    }
  }

  // Two halvings at once on 4·quarter vectors.
  static KERNEL_INLINE void frequencyPass(const Twiddles<F>& roots, Tight* v, size_t quarter) {
    const auto* outer = roots.alongOf(2 * quarter);
    const auto* inner = roots.alongOf(quarter);
    for (size_t j = 0; j < quarter; j++) {
      Tight* x = v + j;
      const auto evenLow = x[0] + x[2 * quarter], evenHigh = x[quarter] + x[3 * quarter];
      const Tight oddLow = (x[0] - x[2 * quarter]) * F::broadcast(outer[j]);
      const Tight oddHigh = (x[quarter] - x[3 * quarter]) * F::broadcast(outer[j + quarter]);
      const Tight root = F::broadcast(inner[j]);
      x[0] = tight(evenLow + evenHigh);
      x[quarter] = (evenLow - evenHigh) * root;
      x[2 * quarter] = tight(oddLow + oddHigh);
      x[3 * quarter] = (oddLow - oddHigh) * root;
    }
  }

  static void decimateTime(const Twiddles<F>& roots, Tight* v, size_t size) {
    if (size > blockMax) {
      for (int i = 0; i < 4; i++) decimateTime(roots, v + i * (size / 4), size / 4);
      timePass(roots, v, size / 4);
      return;
    }
    size_t done = 1;
    if (log2Ceil(size) & 1) {
      const auto root = F::broadcast(roots.alongOf(1)[0]);
      for (size_t start = 0; start < size; start += 2) {
        const Tight a = v[start], b = v[start + 1] * root;
        v[start] = tight(a + b);
        v[start + 1] = tight(a - b);
      }
      done = 2;
    }
    for (; done < size; done *= 4) {
      for (size_t start = 0; start < size; start += 4 * done) timePass(roots, v + start, done);
    }
  }

  static KERNEL_INLINE void timePass(const Twiddles<F>& roots, Tight* v, size_t quarter) {
    const auto* outer = roots.alongOf(2 * quarter);
    const auto* inner = roots.alongOf(quarter);
    for (size_t j = 0; j < quarter; j++) {
      Tight* x = v + j;
      const Tight root = F::broadcast(inner[j]);
      const Tight b = x[quarter] * root, d = x[3 * quarter] * root;
      const auto low = x[0] + b;
      const auto high = x[0] - b;
      const Tight lowOdd = (x[2 * quarter] + d) * F::broadcast(outer[j]);
      const Tight highOdd = (x[2 * quarter] - d) * F::broadcast(outer[j + quarter]);
      x[0] = tight(low + lowOdd);
      x[quarter] = tight(high + highOdd);
      x[2 * quarter] = tight(low - lowOdd);
      x[3 * quarter] = tight(high - highOdd);
    }
  }
};

}  // namespace KERNEL_NAMESPACE
