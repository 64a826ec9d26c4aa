#include "core/activation/code_kernels.h"

#include <algorithm>
#include <cmath>

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

// In units of the last place of a float in [1, 2).
constexpr float kUnit = 0x1p-23f;
// More than FixedPoint and the formula's own rounding are apart: 4.5 units.
constexpr int kMargin = 8;

struct Formula {
  explicit Formula(const CodeFormula& formula)
      : minimum(hn::Set(Floats(), formula.minimum)),
        denominator(hn::Set(Floats(), formula.denominator)) {
    const float scale = 255.0f / formula.denominator / 256;
    factor = hn::Set(Floats(), scale);
    offset = hn::Set(Floats(),
                     static_cast<float>(1.0 + kMargin * kUnit - double{formula.minimum} * scale));
  }

  FloatVector minimum;
  FloatVector denominator;
  FloatVector factor;  // of FixedPoint
  FloatVector offset;
};

// The code of each value, step by step.
HWY_INLINE FloatVector ExactCodes(FloatVector v, const Formula& formula) {
  const Floats d;
  const auto scaled = hn::Mul(hn::Set(d, 255.0f), hn::Sub(v, formula.minimum));
  const auto code = hn::Div(scaled, formula.denominator);
  const auto number = hn::IfThenElseZero(hn::Eq(code, code), code);
  return hn::Trunc(hn::Min(hn::Max(number, hn::Zero(d)), hn::Set(d, 255.0f)));
}

using Bits = hn::RebindToUnsigned<Floats>;
using BitVector = hn::Vec<Bits>;

// The bits of 1 + (code + its fraction + a margin) / 256: above 15 bits of the
// fraction stand the 8 of the code. For values in range whose |minimum| is at most
// twice the denominator. Values at the minimum, often half of all, get a fraction
// outside of what IsDoubtful looks for.
HWY_INLINE BitVector FixedPoint(FloatVector v, const Formula& formula) {
  const auto smallest = hn::Set(Floats(), 1 + 2 * kMargin * kUnit);
  return hn::BitCast(Bits(), hn::Max(hn::MulAdd(v, formula.factor, formula.offset), smallest));
}

HWY_INLINE BitVector FractionOnTop(BitVector bits) { return hn::ShiftLeft<17>(bits); }

// Whether rounding may have moved one of the values over the border of its code.
// The vector holds the smallest fractions.
HWY_INLINE bool IsDoubtful(BitVector fractions) {
  const auto window = hn::Set(Bits(), (uint32_t{2 * kMargin} << 17) - 1);
  return !hn::AllFalse(Bits(), hn::Eq(hn::Min(fractions, window), fractions));
}

// Whole numbers 0..255 in the low byte.
using Integers = hn::RebindToSigned<Floats>;
using IntegerVector = hn::Vec<Integers>;

// The code, and 127 above it.
HWY_INLINE IntegerVector CodeOf(BitVector bits) {
  return hn::BitCast(Integers(), hn::ShiftRight<15>(bits));
}

// The low bits of the float that is 2^23 larger.
HWY_INLINE IntegerVector CodeOf(FloatVector whole) {
  const auto bits = hn::BitCast(Integers(), hn::Add(whole, hn::Set(Floats(), 0x1p23f)));
  return hn::And(bits, hn::Set(Integers(), 255));
}

#if HWY_TARGET == HWY_SCALAR

// Stores vector after vector.
struct Packer {
  HWY_INLINE void Store(IntegerVector a, IntegerVector b, IntegerVector e, IntegerVector f,
                        uint8_t* codes) const {
    const hn::Rebind<uint8_t, Floats> bytes;
    for (const IntegerVector& v : {a, b, e, f}) {
      hn::StoreU(hn::DemoteTo(bytes, hn::And(v, hn::Set(Integers(), 255))), bytes, codes);
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

  // The low bytes of integers below 2^15.
  HWY_INLINE void Store(IntegerVector a, IntegerVector b, IntegerVector e, IntegerVector f,
                        uint8_t* codes) const {
    const hn::Repartition<int16_t, Floats> shorts;
    const hn::Repartition<uint8_t, Floats> bytes;
    const auto low = hn::ReorderDemote2To(shorts, a, b);
    const auto high = hn::ReorderDemote2To(shorts, e, f);
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
    const auto byte = hn::Set(hn::Repartition<int16_t, Floats>(), 255);
    return Bytes{_mm256_packus_epi16(hn::And(low, byte).raw, hn::And(high, byte).raw)};
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
    const auto bits_a = FixedPoint(a, formula), bits_b = FixedPoint(b, formula);
    const auto bits_e = FixedPoint(e, formula), bits_f = FixedPoint(f, formula);
    const auto low = hn::Min(FractionOnTop(bits_a), FractionOnTop(bits_b));
    const auto high = hn::Min(FractionOnTop(bits_e), FractionOnTop(bits_f));
    if (HWY_LIKELY(!IsDoubtful(hn::Min(low, high)))) {
      packer.Store(CodeOf(bits_a), CodeOf(bits_b), CodeOf(bits_e), CodeOf(bits_f), codes);
      return;
    }
  }
  packer.Store(CodeOf(ExactCodes(a, formula)), CodeOf(ExactCodes(b, formula)),
               CodeOf(ExactCodes(e, formula)), CodeOf(ExactCodes(f, formula)), codes);
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
  if (formula.in_range && std::abs(formula.minimum) <= 2 * formula.denominator) {
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
