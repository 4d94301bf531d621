// SPDX-License-Identifier: Apache-2.0
// The vector words of the builder that emits LLVM IR (jit/lower/llvm_builder.h inherits them); what
// each means is said at ops::EvalVectorWords. A shape is the LLVM vector type with its lanes.
#pragma once

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <cstdint>
#include <numeric>
#include <type_traits>
#include <vector>

#include "core/ops/vector.h"

namespace doppel::jit {

/// A value of one of the builder's types.
template <class Type>
struct Emitted {
  llvm::Value* value = nullptr;
};

template <class T>
struct IsShape : std::false_type {};
template <ops::LaneShape V>
struct IsShape<Emitted<V>> : std::true_type {};
/// A builder's type that is a shape.
template <class T>
concept Shape = IsShape<T>::value;

namespace detail {
template <class T>
struct HostOf;
template <class H>
struct HostOf<Emitted<H>> {
  using Type = H;
};
}  // namespace detail

/// See the file comment.
class LlvmVectorWords {
 public:
  using I32 = Emitted<std::uint32_t>;
  using I64 = Emitted<std::uint64_t>;
  using F32 = Emitted<float>;
  using F64 = Emitted<double>;
  using Bool = Emitted<bool>;
  using I8x16 = Emitted<ops::I8x16>;
  using I16x8 = Emitted<ops::I16x8>;
  using I32x4 = Emitted<ops::I32x4>;
  using I64x2 = Emitted<ops::I64x2>;
  using F32x4 = Emitted<ops::F32x4>;
  using F64x2 = Emitted<ops::F64x2>;

  explicit LlvmVectorWords(llvm::IRBuilder<>& ir) : ir_(ir) {}

  /// The LLVM type of a builder's type.
  template <class T>
  [[nodiscard]] llvm::Type* type() {
    if constexpr (Shape<T>) {
      return llvm::FixedVectorType::get(lane_type<T>(), kLanes<T>);
    } else if constexpr (std::is_same_v<T, F32>) {
      return ir_.getFloatTy();
    } else if constexpr (std::is_same_v<T, F64>) {
      return ir_.getDoubleTy();
    } else if constexpr (std::is_same_v<T, Bool>) {
      return ir_.getInt1Ty();
    } else {
      return ir_.getIntNTy(std::is_same_v<T, I32> ? 32 : 64);
    }
  }

  template <Shape To, Shape V>
  To reshape(V x) {
    return {ir_.CreateBitCast(x.value, type<To>())};
  }

  // Lanes from and to scalars.
  template <Shape V, class T>
  V splat(T x) {
    return {ir_.CreateVectorSplat(kLanes<V>, to_lane<V>(x.value))};
  }
  template <Shape V>
  auto extract(V x, unsigned lane) {
    llvm::Value* value = ir_.CreateExtractElement(x.value, lane);
    if constexpr (std::is_same_v<V, F32x4>) {
      return F32{value};
    } else if constexpr (std::is_same_v<V, F64x2>) {
      return F64{value};
    } else if constexpr (std::is_same_v<V, I64x2>) {
      return I64{value};
    } else {
      return I32{ir_.CreateZExt(value, ir_.getInt32Ty())};
    }
  }
  template <Shape V, class T>
  V replace(V x, unsigned lane, T value) {
    return {ir_.CreateInsertElement(x.value, to_lane<V>(value.value), lane)};
  }

  // Bits.
  template <Shape V>
  V bnot(V x) {
    return {ir_.CreateNot(x.value)};
  }
  template <Shape V>
  V bitselect(V x, V y, V mask) {
    llvm::Value* different = ir_.CreateAnd(ir_.CreateXor(x.value, y.value), mask.value);
    return {ir_.CreateXor(y.value, different)};
  }
  Bool any_true(I64x2 x) {
    return {ir_.CreateIsNotNull(ir_.CreateBitCast(x.value, ir_.getInt128Ty()))};
  }
  template <Shape V>
  Bool all_true(V x) {
    return {ir_.CreateAndReduce(ir_.CreateIsNotNull(x.value))};
  }
  template <Shape V>
  I32 bitmask(V x) {
    llvm::Value* bits = ir_.CreateBitCast(ir_.CreateIsNeg(x.value), ir_.getIntNTy(kLanes<V>));
    return {ir_.CreateZExt(bits, ir_.getInt32Ty())};
  }

  // Integers.
  template <Shape V>
  V neg(V x) {
    return {ir_.CreateNeg(x.value)};
  }
  template <Shape V>
  V abs(V x) {
    return {ir_.CreateBinaryIntrinsic(llvm::Intrinsic::abs, x.value, ir_.getFalse())};
  }
  template <Shape V>
  V shl(V x, I32 n) {
    return {ir_.CreateShl(x.value, count<V>(n))};
  }
  template <Shape V>
  V shr_u(V x, I32 n) {
    return {ir_.CreateLShr(x.value, count<V>(n))};
  }
  template <Shape V>
  V shr_s(V x, I32 n) {
    return {ir_.CreateAShr(x.value, count<V>(n))};
  }
#define DOPPEL_BINARY_WORD(WORD, INTRINSIC)                                           \
  template <Shape V>                                                                  \
  V WORD(V x, V y) {                                                                  \
    return {ir_.CreateBinaryIntrinsic(llvm::Intrinsic::INTRINSIC, x.value, y.value)}; \
  }
  DOPPEL_BINARY_WORD(min_s, smin)
  DOPPEL_BINARY_WORD(min_u, umin)
  DOPPEL_BINARY_WORD(max_s, smax)
  DOPPEL_BINARY_WORD(max_u, umax)
  DOPPEL_BINARY_WORD(add_sat_s, sadd_sat)
  DOPPEL_BINARY_WORD(add_sat_u, uadd_sat)
  DOPPEL_BINARY_WORD(sub_sat_s, ssub_sat)
  DOPPEL_BINARY_WORD(sub_sat_u, usub_sat)
#undef DOPPEL_BINARY_WORD
  template <Shape V>
  V avgr_u(V x, V y) {
    llvm::Type* wide =
        llvm::VectorType::getExtendedElementVectorType(llvm::cast<llvm::VectorType>(type<V>()));
    llvm::Value* sum = ir_.CreateAdd(ir_.CreateZExt(x.value, wide), ir_.CreateZExt(y.value, wide));
    llvm::Value* rounded = ir_.CreateAdd(sum, llvm::ConstantInt::get(wide, 1));
    return {ir_.CreateTrunc(ir_.CreateLShr(rounded, 1), type<V>())};
  }
  I16x8 q15mulr_sat_s(I16x8 x, I16x8 y) {
    llvm::Type* wide = llvm::FixedVectorType::get(ir_.getInt32Ty(), 8);
    llvm::Value* product =
        ir_.CreateMul(ir_.CreateSExt(x.value, wide), ir_.CreateSExt(y.value, wide));
    llvm::Value* rounded =
        ir_.CreateAShr(ir_.CreateAdd(product, llvm::ConstantInt::get(wide, 0x4000)), 15);
    return {ir_.CreateTrunc(ir_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, rounded,
                                                      llvm::ConstantInt::get(wide, 0x7fff)),
                            type<I16x8>())};
  }

  // Comparisons.
#define DOPPEL_MASK_WORD(WORD, CREATE)                    \
  template <Shape V>                                      \
  auto WORD(V x, V y) {                                   \
    return mask<V>(ir_.Create##CREATE(x.value, y.value)); \
  }
  DOPPEL_MASK_WORD(mask_lt_s, ICmpSLT)
  DOPPEL_MASK_WORD(mask_le_s, ICmpSLE)
  DOPPEL_MASK_WORD(mask_lt_u, ICmpULT)
  DOPPEL_MASK_WORD(mask_le_u, ICmpULE)
  DOPPEL_MASK_WORD(mask_flt, FCmpOLT)
  DOPPEL_MASK_WORD(mask_fle, FCmpOLE)
#undef DOPPEL_MASK_WORD
  template <Shape V>
  auto mask_eq(V x, V y) {
    return mask<V>(kFloats<V> ? ir_.CreateFCmpOEQ(x.value, y.value)
                              : ir_.CreateICmpEQ(x.value, y.value));
  }
  template <Shape V>
  auto mask_ne(V x, V y) {
    return mask<V>(kFloats<V> ? ir_.CreateFCmpUNE(x.value, y.value)
                              : ir_.CreateICmpNE(x.value, y.value));
  }

  // Integers of other widths.
#define DOPPEL_EXTENSION(NAME, STEP, FIRST)                                       \
  template <Shape To, Shape V>                                                    \
  To extend_##NAME##_s(V x) {                                                     \
    return {ir_.CreateSExt(lanes(x.value, kLanes<To>, STEP, FIRST), type<To>())}; \
  }                                                                               \
  template <Shape To, Shape V>                                                    \
  To extend_##NAME##_u(V x) {                                                     \
    return {ir_.CreateZExt(lanes(x.value, kLanes<To>, STEP, FIRST), type<To>())}; \
  }
  DOPPEL_EXTENSION(low, 1, 0)
  DOPPEL_EXTENSION(high, 1, kLanes<To>)
  DOPPEL_EXTENSION(even, 2, 0)
  DOPPEL_EXTENSION(odd, 2, 1)
#undef DOPPEL_EXTENSION
  template <Shape To, Shape V>
  To narrow_s(V x, V y) {
    const std::int64_t most = (std::int64_t{1} << (kBits<To> - 1)) - 1;
    return narrow<To>(x, y, -most - 1, most);
  }
  template <Shape To, Shape V>
  To narrow_u(V x, V y) {
    return narrow<To>(x, y, 0, (std::int64_t{1} << kBits<To>)-1);
  }

  // Bytes by number.
  /// The numbers of a shuffle are constants.
  I8x16 shuffle(I8x16 x, I8x16 y, I8x16 numbers) {
    auto* constant = llvm::cast<llvm::Constant>(numbers.value);
    std::vector<int> mask;
    for (unsigned i = 0; i < 16; ++i) {
      const llvm::Constant* lane = constant->getAggregateElement(i);
      mask.push_back(static_cast<int>(llvm::cast<llvm::ConstantInt>(lane)->getZExtValue()));
    }
    return {ir_.CreateShuffleVector(x.value, y.value, mask)};
  }
  I8x16 swizzle(I8x16 x, I8x16 numbers) {
    llvm::Value* picked = llvm::Constant::getNullValue(type<I8x16>());
    llvm::Value* bytes = x.value;
    for (unsigned i = 0; i < 16; ++i) {
      llvm::Value* number = ir_.CreateExtractElement(numbers.value, i);
      llvm::Value* byte = ir_.CreateExtractElement(bytes, ir_.CreateAnd(number, 15));
      llvm::Value* inside = ir_.CreateICmpULT(number, ir_.getInt8(16));
      picked = ir_.CreateInsertElement(picked, ir_.CreateSelect(inside, byte, ir_.getInt8(0)), i);
    }
    return {picked};
  }

  // Floats.
  template <Shape V>
  V pmin(V x, V y) {
    return {ir_.CreateSelect(ir_.CreateFCmpOLT(y.value, x.value), y.value, x.value)};
  }
  template <Shape V>
  V pmax(V x, V y) {
    return {ir_.CreateSelect(ir_.CreateFCmpOLT(x.value, y.value), y.value, x.value)};
  }
  F32x4 convert_s(I32x4 x) { return {ir_.CreateSIToFP(x.value, type<F32x4>())}; }
  F32x4 convert_u(I32x4 x) { return {ir_.CreateUIToFP(x.value, type<F32x4>())}; }
  F64x2 convert_low_s(I32x4 x) {
    return {ir_.CreateSIToFP(lanes(x.value, 2, 1, 0), type<F64x2>())};
  }
  F64x2 convert_low_u(I32x4 x) {
    return {ir_.CreateUIToFP(lanes(x.value, 2, 1, 0), type<F64x2>())};
  }
  F64x2 promote_low(F32x4 x) { return {ir_.CreateFPExt(lanes(x.value, 2, 1, 0), type<F64x2>())}; }
  F32x4 demote_zero(F64x2 x) {
    return {
        with_zeros(ir_.CreateFPTrunc(x.value, llvm::FixedVectorType::get(ir_.getFloatTy(), 2)))};
  }
  I32x4 trunc_sat_s(F32x4 x) {
    return {saturated(llvm::Intrinsic::fptosi_sat, x.value, type<I32x4>())};
  }
  I32x4 trunc_sat_u(F32x4 x) {
    return {saturated(llvm::Intrinsic::fptoui_sat, x.value, type<I32x4>())};
  }
  I32x4 trunc_sat_s_zero(F64x2 x) {
    return {with_zeros(saturated(llvm::Intrinsic::fptosi_sat, x.value, pair()))};
  }
  I32x4 trunc_sat_u_zero(F64x2 x) {
    return {with_zeros(saturated(llvm::Intrinsic::fptoui_sat, x.value, pair()))};
  }

 protected:
  template <Shape V>
  using Host = typename detail::HostOf<V>::Type;
  template <Shape V>
  static constexpr unsigned kLanes = ops::kLanes<Host<V>>;
  template <Shape V>
  static constexpr unsigned kBits = 128 / kLanes<V>;
  template <Shape V>
  static constexpr bool kFloats = ops::FloatLanes<Host<V>>;
  template <Shape V>
  using MaskOf = Emitted<ops::MaskOf<Host<V>>>;

  template <Shape V>
  llvm::Type* lane_type() {
    if constexpr (std::is_same_v<V, F32x4>) return ir_.getFloatTy();
    if constexpr (std::is_same_v<V, F64x2>) return ir_.getDoubleTy();
    return ir_.getIntNTy(kBits<V>);
  }

  llvm::IRBuilder<>& ir_;

 private:
  template <Shape V>
  llvm::Value* to_lane(llvm::Value* x) {
    return kFloats<V> ? x : ir_.CreateTrunc(x, lane_type<V>());
  }
  template <Shape V>
  llvm::Value* count(I32 n) {
    llvm::Value* low = ir_.CreateAnd(n.value, kBits<V> - 1);
    return ir_.CreateVectorSplat(kLanes<V>, ir_.CreateZExtOrTrunc(low, lane_type<V>()));
  }
  template <Shape V>
  MaskOf<V> mask(llvm::Value* condition) {
    return {ir_.CreateSExt(condition, type<MaskOf<V>>())};
  }
  /// So many lanes of x, every `step`-th from `first` on.
  llvm::Value* lanes(llvm::Value* x, unsigned number, unsigned step, unsigned first) {
    std::vector<int> mask(number);
    for (unsigned i = 0; i < number; ++i) mask[i] = static_cast<int>(step * i + first);
    return ir_.CreateShuffleVector(x, mask);
  }
  /// Two lanes of 32 bits, and two of zeros.
  llvm::Value* with_zeros(llvm::Value* two) {
    return ir_.CreateShuffleVector(two, llvm::Constant::getNullValue(two->getType()),
                                   llvm::ArrayRef<int>{0, 1, 2, 3});
  }
  llvm::Type* pair() { return llvm::FixedVectorType::get(ir_.getInt32Ty(), 2); }
  llvm::Value* saturated(llvm::Intrinsic::ID id, llvm::Value* x, llvm::Type* to) {
    return ir_.CreateIntrinsic(id, {to, x->getType()}, {x});
  }
  template <Shape To, Shape V>
  To narrow(V x, V y, std::int64_t least, std::int64_t most) {
    const auto clamp = [&](llvm::Value* a) {
      const auto bound = [&](std::int64_t value) {
        return llvm::ConstantInt::getSigned(type<V>(), value);
      };
      a = ir_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, a, bound(least));
      return ir_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, a, bound(most));
    };
    std::vector<int> all(kLanes<To>);
    std::iota(all.begin(), all.end(), 0);
    return {
        ir_.CreateTrunc(ir_.CreateShuffleVector(clamp(x.value), clamp(y.value), all), type<To>())};
  }
};

}  // namespace doppel::jit
