#include "core/activation/code_kernels.h"

#include <algorithm>

// Vectors are members here, which those of unknown length cannot be.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
// Highway compiles this file once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/activation/code_kernels.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace deepvision {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

// Four vectors of codes, as floats, become one vector of bytes.
constexpr size_t kVectors = 4;

struct Formula {
  explicit Formula(const CodeFormula& formula)
      : minimum(hn::Set(Floats(), formula.minimum)),
        denominator(hn::Set(Floats(), formula.denominator)),
        factor_below(hn::Set(Floats(), 255.0f / formula.denominator * (1 - 0x1p-21f))),
        factor_above(hn::Set(Floats(), 255.0f / formula.denominator * (1 + 0x1p-21f))) {}

  FloatVector minimum;
  FloatVector denominator;
  FloatVector factor_below;  // 255 / denominator, less and more than all that
  FloatVector factor_above;  // rounding can take away or add
};

// The code of each value, step by step.
HWY_INLINE FloatVector ExactCodes(FloatVector v, const Formula& formula) {
  const Floats d;
  const auto scaled = hn::Mul(hn::Set(d, 255.0f), hn::Sub(v, formula.minimum));
  const auto code = hn::Div(scaled, formula.denominator);
  const auto number = hn::IfThenElseZero(hn::Eq(code, code), code);
  return hn::Trunc(hn::Min(hn::Max(number, hn::Zero(d)), hn::Set(d, 255.0f)));
}

// The code of each value in range without a division: trunc of slightly too
// much. `doubt` becomes positive when slightly too little gives another code;
// only beside a border of codes can it.
HWY_INLINE FloatVector FastCodes(FloatVector v, const Formula& formula, FloatVector& doubt) {
  const auto difference = hn::Sub(v, formula.minimum);
  const auto code = hn::Trunc(hn::Mul(difference, formula.factor_above));
  doubt = hn::Max(doubt, hn::NegMulAdd(difference, formula.factor_below, code));
  return code;
}

// Whole numbers 0..255 as 32-bit integers: the low bits of the float that is
// 2^23 larger.
HWY_INLINE auto Integers(FloatVector code) {
  const Floats d;
  const hn::RebindToSigned<Floats> integers;
  return hn::And(hn::BitCast(integers, hn::Add(code, hn::Set(d, 0x1p23f))), hn::Set(integers, 255));
}

#if HWY_TARGET == HWY_SCALAR

// Stores vector after vector.
struct Packer {
  HWY_INLINE void Store(FloatVector a, FloatVector b, FloatVector e, FloatVector f,
                        uint8_t* codes) const {
    const hn::Rebind<uint8_t, Floats> bytes;
    for (const FloatVector& v : {a, b, e, f}) {
      hn::StoreU(hn::DemoteTo(bytes, Integers(v)), bytes, codes);
      codes += hn::Lanes(Floats());
    }
  }
};

#else

using Words = hn::Repartition<uint32_t, Floats>;

// Packs in blocks of 128 bits, which leaves groups of four codes out of order,
// and puts the groups in order at the end.
class Packer {
 public:
  Packer() : order_(MakeOrder()) {}

  HWY_INLINE void Store(FloatVector a, FloatVector b, FloatVector e, FloatVector f,
                        uint8_t* codes) const {
    const hn::Repartition<int16_t, Floats> shorts;
    const hn::Repartition<uint8_t, Floats> bytes;
    const auto low = hn::ReorderDemote2To(shorts, Integers(a), Integers(b));
    const auto high = hn::ReorderDemote2To(shorts, Integers(e), Integers(f));
    const auto packed = hn::BitCast(Words(), PackBytes(low, high));
    hn::StoreU(hn::BitCast(bytes, hn::TableLookupLanes(packed, order_)), bytes, codes);
  }

 private:
  using Shorts = hn::Vec<hn::Repartition<int16_t, Floats> >;
  using Bytes = hn::Vec<hn::Repartition<uint8_t, Floats> >;

  static constexpr size_t kBlocks = hn::MaxLanes(Floats()) / 4;

#if HWY_TARGET == HWY_AVX2
  // One instruction where the portable way takes four.
  static HWY_INLINE Bytes PackBytes(Shorts low, Shorts high) {
    return Bytes{_mm256_packus_epi16(low.raw, high.raw)};
  }
  static size_t GroupAt(size_t vector, size_t block) { return block * kVectors + vector; }
#else
  static HWY_INLINE Bytes PackBytes(Shorts low, Shorts high) {
    const hn::Repartition<uint8_t, Floats> bytes;
    return hn::ConcatEven(bytes, hn::BitCast(bytes, high), hn::BitCast(bytes, low));
  }
  static size_t GroupAt(size_t vector, size_t block) {
    return vector / 2 * 2 * kBlocks + block * 2 + vector % 2;
  }
#endif

  // For each place in order, the place of its four codes after packing.
  using Order = decltype(hn::SetTableIndices(Words(), static_cast<const int32_t*>(nullptr)));
  static Order MakeOrder() {
    HWY_ALIGN int32_t order[kVectors * kBlocks];
    for (size_t vector = 0; vector < kVectors; ++vector) {
      for (size_t block = 0; block < kBlocks; ++block) {
        order[vector * kBlocks + block] = static_cast<int32_t>(GroupAt(vector, block));
      }
    }
    return hn::SetTableIndices(Words(), order);
  }

  Order order_;
};

#endif

// kVectors vectors of values.
template <bool kInRange>
HWY_INLINE void QuantizeGroup(const float* values, const Formula& formula, const Packer& packer,
                              uint8_t* codes) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  const auto a = hn::LoadU(d, values);
  const auto b = hn::LoadU(d, values + lanes);
  const auto e = hn::LoadU(d, values + 2 * lanes);
  const auto f = hn::LoadU(d, values + 3 * lanes);
  if constexpr (kInRange) {
    auto doubt = hn::Zero(d);
    const auto code_a = FastCodes(a, formula, doubt), code_b = FastCodes(b, formula, doubt);
    const auto code_e = FastCodes(e, formula, doubt), code_f = FastCodes(f, formula, doubt);
    if (HWY_LIKELY(hn::AllFalse(d, hn::Gt(doubt, hn::Zero(d))))) {
      packer.Store(code_a, code_b, code_e, code_f, codes);
      return;
    }
  }
  packer.Store(ExactCodes(a, formula), ExactCodes(b, formula), ExactCodes(e, formula),
               ExactCodes(f, formula), codes);
}

template <bool kInRange>
void QuantizeGroups(const float* values, size_t count, const CodeFormula& code_formula,
                    uint8_t* codes) {
  const Formula formula(code_formula);
  const Packer packer;
  const size_t group = kVectors * hn::Lanes(Floats());
  size_t done = 0;
  for (; done + group <= count; done += group) {
    QuantizeGroup<kInRange>(values + done, formula, packer, codes + done);
  }
  if (done == count) return;
  // The rest, filled up.
  float padded[kVectors * hn::MaxLanes(Floats())];
  uint8_t padded_codes[kVectors * hn::MaxLanes(Floats())];
  std::fill(padded, padded + group, code_formula.minimum);
  std::copy(values + done, values + count, padded);
  QuantizeGroup<kInRange>(padded, formula, packer, padded_codes);
  std::copy(padded_codes, padded_codes + (count - done), codes + done);
}

void QuantizeValues(const float* values, size_t count, const CodeFormula& formula, uint8_t* codes) {
  if (formula.in_range) {
    QuantizeGroups<true>(values, count, formula, codes);
  } else {
    QuantizeGroups<false>(values, count, formula, codes);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace deepvision
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace deepvision {

HWY_EXPORT(QuantizeValues);

void QuantizeValues(const float* values, size_t count, const CodeFormula& formula, uint8_t* codes) {
  HWY_DYNAMIC_DISPATCH(QuantizeValues)(values, count, formula, codes);
}

}  // namespace deepvision
#endif  // HWY_ONCE
