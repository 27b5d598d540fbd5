// Whether a product of optimal ate pairings on BN254 is one.
//
// Vercauteren 2010 ("Optimal pairings"): the Miller loop runs over 6x + 2 and ends with two lines through Frobenius
// images. Affine points on the twist: the inversions of one step are shared by all pairs, and a line needs nothing but
// its slope. The hard part of the final power is that of Fuentes-Castañeda, Knapp and Rodríguez-Henríquez 2011
// ("Faster hashing to G2"), which raises to a multiple of the exponent that is prime to r, so "is one" stays the same.
#pragma once
#include "../curve/projective.h"
#include "fq12.h"

namespace KERNEL_NAMESPACE {

template <class S>
struct PairingInput {
  // Affine, not infinity, in their groups.
  typename S::Tight px, py;
  Fq2<S> qx, qy;
};

template <class S>
class PairingProduct {
 public:
  static constexpr int pairsMax = 68;

  static bool isOneFor(const PairingInput<S>* pairs, int count) {
    return count <= pairsMax && isOne(finalPower(millerLoop(pairs, count)));
  }

 private:
  using F2 = Fq2<S>;
  using F12 = Fq12<S>;

  struct Twisted {
    F2 x, y;
  };

  // 6x + 2 = 2^64 + the words' rest: 65 bits.
  static F12 millerLoop(const PairingInput<S>* pairs, int count) {
    const u128 loop = (u128)curveParameter * 6 + 2;
    Twisted points[pairsMax], bases[pairsMax];
    for (int i = 0; i < count; i++) points[i] = bases[i] = {pairs[i].qx, pairs[i].qy};
    F12 f = F12::one();
    for (int bit = 63; bit >= 0; bit--) {
      f = square(f);
      doubleAll(f, points, pairs, count);
      if ((loop >> bit) & 1) addAll(f, points, bases, pairs, count);
    }
    for (int i = 0; i < count; i++) bases[i] = frobeniusImage(bases[i]);
    addAll(f, points, bases, pairs, count);
    for (int i = 0; i < count; i++) {
      bases[i] = frobeniusImage(bases[i]);
      bases[i].y = bases[i].y - bases[i].y - bases[i].y;
    }
    addAll(f, points, bases, pairs, count);
    return f;
  }

  static Twisted frobeniusImage(const Twisted& p) {
    return {conjugate(p.x) * frobeniusFactor<S>(2), conjugate(p.y) * frobeniusFactor<S>(3)};
  }

  // Tangents: slope 3x²/2y.
  static void doubleAll(F12& f, Twisted* points, const PairingInput<S>* pairs, int count) {
    F2 inverse[pairsMax];
    for (int i = 0; i < count; i++) inverse[i] = points[i].y + points[i].y;
    invertAll(inverse, count);
    for (int i = 0; i < count; i++) {
      const F2 xx = square(points[i].x);
      step(f, points[i], points[i].x, (xx + xx + xx) * inverse[i], pairs[i]);
    }
  }

  // Chords: slope (y2 - y1)/(x2 - x1). A point of order r never meets a base or its opposite within the loop.
  static void addAll(F12& f, Twisted* points, const Twisted* bases, const PairingInput<S>* pairs, int count) {
    F2 inverse[pairsMax];
    for (int i = 0; i < count; i++) inverse[i] = bases[i].x - points[i].x;
    invertAll(inverse, count);
    for (int i = 0; i < count; i++) {
      step(f, points[i], bases[i].x, (bases[i].y - points[i].y) * inverse[i], pairs[i]);
    }
  }

  // Multiplies by the line through the point T with a slope, y - slope·x·w + (slope·x_T - y_T)·w³ at P = (x, y), and
  // moves T on to the third point of the line, mirrored.
  static void step(F12& f, Twisted& t, const F2& otherX, const F2& slope, const PairingInput<S>& pair) {
    const F2 minusSlope = slope - slope - slope;
    const F2 atW = {minusSlope.c0 * pair.px, minusSlope.c1 * pair.px};
    multiplyByLine(f, pair.py, atW, slope * t.x - t.y);
    const F2 x3 = square(slope) - (t.x + otherX);
    t.y = (t.x - x3) * slope - t.y;
    t.x = x3;
  }

  // f·(y + (a + b·v)·w) with y in Fq: 8 products in Fq2 and a few in Fq instead of 18.
  static void multiplyByLine(F12& f, const typename S::Tight& y, const F2& a, const F2& b) {
    const Fq6<S> t0 = {scale(f.c0.c0, y), scale(f.c0.c1, y), scale(f.c0.c2, y)};
    const Fq6<S> t1 = timesSparse(f.c1, a, b);
    const F2 sum = {a.c0 + y, a.c1};
    const Fq6<S> mixed = timesSparse(f.c0 + f.c1, sum, b);
    f.c1 = mixed - t0 - t1;
    f.c0 = t0 + timesV(t1);
  }

  static F2 scale(const F2& a, const typename S::Tight& by) { return {a.c0 * by, a.c1 * by}; }

  // (c0 + c1·v + c2·v²)·(a + b·v).
  static Fq6<S> timesSparse(const Fq6<S>& c, const F2& a, const F2& b) {
    const F2 t0 = c.c0 * a, t1 = c.c1 * b;
    return {t0 + timesNonResidue(c.c2 * b), (c.c0 + c.c1) * (a + b) - t0 - t1, c.c2 * a + t1};
  }

  // One inversion for all; none of them is zero.
  static void invertAll(F2* values, int count) {
    F2 prefix[pairsMax];
    F2 product = {S::one(), S::zero()};
    for (int i = 0; i < count; i++) {
      prefix[i] = product;
      product = product * values[i];
    }
    F2 rest = invert(product);
    for (int i = count - 1; i >= 0; i--) {
      const F2 inverse = rest * prefix[i];
      rest = rest * values[i];
      values[i] = inverse;
    }
  }

  static F12 finalPower(const F12& f) {
    // The easy part, (q^6 - 1)(q² + 1); conjugates are inverses from here on.
    const F12 unit = conjugate(f) * invert(f);
    const F12 g = frobeniusMap(frobeniusMap(unit)) * unit;
    const F12 a = minusX(g), b = square(a), d = square(b) * b, e = minusX(d), gx = minusX(square(e));
    const F12 k = conjugate(gx) * e * conjugate(d), l = k * b, n = k * e * g;
    const F12 u = frobeniusMap(frobeniusMap(frobeniusMap(conjugate(g) * l)));
    return u * frobeniusMap(frobeniusMap(k)) * frobeniusMap(l) * n;
  }

  // The power -x.
  static F12 minusX(const F12& g) {
    F12 result = g;
    for (int bit = 61; bit >= 0; bit--) {
      result = square(result);
      if ((curveParameter >> bit) & 1) result = result * g;
    }
    return conjugate(result);
  }
};

}  // namespace KERNEL_NAMESPACE
