// Which backends this processor and its operating system can run, asked at run time: one build runs everywhere.
#pragma once
#include "../kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace kernel {

#if defined(__x86_64__)

// The state that the operating system saves on a context switch; vector registers are of use only if it does.
inline uint64_t enabledState() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

struct CpuFeatures {
  bool adx = false, ifma = false;

  CpuFeatures() {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return;
    const bool canAskState = c >> 27 & 1;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    const bool bmi2 = b >> 8 & 1;
    adx = bmi2 && (b >> 19 & 1);
    // AVX-512 F, DQ, IFMA, BW, VL and VBMI2; registers: SSE, AVX, opmask and both parts of ZMM.
    const unsigned wanted = 1u << 16 | 1u << 17 | 1u << 21 | 1u << 30 | 1u << 31;
    const bool has = (b & wanted) == wanted && (c >> 6 & 1);
    ifma = adx && has && canAskState && (enabledState() & 0xe6) == 0xe6;
  }
};

#else

struct CpuFeatures {
  bool adx = false, ifma = false;
};

#endif

}  // namespace kernel
