// The backend for 64-bit x86 with BMI2 and ADX (Intel since 2014, AMD since 2017): one lane, multiplication in assembly.
#define KERNEL_NAMESPACE kernel_adx
#include "../field/arithAdx.h"
#include "exports.h"

namespace kernel_adx {
struct Adx {
  using Fq = Field64<BaseField, ArithAdx>;
  using Fr = Field64<ScalarField, ArithAdx>;
};
}  // namespace kernel_adx

namespace kernel {
extern const Backend adxBackend;
const Backend adxBackend = KERNEL_EXPORTS(kernel_adx::Adx, "adx");
}  // namespace kernel
