// The backend for processors with AVX-512 IFMA: eight lanes of 52-bit limbs. Compiled with its own flags and called only
// where the processor and the operating system support them.
#define KERNEL_NAMESPACE kernel_ifma
#include "../field/arithAdx.h"
#include "../field/memory52.h"
#include "exports.h"

namespace kernel_ifma {
struct Ifma {
  using Fq = Field52<BaseField, ArithAdx>;
  using Fr = Field52<ScalarField, ArithAdx>;
};
}  // namespace kernel_ifma

namespace kernel {
extern const Backend ifmaBackend;
const Backend ifmaBackend = KERNEL_EXPORTS(kernel_ifma::Ifma, "ifma");
}  // namespace kernel
