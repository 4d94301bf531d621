// SPDX-License-Identifier: Apache-2.0
// The key of a large module is made while the module is validated. Nothing that goes wrong with a
// file is an error: the code is not there.
#include "bytecode/interp/kept_code.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "bytecode/interp/code_symbols.h"
#include "core/code/digest.h"
#include "core/state/stream.h"

namespace doppel::bytecode::interp {

namespace {

constexpr std::uint32_t kVersion = 1;

std::vector<std::byte> encode(const PortableFunction& function) {
  StateWriter out;
  out.begin("function", kVersion);
  out.u32(static_cast<std::uint32_t>(function.calls.size()));
  for (const auto& [callee, thunk] : function.calls) {
    out.u32(callee.value());
    out.text(thunk);
  }
  out.u32(function.frame_slots);
  out.u32(static_cast<std::uint32_t>(function.inlined.size()));
  for (const InlinedCall& call : function.inlined) {
    out.u32(call.function.value());
    for (const std::uint32_t each :
         {call.caller, call.return_cell, call.slot, call.header_slot, call.first_cell, call.cells})
      out.u32(each);
  }
  function.code.save(out);
  return std::move(out).finish();
}

std::vector<std::byte> encode(const CodeObject& object) {
  StateWriter out;
  object.save(out);
  return std::move(out).finish();
}

Result<PortableFunction> decode(std::span<const std::byte> stream) {
  PortableFunction function;
  StateReader in(stream);
  in.begin("function", kVersion);
  const std::uint32_t calls = in.u32();
  for (std::uint32_t i = 0; i < calls && !in.failed(); ++i) {
    const FuncIndex callee{in.u32()};
    function.calls.emplace_back(callee, in.text());
  }
  function.frame_slots = in.u32();
  const std::uint32_t inlined = in.u32();
  for (std::uint32_t i = 0; i < inlined && !in.failed(); ++i) {
    InlinedCall call{FuncIndex{in.u32()}};
    for (std::uint32_t* each : {&call.caller, &call.return_cell, &call.slot, &call.header_slot,
                                &call.first_cell, &call.cells})
      *each = in.u32();
    function.inlined.push_back(call);
  }
  function.code = CodeObject::restore(in);
  DOPPEL_TRY(in.finish());
  return function;
}

/// How many cells a function has together with those of inlined calls; 0 if these are not in order.
std::size_t cells_with(const std::vector<InlinedCall>& inlined, std::size_t cells) {
  for (std::size_t i = 0; i < inlined.size(); ++i) {
    if (inlined[i].first_cell != cells || inlined[i].caller > i || inlined[i].return_cell >= cells)
      return 0;
    cells += inlined[i].cells;
  }
  return cells;
}

const void* host_symbol(std::string_view name) { return code_symbol(CompilerHost::get(), name); }

}  // namespace

KeptCode::KeptCode(const CodeCache& cache, std::string made_by, std::span<const std::byte> module)
    : cache_(&cache) {
  constexpr std::size_t kLarge = std::size_t{1} << 18;  // a thread is not worth it for less
  key_made_ = std::async(module.size() < kLarge ? std::launch::deferred : std::launch::async,
                         [made_by = std::move(made_by), module] {
                           return sha256({std::as_bytes(std::span(made_by)), module});
                         });
}

KeptCode::KeptCode(KeptFile file) : file_(std::in_place, std::move(file)) {}

KeptCode::~KeptCode() { write(); }

const std::string& KeptCode::key() {
  if (key_made_.valid()) key_ = key_made_.get();
  return key_;
}

/// The file that there was when it was first asked for.
const std::optional<KeptFile>& KeptCode::file() {
  if (file_) return *file_;
  file_.emplace();
  if (cache_ == nullptr) return *file_;
  auto found = cache_->open_file(key()).and_then(KeptFile::open);
  if (found && found->origin() == key()) *file_ = *std::move(found);
  return *file_;
}

std::optional<KeptCode::Found> KeptCode::find(FuncIndex function, std::size_t cells, Effort least) {
  const std::scoped_lock lock(mutex_);
  if (!file()) return std::nullopt;
  const auto place = file()->functions().find(function);
  if (place == file()->functions().end() || place->second.effort < least) return std::nullopt;
  auto found = load(function, cells, place->second);
  if (!found) {
    damaged_.insert(function);
    return std::nullopt;
  }
  ++taken_;
  return *std::move(found);
}

Result<KeptCode::Found> KeptCode::load(FuncIndex function, std::size_t cells,
                                       KeptFile::Place place) {
  const PortableFunction portable = DOPPEL_TRY(decode(DOPPEL_TRY(file()->read(place))));
  const auto resolve = [&](std::string_view name) {
    const void* known = host_symbol(name);
    return known != nullptr ? known : thunk(std::string(name)).value_or(nullptr);
  };
  LoadedCode code = DOPPEL_TRY(LoadedCode::load(portable.code, resolve, space_));
  const auto body = code.find(kBodySymbol);
  const auto enter = code.find(kEnterSymbol);
  const auto room = code.find(kCellsSymbol);
  const std::size_t all_cells = cells_with(portable.inlined, cells);
  const bool fits = all_cells != 0 && room.size() == all_cells * sizeof(Cell) &&
                    reinterpret_cast<std::uintptr_t>(room.data()) % alignof(Cell) == 0;
  if (body.empty() || enter.empty() || !fits)
    return fail(ErrorKind::kMalformed,
                fmt::format("found code of another function than {}", function.value()));
  Found found;
  found.effort = place.effort;
  found.code.body = body.data();
  found.code.enter = reinterpret_cast<EnterCompiled>(enter.data());
  found.code.cells = reinterpret_cast<Cell*>(room.data());
  found.code.inlined = portable.inlined;
  found.code.frame_slots = portable.frame_slots;
  found.code.bytes = code.code().size();
  for (const auto& [callee, name] : portable.calls)
    found.code.thunks.emplace_back(callee, DOPPEL_TRY(thunk(name)));
  const auto begin = reinterpret_cast<std::uintptr_t>(code.code().data());
  loaded_.emplace(begin, Loaded{std::move(code), {found.code.cells, all_cells}, portable.inlined});
  return found;
}

/// The address of a thunk, which lies in the same file.
Result<const void*> KeptCode::thunk(const std::string& name) {
  if (const auto found = thunks_.find(name); found != thunks_.end()) return found->second;
  const auto place = file()->thunks().find(name);
  if (place == file()->thunks().end())
    return fail(ErrorKind::kUnlinkable, "there is no thunk " + name);
  const auto stream = DOPPEL_TRY(file()->read(place->second));
  StateReader in(stream);
  const CodeObject object = CodeObject::restore(in);
  DOPPEL_TRY(in.finish());
  // It refers to no other thunk.
  const LoadedCode loaded = DOPPEL_TRY(LoadedCode::load(object, host_symbol, space_));
  const auto code = loaded.find(name);
  if (code.empty()) return fail(ErrorKind::kMalformed, "found code of another thunk");
  return thunks_[name] = code.data();
}

void KeptCode::add(FuncIndex function, Effort effort, const CompiledFunction& compiled) {
  if (compiled.portable == nullptr) return;
  std::vector<std::byte> stream = interp::encode(*compiled.portable);
  const std::scoped_lock lock(mutex_);
  const auto [known, is_new] = new_.functions.try_emplace(function);
  if (!is_new && known->second.effort > effort) return;
  known->second = {effort, std::move(stream)};
  for (const auto& [name, object] : compiled.portable->thunks) {
    if (!new_.thunks.contains(name)) new_.thunks.emplace(name, interp::encode(*object));
  }
}

void KeptCode::write() {
  const std::scoped_lock lock(mutex_);
  if (cache_ == nullptr || new_.functions.empty()) return;
  const auto folder = cache_->lock();
  if (!folder) return;
  const auto written = cache_->write(key(), KeptFile::encode(key(), {}, with_what_others_wrote()));
  static_cast<void>(written);
  new_ = {};
}

/// What is new, and what of the file in the cache is neither replaced nor damaged.
KeptPieces KeptCode::with_what_others_wrote() const {
  KeptPieces all = new_;
  const auto other = cache_->open_file(key_).and_then(KeptFile::open);
  if (!other || other->origin() != key_) return all;
  for (const auto& [function, place] : other->functions()) {
    const auto found = all.functions.find(function);
    const bool is_better = found == all.functions.end() || place.effort > found->second.effort;
    if (!is_better || damaged_.contains(function)) continue;
    if (auto stream = other->read(place))
      all.functions[function] = {place.effort, *std::move(stream)};
  }
  for (const auto& [name, place] : other->thunks()) {
    if (all.thunks.contains(name)) continue;
    if (auto stream = other->read(place)) all.thunks.emplace(name, *std::move(stream));
  }
  return all;
}

std::vector<std::byte> KeptCode::encode(std::string_view origin,
                                        std::span<const std::byte> module) const {
  const std::scoped_lock lock(mutex_);
  return KeptFile::encode(origin, module, new_);
}

FaultPlace KeptCode::fault_at(std::uintptr_t pc) {
  const std::scoped_lock lock(mutex_);
  const auto after = loaded_.upper_bound(pc);
  if (after == loaded_.begin()) return {};
  const Loaded& loaded = std::prev(after)->second;
  const std::uint32_t line = loaded.code.line_at(pc);
  if (line - 1 >= loaded.cells.size()) return {};
  return fault_place(loaded.cells.data(), loaded.inlined, line - 1);
}

std::size_t KeptCode::added() const {
  const std::scoped_lock lock(mutex_);
  return new_.functions.size();
}

std::size_t KeptCode::taken() const {
  const std::scoped_lock lock(mutex_);
  return taken_;
}

}  // namespace doppel::bytecode::interp
