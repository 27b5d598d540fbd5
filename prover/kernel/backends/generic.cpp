// The portable backend: one lane of 64-bit limbs, no instruction set beyond the compiler's default.
#define KERNEL_NAMESPACE kernel_generic
#include "../field/arithGeneric.h"
#include "exports.h"

namespace kernel_generic {
struct Generic {
  using Fq = Field64<BaseField, ArithGeneric>;
  using Fr = Field64<ScalarField, ArithGeneric>;
};
}  // namespace kernel_generic

namespace kernel {
extern const Backend genericBackend;
const Backend genericBackend = KERNEL_EXPORTS(kernel_generic::Generic, "generic");
}  // namespace kernel
