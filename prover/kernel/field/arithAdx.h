// Arithmetic on four 64-bit limbs with mulx, adcx and adox: the same values as arithGeneric.h in fewer instructions.
//
// mulx leaves the flags alone and the two additions with carry use one flag each, so the low and the high halves of a
// row's products are added by two independent carry chains (Intel 2012, "Large integer squaring and multiplication with
// mulx, adcx and adox").
#pragma once
#include "arithGeneric.h"

namespace KERNEL_NAMESPACE {

struct ArithAdx {
  // Five registers t0 … t4 hold the running sum. A row adds a·b[i], low halves by one chain and high halves by the other;
  // then m·p clears t0, and the registers shift down by one limb as they are written.
  template <class P>
  static KERNEL_INLINE void multiply(u64* out, const u64* a, const u64* b) {
    u64 t0, t1, t2, t3, t4, low, high;
    const u64* const p = P::modulus64;
    const u64 inverse = P::negInverse64;
    const u64 a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];

// The first row starts the sum, so plain additions do.
#define KERNEL_FIRST_ROW                                                                                          \
  "movq %[b0], %%rdx\n\t"                                                                                         \
  "mulxq %[a0], %[t0], %[t1]\n\t"                                                                                 \
  "mulxq %[a1], %[low], %[t2]\n\t"                                                                                \
  "addq %[low], %[t1]\n\t"                                                                                        \
  "mulxq %[a2], %[low], %[t3]\n\t"                                                                                \
  "adcq %[low], %[t2]\n\t"                                                                                        \
  "mulxq %[a3], %[low], %[t4]\n\t"                                                                                \
  "adcq %[low], %[t3]\n\t"                                                                                        \
  "adcq $0, %[t4]\n\t"
// xor clears both flags; t4 begins at zero and cannot carry out.
#define KERNEL_ROW(bi)                                                                                            \
  "movq " bi ", %%rdx\n\t"                                                                                        \
  "xorl %k[t4], %k[t4]\n\t"                                                                                       \
  "mulxq %[a0], %[low], %[high]\n\t"                                                                              \
  "adcxq %[low], %[t0]\n\t"                                                                                       \
  "adoxq %[high], %[t1]\n\t"                                                                                      \
  "mulxq %[a1], %[low], %[high]\n\t"                                                                              \
  "adcxq %[low], %[t1]\n\t"                                                                                       \
  "adoxq %[high], %[t2]\n\t"                                                                                      \
  "mulxq %[a2], %[low], %[high]\n\t"                                                                              \
  "adcxq %[low], %[t2]\n\t"                                                                                       \
  "adoxq %[high], %[t3]\n\t"                                                                                      \
  "mulxq %[a3], %[low], %[high]\n\t"                                                                              \
  "adcxq %[low], %[t3]\n\t"                                                                                       \
  "adoxq %[high], %[t4]\n\t"                                                                                      \
  "adcq $0, %[t4]\n\t"
#define KERNEL_REDUCE                                                                                             \
  "movq %[inverse], %%rdx\n\t"                                                                                    \
  "imulq %[t0], %%rdx\n\t"                                                                                        \
  "xorl %k[low], %k[low]\n\t"                                                                                     \
  "mulxq 0(%[p]), %[low], %[high]\n\t"                                                                            \
  "adcxq %[t0], %[low]\n\t"                                                                                       \
  "movq %[high], %[t0]\n\t"                                                                                       \
  "adcxq %[t1], %[t0]\n\t"                                                                                        \
  "mulxq 8(%[p]), %[low], %[t1]\n\t"                                                                              \
  "adoxq %[low], %[t0]\n\t"                                                                                       \
  "adcxq %[t2], %[t1]\n\t"                                                                                        \
  "mulxq 16(%[p]), %[low], %[t2]\n\t"                                                                             \
  "adoxq %[low], %[t1]\n\t"                                                                                       \
  "adcxq %[t3], %[t2]\n\t"                                                                                        \
  "mulxq 24(%[p]), %[low], %[t3]\n\t"                                                                             \
  "adoxq %[low], %[t2]\n\t"                                                                                       \
  "movl $0, %k[low]\n\t"                                                                                          \
  "adcxq %[low], %[t3]\n\t"                                                                                       \
  "adoxq %[t4], %[t3]\n\t"

    __asm__(KERNEL_FIRST_ROW KERNEL_REDUCE KERNEL_ROW("%[b1]") KERNEL_REDUCE KERNEL_ROW("%[b2]") KERNEL_REDUCE
                KERNEL_ROW("%[b3]") KERNEL_REDUCE
            : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [low] "=&r"(low),
              [high] "=&r"(high)
            : [a0] "rm"(a0), [a1] "rm"(a1), [a2] "rm"(a2), [a3] "rm"(a3), [b0] "m"(b[0]), [b1] "m"(b[1]),
              [b2] "m"(b[2]), [b3] "m"(b[3]), [p] "r"(p), [inverse] "m"(inverse)
            : "rdx", "cc");
#undef KERNEL_FIRST_ROW
#undef KERNEL_ROW
#undef KERNEL_REDUCE
    out[0] = t0, out[1] = t1, out[2] = t2, out[3] = t3;
  }

  // out = a - bound where that is not negative, else a: one borrow chain and four conditional moves.
  static KERNEL_INLINE void subtractOnce(u64* out, const u64* a, const u64* bound) {
    u64 d0 = a[0], d1 = a[1], d2 = a[2], d3 = a[3];
    __asm__(
        "subq %[m0], %[d0]\n\t"
        "sbbq %[m1], %[d1]\n\t"
        "sbbq %[m2], %[d2]\n\t"
        "sbbq %[m3], %[d3]\n\t"
        "cmovcq %[a0], %[d0]\n\t"
        "cmovcq %[a1], %[d1]\n\t"
        "cmovcq %[a2], %[d2]\n\t"
        "cmovcq %[a3], %[d3]\n\t"
        : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3)
        : [a0] "rm"(a[0]), [a1] "rm"(a[1]), [a2] "rm"(a[2]), [a3] "rm"(a[3]), [m0] "rm"(bound[0]),
          [m1] "rm"(bound[1]), [m2] "rm"(bound[2]), [m3] "rm"(bound[3])
        : "cc");
    out[0] = d0, out[1] = d1, out[2] = d2, out[3] = d3;
  }

  static KERNEL_INLINE void add(u64* out, const u64* a, const u64* b, const u64* twiceModulus) {
    u64 sum[4] = {a[0], a[1], a[2], a[3]};
    __asm__(
        "addq %[b0], %[s0]\n\t"
        "adcq %[b1], %[s1]\n\t"
        "adcq %[b2], %[s2]\n\t"
        "adcq %[b3], %[s3]\n\t"
        : [s0] "+&r"(sum[0]), [s1] "+&r"(sum[1]), [s2] "+&r"(sum[2]), [s3] "+&r"(sum[3])
        : [b0] "rm"(b[0]), [b1] "rm"(b[1]), [b2] "rm"(b[2]), [b3] "rm"(b[3])
        : "cc");
    subtractOnce(out, sum, twiceModulus);
  }

  // The borrow selects what to add back: 2p or nothing.
  static KERNEL_INLINE void subtract(u64* out, const u64* a, const u64* b, const u64* twiceModulus) {
    u64 d0 = a[0], d1 = a[1], d2 = a[2], d3 = a[3], mask;
    __asm__(
        "subq %[b0], %[d0]\n\t"
        "sbbq %[b1], %[d1]\n\t"
        "sbbq %[b2], %[d2]\n\t"
        "sbbq %[b3], %[d3]\n\t"
        "sbbq %[mask], %[mask]\n\t"
        : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3), [mask] "=&r"(mask)
        : [b0] "rm"(b[0]), [b1] "rm"(b[1]), [b2] "rm"(b[2]), [b3] "rm"(b[3])
        : "cc");
    const u64 m0 = twiceModulus[0] & mask, m1 = twiceModulus[1] & mask, m2 = twiceModulus[2] & mask,
              m3 = twiceModulus[3] & mask;
    __asm__(
        "addq %[m0], %[d0]\n\t"
        "adcq %[m1], %[d1]\n\t"
        "adcq %[m2], %[d2]\n\t"
        "adcq %[m3], %[d3]\n\t"
        : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3)
        : [m0] "r"(m0), [m1] "r"(m1), [m2] "r"(m2), [m3] "r"(m3)
        : "cc");
    out[0] = d0, out[1] = d1, out[2] = d2, out[3] = d3;
  }
};

}  // namespace KERNEL_NAMESPACE
