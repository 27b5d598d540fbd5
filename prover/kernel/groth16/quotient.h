// The scalars of the H query: with a = A·w, b = B·w on the domain, the values of a·b - c on the shifted coset, where c
// interpolates a∘b on the domain itself. Six transforms.
#pragma once
#include "key.h"

namespace KERNEL_NAMESPACE {

template <class F>
struct QuotientMemory {
  typename F::Tight *a, *b, *c, *other;

  bool prepare(Arena& arena, size_t size) {
    const size_t vectors = size / F::lanes;
    // Of all stages this one takes the most.
    arena.expect(4 * vectors * sizeof(typename F::Tight));
    a = arena.take<typename F::Tight>(vectors);
    b = arena.take<typename F::Tight>(vectors);
    c = arena.take<typename F::Tight>(vectors);
    other = arena.take<typename F::Tight>(vectors);
    return a && b && c && other;
  }
};

// Row products, divided by the domain's size, which the inverse transforms would otherwise have to do.
template <class F, class S>
inline void multiplyRows(typename F::Tight* out, const Matrix<S>& matrix, const u64* witness, u32 size) {
  // Lanes with a larger radix get their form by the same product.
  const u64 sizeWords[4] = {size, 0, 0, 0}, ratioWords[4] = {F::radixRatio, 0, 0, 0};
  const auto factor = invert(S::fromInteger(sizeWords)) * S::fromInteger(ratioWords);
  const auto scale = F::broadcast(F::constant(factor));
  for (u32 i = 0; i < size; i += F::lanes) {
    typename S::Tight rows[F::lanes];
    for (u32 l = 0; l < (u32)F::lanes; l++) rows[l] = matrix.row(i + l, witness);
    out[i / F::lanes] = F::load(rows[0].limb) * scale;
  }
}

// Writes one canonical scalar per element of the domain, four words each.
template <class F, class S>
inline void quotient(u64* out, const QuotientMemory<F>& memory, const Twiddles<F>& toCoefficients,
                     const Twiddles<F>& toCoset, const Matrix<S>& matrixA, const Matrix<S>& matrixB, const u64* witness,
                     u32 size) {
  multiplyRows<F>(memory.a, matrixA, witness, size);
  multiplyRows<F>(memory.b, matrixB, witness, size);
  const u64 sizeWords[4] = {size, 0, 0, 0};
  const auto scale = F::broadcast(F::constant(S::fromInteger(sizeWords)));
  const u32 vectors = size / F::lanes;
  for (u32 i = 0; i < vectors; i++) memory.c[i] = memory.a[i] * memory.b[i] * scale;
  typename F::Tight* const polynomials[3] = {memory.a, memory.b, memory.c};
  for (auto* values : polynomials) {
    Ntt<F>::inverse(toCoefficients, values, memory.other);
    Ntt<F>::forward(toCoset, memory.other, values);
  }
  for (u32 i = 0; i < vectors; i++) {
    F::toIntegers(out + (size_t)i * F::lanes * 4, tight(memory.a[i] * memory.b[i] - memory.c[i]));
  }
}

}  // namespace KERNEL_NAMESPACE
