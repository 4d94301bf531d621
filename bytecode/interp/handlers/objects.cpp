// SPDX-License-Identifier: Apache-2.0
// Handlers of instructions on objects: accesses, tests and casts, and the common case of
// allocation.
#include "bytecode/gc/heap.h"
#include "bytecode/interp/casts.h"
#include "bytecode/interp/handlers/moves.h"
#include "bytecode/interp/slow_objects.h"

namespace doppel::bytecode::interp::DOPPEL_LEVEL {
namespace {

using gc::Object;
using gc::RuntimeType;

template <Access access>
DOPPEL_INLINE std::uint64_t load(const std::byte* at) {
  const auto as = [&]<class T>(std::type_identity<T>) {
    T value;
    __builtin_memcpy(&value, at, sizeof(value));
    return value;
  };
  const auto extended = [](std::int32_t value) { return static_cast<std::uint32_t>(value); };
  if constexpr (access == Access::kI8S) {
    return extended(as(std::type_identity<std::int8_t>()));
  } else if constexpr (access == Access::kI8U) {
    return as(std::type_identity<std::uint8_t>());
  } else if constexpr (access == Access::kI16S) {
    return extended(as(std::type_identity<std::int16_t>()));
  } else if constexpr (access == Access::kI16U) {
    return as(std::type_identity<std::uint16_t>());
  } else if constexpr (access == Access::kWord32 || access == Access::kF32) {
    return as(std::type_identity<std::uint32_t>());
  } else {
    return as(std::type_identity<std::uint64_t>());
  }
}

template <StoreWidth width>
DOPPEL_INLINE void store(Registers& r, std::byte* at, std::uint64_t value) {
  constexpr std::size_t kBytes = width == StoreWidth::k8    ? 1
                                 : width == StoreWidth::k16 ? 2
                                 : width == StoreWidth::k32 ? 4
                                                            : 8;
  if constexpr (width == StoreWidth::kReference)
    r.context->heap->overwrites(reinterpret_cast<std::uint64_t*>(at));
  __builtin_memcpy(at, &value, kBytes);
  if constexpr (width == StoreWidth::kReference)
    r.context->heap->wrote(reinterpret_cast<std::uint64_t*>(at));
}

constexpr std::size_t size_of(Access access) {
  constexpr std::size_t kSizes[] = {1, 1, 2, 2, 4, 8, 4, 8};
  return kSizes[static_cast<std::size_t>(access)];
}
constexpr std::size_t size_of(StoreWidth width) {
  constexpr std::size_t kSizes[] = {1, 2, 4, 8, 8};
  return kSizes[static_cast<std::size_t>(width)];
}

/// Leaves a loaded value in its accumulator, and in the result's slot if the Dest says so.
template <Access access, Dest dest>
DOPPEL_INLINE Flow give_loaded(Registers& r, std::uint64_t value) {
  if constexpr (access == Access::kF32 || access == Access::kF64) {
    set_vec_bits(r, value);
  } else {
    r.acc = value;
  }
  if constexpr (dest == Dest::kSlot) r.frame[r.pc->slots.dst] = value;
  return next(r);
}

template <Dest dest>
DOPPEL_INLINE Flow give(Registers& r, std::uint64_t value) {
  return give_loaded<Access::kWord64, dest>(r, value);
}

/// The one operand: slots.a (which is imm.a and access.address as well) or the accumulator.
template <Form form>
DOPPEL_INLINE std::uint64_t operand(const Registers& r) {
  return form == Form::kSS ? r.frame[r.pc->slots.a] : r.acc;
}

template <Access access, Form form, Dest dest>
DOPPEL_INLINE Flow struct_get(Registers& r) {
  const std::uint64_t reference = operand<form>(r);
  if (reference == 0) [[unlikely]]
    return trap(r, TrapKind::kNullReference);
  const Object* object = gc::object_of(reference);
  return give_loaded<access, dest>(r, load<access>(object->bytes() + r.pc->access.offset));
}

template <StoreWidth width>
DOPPEL_INLINE Flow struct_set(Registers& r) {
  const std::uint64_t reference = r.frame[r.pc->access.address];
  if (reference == 0) [[unlikely]]
    return trap(r, TrapKind::kNullReference);
  store<width>(r, gc::object_of(reference)->bytes() + r.pc->access.offset,
               r.frame[r.pc->access.data]);
  return next(r);
}

template <Access access, Form form, Dest dest>
DOPPEL_INLINE Flow array_get(Registers& r) {
  const Cell& cell = *r.pc;
  const bool array_in_slot = form == Form::kSS || form == Form::kSA || form == Form::kSI;
  const std::uint64_t reference = array_in_slot ? r.frame[cell.slots.a] : r.acc;
  const auto index = static_cast<std::uint32_t>(
      form == Form::kSI || form == Form::kAI   ? static_cast<std::uint32_t>(cell.imm.value)
      : form == Form::kSS || form == Form::kAS ? r.frame[cell.slots.b]
                                               : r.acc);
  if (reference == 0) [[unlikely]]
    return trap(r, TrapKind::kNullReference);
  const Object* array = gc::object_of(reference);
  if (index >= array->length) [[unlikely]]
    return trap(r, TrapKind::kArrayOutOfBounds);
  return give_loaded<access, dest>(
      r, load<access>(array->elements() + std::size_t{index} * size_of(access)));
}

template <StoreWidth width>
DOPPEL_INLINE Flow array_set(Registers& r) {
  const std::uint64_t reference = r.frame[r.pc->slots.a];
  const auto index = static_cast<std::uint32_t>(r.frame[r.pc->slots.b]);
  if (reference == 0) [[unlikely]]
    return trap(r, TrapKind::kNullReference);
  Object* array = gc::object_of(reference);
  if (index >= array->length) [[unlikely]]
    return trap(r, TrapKind::kArrayOutOfBounds);
  store<width>(r, array->elements() + std::size_t{index} * size_of(width),
               r.frame[r.pc->slots.dst]);
  return next(r);
}

template <Form form, Dest dest>
DOPPEL_INLINE Flow array_len(Registers& r) {
  const std::uint64_t reference = operand<form>(r);
  if (reference == 0) [[unlikely]]
    return trap(r, TrapKind::kNullReference);
  return give<dest>(r, gc::object_of(reference)->length);
}

template <Form form, Dest dest>
DOPPEL_INLINE Flow i31_new(Registers& r) {
  return give<dest>(r, gc::make_i31(static_cast<std::uint32_t>(operand<form>(r))));
}

template <bool is_signed, Form form, Dest dest>
DOPPEL_INLINE Flow i31_get(Registers& r) {
  const std::uint64_t reference = operand<form>(r);
  if (reference == 0) [[unlikely]]
    return trap(r, TrapKind::kNullReference);
  return give<dest>(r, is_signed ? gc::i31_signed(reference) : gc::i31_unsigned(reference));
}

// Tests and casts.

/// Whether a reference matches the type that `type` packs (CastType).
template <CastTarget target>
DOPPEL_INLINE bool matches(const Registers& r, std::uint64_t reference, std::int32_t type) {
  if (reference == 0) return (type & CastType::kNullable) != 0;
  return interp::matches(target, *r.context, reference,
                         static_cast<std::uint32_t>(type & ~CastType::kNullable));
}

template <CastTarget target, Form form, Dest dest>
DOPPEL_INLINE Flow test(Registers& r) {
  return give<dest>(r, matches<target>(r, operand<form>(r), r.pc->imm.value) ? 1 : 0);
}

template <CastTarget target, Form form>
DOPPEL_INLINE Flow cast(Registers& r) {
  if (!matches<target>(r, operand<form>(r), r.pc->imm.value)) [[unlikely]]
    return trap(r, TrapKind::kCastFailure);
  return next(r);
}

/// A forward branch; the next cell has the type.
template <CastTarget target, bool when>
DOPPEL_INLINE Flow branch_on_cast(Registers& r) {
  const bool holds = matches<target>(r, r.frame[r.pc->branch.a], r.pc[1].imm.value);
  return next(r, holds == when ? r.pc->branch.target : 2);
}

// Allocation.

/// An operation of slow_objects.h in `cells` cells.
template <slow::ObjectOperation operation, int cells = 1>
DOPPEL_INLINE Flow runtime(Registers& r) {
  std::uint64_t* operands = r.frame + r.pc->call.frame;
  r.thread->place = place(r);
  const TrapKind kind = operation(*r.context, *r.pc, operands);
  if (kind != TrapKind::kNone) [[unlikely]]
    return trap(r, kind);
  r.acc = *operands;
  return next(r, cells);
}

/// Gives a new object as the result, in its slot and the accumulator.
DOPPEL_INLINE Flow give_new(Registers& r, const Object* object) {
  r.acc = gc::reference_to(object);
  r.frame[r.pc->call.frame] = r.acc;
  return next(r);
}

/// struct.new where the nursery has room.
DOPPEL_INLINE Flow struct_new(Registers& r) {
  const RuntimeType& type = *r.context->types[r.pc->call.index];
  Object* object = r.context->heap->allocate_inline(type, type.layout.size);
  if (object == nullptr) [[unlikely]]
    return Flow::kSlow;
  const std::uint64_t* value = r.frame + r.pc->call.frame;
  for (const gc::Field& field : type.layout.fields) {
    std::byte* at = object->bytes() + field.offset;
    switch (field.storage) {
      case gc::Storage::kI8: __builtin_memcpy(at, value, 1); break;
      case gc::Storage::kI16: __builtin_memcpy(at, value, 2); break;
      case gc::Storage::kWord32: __builtin_memcpy(at, value, 4); break;
      case gc::Storage::kV128:
        __builtin_memcpy(at, value, 16);
        ++value;
        break;
      default: __builtin_memcpy(at, value, 8); break;
    }
    ++value;
  }
  return give_new(r, object);
}

template <std::size_t... is>
void fill_accesses(ObjectHandlers& table, std::index_sequence<is...>) {
  const auto one = [&]<Access access>() {
    const auto add_field = [&]<Form form>() {
      table.struct_get[static_cast<std::size_t>(access)][static_cast<std::size_t>(form)] = {
          kHandler<struct_get<access, form, Dest::kAcc>>,
          kHandler<struct_get<access, form, Dest::kSlot>>};
    };
    const auto add_element = [&]<Form form>() {
      table.array_get[static_cast<std::size_t>(access)][static_cast<std::size_t>(form)] = {
          kHandler<array_get<access, form, Dest::kAcc>>,
          kHandler<array_get<access, form, Dest::kSlot>>};
    };
    add_field.template operator()<Form::kSS>();
    add_field.template operator()<Form::kAS>();
    add_element.template operator()<Form::kSS>();
    add_element.template operator()<Form::kSA>();
    add_element.template operator()<Form::kAS>();
    add_element.template operator()<Form::kSI>();
    add_element.template operator()<Form::kAI>();
  };
  (one.template operator()<static_cast<Access>(is)>(), ...);
}

template <std::size_t... is>
void fill_stores(ObjectHandlers& table, std::index_sequence<is...>) {
  ((table.struct_set[is] = kHandler<struct_set<static_cast<StoreWidth>(is)>>), ...);
  ((table.array_set[is] = kHandler<array_set<static_cast<StoreWidth>(is)>>), ...);
}

template <Form form>
void fill_unary(ObjectHandlers& table) {
  constexpr auto kIndex = static_cast<std::size_t>(form);
  table.array_len[kIndex] = {kHandler<array_len<form, Dest::kAcc>>,
                             kHandler<array_len<form, Dest::kSlot>>};
  table.i31_new[kIndex] = {kHandler<i31_new<form, Dest::kAcc>>,
                           kHandler<i31_new<form, Dest::kSlot>>};
  table.i31_get_s[kIndex] = {kHandler<i31_get<true, form, Dest::kAcc>>,
                             kHandler<i31_get<true, form, Dest::kSlot>>};
  table.i31_get_u[kIndex] = {kHandler<i31_get<false, form, Dest::kAcc>>,
                             kHandler<i31_get<false, form, Dest::kSlot>>};
}

template <std::size_t... is>
void fill_casts(ObjectHandlers& table, std::index_sequence<is...>) {
  const auto one = [&]<CastTarget target>() {
    constexpr auto kIndex = static_cast<std::size_t>(target);
    const auto add = [&]<Form form>() {
      constexpr auto kForm = static_cast<std::size_t>(form);
      table.test[kIndex][kForm] = {kHandler<test<target, form, Dest::kAcc>>,
                                   kHandler<test<target, form, Dest::kSlot>>};
      table.cast[kIndex][kForm] = kHandler<cast<target, form>>;
    };
    add.template operator()<Form::kSS>();
    add.template operator()<Form::kAS>();
    table.branch[kIndex] = {kHandler<branch_on_cast<target, false>>,
                            kHandler<branch_on_cast<target, true>>};
  };
  (one.template operator()<static_cast<CastTarget>(is)>(), ...);
}

}  // namespace

void fill_objects(HandlerTable& table) {
  fill_accesses(table.objects, std::make_index_sequence<kAccesses>());
  fill_stores(table.objects, std::make_index_sequence<kStoreWidths>());
  fill_unary<Form::kSS>(table.objects);
  fill_unary<Form::kAS>(table.objects);
  fill_casts(table.objects, std::make_index_sequence<kCastTargets>());
  const auto set = [&](Special special, Handler handler) {
    table.specials[static_cast<std::size_t>(special)] = handler;
  };
  set(Special::kStructNew, kHandler<struct_new, runtime<slow::struct_new>>);
  set(Special::kStructNewDefault, kHandler<runtime<slow::struct_new_default>>);
  set(Special::kArrayNew, kHandler<runtime<slow::array_new>>);
  set(Special::kArrayNewDefault, kHandler<runtime<slow::array_new_default>>);
  set(Special::kArrayNewFixed, kHandler<runtime<slow::array_new_fixed>>);
  set(Special::kArrayNewData, kHandler<runtime<slow::array_new_data, 2>>);
  set(Special::kArrayNewElem, kHandler<runtime<slow::array_new_elem, 2>>);
  set(Special::kArrayFill, kHandler<runtime<slow::array_fill>>);
  set(Special::kArrayCopy, kHandler<runtime<slow::array_copy>>);
  set(Special::kArrayInitData, kHandler<runtime<slow::array_init_data>>);
  set(Special::kArrayInitElem, kHandler<runtime<slow::array_init_elem>>);
  set(Special::kStructGetVector, kHandler<runtime<slow::struct_get_vector>>);
  set(Special::kStructSetVector, kHandler<runtime<slow::struct_set_vector>>);
  set(Special::kArrayGetVector, kHandler<runtime<slow::array_get_vector>>);
  set(Special::kArraySetVector, kHandler<runtime<slow::array_set_vector>>);
}

}  // namespace doppel::bytecode::interp::DOPPEL_LEVEL
