// SPDX-License-Identifier: Apache-2.0
// The builder that emits LLVM IR: a value is an llvm::Value, a word of the vocabulary
// (core/ops/builder.h) becomes the instructions that compute it. What each word means is said at
// ops::EvalBuilder; where LLVM's own operation means less, the word is written out.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/MDBuilder.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/ops/builder.h"
#include "jit/lower/llvm_vector_words.h"

namespace doppel::jit {

/// See the file comment.
class LlvmBuilder : public LlvmVectorWords {
 public:
  using Address = llvm::Value*;  ///< a host pointer

  /// `on_trap` emits, at the insertion point, what ends the function with a trap.
  LlvmBuilder(llvm::IRBuilder<>& ir, std::function<void(TrapCode)> on_trap)
      : LlvmVectorWords(ir), on_trap_(std::move(on_trap)) {}

  // Words that vectors have in a form of their own.
  using LlvmVectorWords::convert_s;
  using LlvmVectorWords::convert_u;
  using LlvmVectorWords::shl;
  using LlvmVectorWords::shr_s;
  using LlvmVectorWords::shr_u;
  using LlvmVectorWords::trunc_sat_s;
  using LlvmVectorWords::trunc_sat_u;

  /// Code behind the guard may rely on the condition; the definition goes on.
  bool guard_fails(Bool condition, TrapCode code) {
    llvm::Function* function = ir_.GetInsertBlock()->getParent();
    auto* holds = llvm::BasicBlock::Create(ir_.getContext(), "holds", function);
    auto* fails = llvm::BasicBlock::Create(ir_.getContext(), "fails", function);
    ir_.CreateCondBr(condition.value, holds, fails, likely());
    ir_.SetInsertPoint(fails);
    on_trap_(code);
    ir_.SetInsertPoint(holds);
    return false;
  }

  // Integers.
  template <class T>
  T imm(std::uint64_t value) {
    return {llvm::ConstantInt::get(type<T>(), value)};
  }
  template <class T>
  T add(T x, T y) {
    return {ir_.CreateAdd(x.value, y.value)};
  }
  template <class T>
  T sub(T x, T y) {
    return {ir_.CreateSub(x.value, y.value)};
  }
  template <class T>
  T mul(T x, T y) {
    return {ir_.CreateMul(x.value, y.value)};
  }
  I64 mul_high_s(I64 x, I64 y) { return mul_high(x, y, true); }
  I64 mul_high_u(I64 x, I64 y) { return mul_high(x, y, false); }
  template <class T>
  T band(T x, T y) {
    return {ir_.CreateAnd(x.value, y.value)};
  }
  template <class T>
  T bor(T x, T y) {
    return {ir_.CreateOr(x.value, y.value)};
  }
  template <class T>
  T bxor(T x, T y) {
    return {ir_.CreateXor(x.value, y.value)};
  }
  template <class T>
  T shl(T x, T n) {
    return {ir_.CreateShl(x.value, count(n))};
  }
  template <class T>
  T shr_u(T x, T n) {
    return {ir_.CreateLShr(x.value, count(n))};
  }
  template <class T>
  T shr_s(T x, T n) {
    return {ir_.CreateAShr(x.value, count(n))};
  }
  template <class T>
  T rotl(T x, T n) {
    return {ir_.CreateIntrinsic(llvm::Intrinsic::fshl, {type<T>()}, {x.value, x.value, n.value})};
  }
  template <class T>
  T rotr(T x, T n) {
    return {ir_.CreateIntrinsic(llvm::Intrinsic::fshr, {type<T>()}, {x.value, x.value, n.value})};
  }
  template <class T>
  T div_s(T x, T y) {
    return {ir_.CreateSDiv(x.value, y.value)};
  }
  template <class T>
  T div_u(T x, T y) {
    return {ir_.CreateUDiv(x.value, y.value)};
  }
  /// The remainder by −1, which LLVM leaves undefined for the least integer, is that by 1.
  template <class T>
  T rem_s(T x, T y) {
    llvm::Value* minus_one = llvm::Constant::getAllOnesValue(type<T>());
    llvm::Value* divisor = ir_.CreateSelect(ir_.CreateICmpEQ(y.value, minus_one),
                                            llvm::ConstantInt::get(type<T>(), 1), y.value);
    return {ir_.CreateSRem(x.value, divisor)};
  }
  template <class T>
  T rem_u(T x, T y) {
    return {ir_.CreateURem(x.value, y.value)};
  }
  template <class T>
  T clz(T x) {
    return {ir_.CreateIntrinsic(llvm::Intrinsic::ctlz, {type<T>()}, {x.value, ir_.getFalse()})};
  }
  template <class T>
  T ctz(T x) {
    return {ir_.CreateIntrinsic(llvm::Intrinsic::cttz, {type<T>()}, {x.value, ir_.getFalse()})};
  }
  template <class T>
  T popcnt(T x) {
    return {ir_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, x.value)};
  }
  template <class Narrow, class T>
  T sign_extend(T x) {
    return {ir_.CreateSExt(ir_.CreateTrunc(x.value, ir_.getIntNTy(8 * sizeof(Narrow))), type<T>())};
  }
  I32 wrap(I64 x) { return {ir_.CreateTrunc(x.value, ir_.getInt32Ty())}; }
  I64 extend_s(I32 x) { return {ir_.CreateSExt(x.value, ir_.getInt64Ty())}; }
  I64 extend_u(I32 x) { return {ir_.CreateZExt(x.value, ir_.getInt64Ty())}; }
  /// A condition as the number 0 or 1.
  llvm::Value* extend_bool(Bool x) { return ir_.CreateZExt(x.value, ir_.getInt32Ty()); }

  // Comparisons.
#define DOPPEL_COMPARISON(WORD, CREATE)            \
  template <class T>                               \
  Bool WORD(T x, T y) {                            \
    return {ir_.Create##CREATE(x.value, y.value)}; \
  }
  DOPPEL_COMPARISON(eq, ICmpEQ)
  DOPPEL_COMPARISON(ne, ICmpNE)
  DOPPEL_COMPARISON(lt_s, ICmpSLT)
  DOPPEL_COMPARISON(lt_u, ICmpULT)
  DOPPEL_COMPARISON(gt_s, ICmpSGT)
  DOPPEL_COMPARISON(gt_u, ICmpUGT)
  DOPPEL_COMPARISON(le_s, ICmpSLE)
  DOPPEL_COMPARISON(le_u, ICmpULE)
  DOPPEL_COMPARISON(ge_s, ICmpSGE)
  DOPPEL_COMPARISON(ge_u, ICmpUGE)
  DOPPEL_COMPARISON(feq, FCmpOEQ)
  DOPPEL_COMPARISON(fne, FCmpUNE)
  DOPPEL_COMPARISON(flt, FCmpOLT)
  DOPPEL_COMPARISON(fgt, FCmpOGT)
  DOPPEL_COMPARISON(fle, FCmpOLE)
  DOPPEL_COMPARISON(fge, FCmpOGE)
#undef DOPPEL_COMPARISON
  Bool both(Bool x, Bool y) { return {ir_.CreateAnd(x.value, y.value)}; }
  Bool either(Bool x, Bool y) { return {ir_.CreateOr(x.value, y.value)}; }
  template <class T>
  T select(Bool condition, T x, T y) {
    return {ir_.CreateSelect(condition.value, x.value, y.value)};
  }

  // Floats.
  template <class T>
  T fimm(double value) {
    return {llvm::ConstantFP::get(type<T>(), value)};
  }
  template <class T>
  T fadd(T x, T y) {
    return {ir_.CreateFAdd(opaque(x.value), opaque(y.value))};
  }
  template <class T>
  T fsub(T x, T y) {
    return {ir_.CreateFSub(opaque(x.value), opaque(y.value))};
  }
  template <class T>
  T fmul(T x, T y) {
    return {ir_.CreateFMul(opaque(x.value), opaque(y.value))};
  }
  template <class T>
  T fdiv(T x, T y) {
    return {ir_.CreateFDiv(opaque(x.value), opaque(y.value))};
  }
  template <class T>
  T fmin(T x, T y) {
    return least(x, y, flt(x, y), flt(y, x), reinterpret_as<T>(bor(bits(x), bits(y))));
  }
  template <class T>
  T fmax(T x, T y) {
    return least(x, y, fgt(x, y), fgt(y, x), reinterpret_as<T>(band(bits(x), bits(y))));
  }
  template <class T>
  T fsqrt(T x) {
    return unary(llvm::Intrinsic::sqrt, x);
  }
  template <class T>
  T fceil(T x) {
    return unary(llvm::Intrinsic::ceil, x);
  }
  template <class T>
  T ffloor(T x) {
    return unary(llvm::Intrinsic::floor, x);
  }
  template <class T>
  T ftrunc(T x) {
    return unary(llvm::Intrinsic::trunc, x);
  }
  template <class T>
  T fnearest(T x) {
    return unary(llvm::Intrinsic::roundeven, x);
  }
  template <class T>
  T fabs(T x) {
    return unary(llvm::Intrinsic::fabs, x);
  }
  template <class T>
  T fneg(T x) {
    return {ir_.CreateFNeg(x.value)};
  }
  template <class T>
  T fcopysign(T x, T y) {
    return {ir_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, x.value, y.value)};
  }

  // Conversions.
  template <class Float, class T>
  Float convert_s(T x) {
    return {ir_.CreateSIToFP(x.value, type<Float>())};
  }
  template <class Float, class T>
  Float convert_u(T x) {
    return {ir_.CreateUIToFP(x.value, type<Float>())};
  }
  template <class Int, class T>
  Int trunc_s(T x) {
    return {ir_.CreateFPToSI(x.value, type<Int>())};
  }
  template <class Int, class T>
  Int trunc_u(T x) {
    return {ir_.CreateFPToUI(x.value, type<Int>())};
  }
  template <class Int, class T>
  Int trunc_sat_s(T x) {
    return {ir_.CreateIntrinsic(llvm::Intrinsic::fptosi_sat, {type<Int>(), type<T>()}, {x.value})};
  }
  template <class Int, class T>
  Int trunc_sat_u(T x) {
    return {ir_.CreateIntrinsic(llvm::Intrinsic::fptoui_sat, {type<Int>(), type<T>()}, {x.value})};
  }
  F64 promote(F32 x) { return {ir_.CreateFPExt(opaque(x.value), ir_.getDoubleTy())}; }
  F32 demote(F64 x) { return {ir_.CreateFPTrunc(opaque(x.value), ir_.getFloatTy())}; }
  F32 reinterpret_float(I32 x) { return {ir_.CreateBitCast(x.value, ir_.getFloatTy())}; }
  F64 reinterpret_float(I64 x) { return {ir_.CreateBitCast(x.value, ir_.getDoubleTy())}; }
  template <Shape V>
  MaskOf<V> bits(V x) {
    return {ir_.CreateBitCast(x.value, type<MaskOf<V>>())};
  }
  I32 bits(F32 x) { return {ir_.CreateBitCast(x.value, ir_.getInt32Ty())}; }
  I64 bits(F64 x) { return {ir_.CreateBitCast(x.value, ir_.getInt64Ty())}; }

  // Guest memory. A volatile access is neither removed, nor repeated, nor moved across an effect.
  template <class Access, class R>
  R load(Address address) {
    if constexpr (std::is_floating_point_v<Access> || Shape<R>) {
      return {ir_.CreateAlignedLoad(type<R>(), address, llvm::Align(1), true)};
    } else {
      llvm::Value* loaded =
          ir_.CreateAlignedLoad(ir_.getIntNTy(8 * sizeof(Access)), address, llvm::Align(1), true);
      return {std::is_signed_v<Access> ? ir_.CreateSExtOrTrunc(loaded, type<R>())
                                       : ir_.CreateZExtOrTrunc(loaded, type<R>())};
    }
  }
  /// Lane 0; the others are zero.
  template <Shape V>
  V load_low(Address address) {
    llvm::Value* lane = ir_.CreateAlignedLoad(lane_type<V>(), address, llvm::Align(1), true);
    return {
        ir_.CreateInsertElement(llvm::Constant::getNullValue(type<V>()), lane, std::uint64_t{0})};
  }
  template <class Access, class T>
  void store(Address address, T x) {
    llvm::Value* stored = x.value;
    if constexpr (!std::is_floating_point_v<Access> && !Shape<T>)
      stored = ir_.CreateTrunc(stored, ir_.getIntNTy(8 * sizeof(Access)));
    ir_.CreateAlignedStore(stored, address, llvm::Align(1), true);
  }

 private:
  llvm::MDNode* likely() {
    return llvm::MDBuilder(ir_.getContext()).createBranchWeights(1U << 20U, 1);
  }

  template <class T>
  llvm::Value* count(T n) {
    const unsigned bits = type<T>()->getIntegerBitWidth();
    return ir_.CreateAnd(n.value, llvm::ConstantInt::get(type<T>(), bits - 1));
  }
  I64 mul_high(I64 x, I64 y, bool is_signed) {
    llvm::Type* wide = ir_.getIntNTy(128);
    const auto extended = [&](llvm::Value* value) {
      return is_signed ? ir_.CreateSExt(value, wide) : ir_.CreateZExt(value, wide);
    };
    llvm::Value* product = ir_.CreateMul(extended(x.value), extended(y.value));
    return {ir_.CreateTrunc(ir_.CreateLShr(product, 64), ir_.getInt64Ty())};
  }
  template <class T>
  T unary(llvm::Intrinsic::ID id, T x) {
    return {ir_.CreateUnaryIntrinsic(id, x.value)};
  }
  template <class T, class Bits>
  T reinterpret_as(Bits x) {
    return {ir_.CreateBitCast(x.value, type<T>())};
  }
  /// The one that is less (greater), `if_equal` of two zeros, an arithmetic NaN if either is one.
  template <class T>
  T least(T x, T y, Bool first, Bool second, T if_equal) {
    return select(first, x, select(second, y, select(feq(x, y), if_equal, fadd(x, y))));
  }
  /// Arithmetic with a constant would be folded to its operand, even where that is a signalling
  /// NaN, which arithmetic makes quiet: the constant is hidden from the optimizer.
  llvm::Value* opaque(llvm::Value* value) {
    if (!llvm::isa<llvm::Constant>(value)) return value;
    if (const auto* constant = llvm::dyn_cast<llvm::ConstantFP>(value)) {
      const llvm::APFloat& number = constant->getValueAPF();
      if (!number.isZero() && !number.isNaN() && !number.isExactlyValue(1.0) &&
          !number.isExactlyValue(-1.0)) {
        return value;
      }
    }
    auto* type = llvm::FunctionType::get(value->getType(), {value->getType()}, false);
    return ir_.CreateCall(llvm::InlineAsm::get(type, "", "=x,0", false), {value});
  }

  std::function<void(TrapCode)> on_trap_;
};

static_assert(ops::Builder<LlvmBuilder>);

}  // namespace doppel::jit
