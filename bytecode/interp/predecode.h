// SPDX-License-Identifier: Apache-2.0
// Predecoding: a validated function body becomes cells, in one pass over its bytes.
#pragma once

#include <set>

#include "bytecode/binary/module.h"
#include "bytecode/gc/layout.h"
#include "bytecode/interp/emitter.h"
#include "bytecode/interp/handler_table.h"
#include "bytecode/interp/try_region.h"
#include "core/observe/probes.h"
#include "core/result.h"

namespace doppel::bytecode::interp {

/// What a function needs to run; its cells and their offsets are in the buffers.
struct Predecoded {
  std::uint32_t frame_slots = 0;
  std::uint32_t parameter_slots = 0;
  std::uint32_t zeroed_slots = 0;
  TryRegions regions;
};

/// How to predecode.
struct PredecodeOptions {
  bool fuel = false;  ///< code counts its instructions against the thread's fuel
  const std::vector<gc::Layout>* layouts = nullptr;  ///< of the module's types
  const std::set<ProbeSite>* probes = nullptr;  ///< sites that get a cell of their own; null: none
};

/// Predecodes a defined function of a validated module. Fails (kLimit) only if its frame is too
/// large.
Result<Predecoded> predecode(const Module& module, FuncIndex function, const HandlerTable& handlers,
                             PredecodeOptions options, EmitterBuffers& buffers);

}  // namespace doppel::bytecode::interp
