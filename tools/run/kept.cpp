// SPDX-License-Identifier: Apache-2.0
// The names of what code depends on besides its module.
#include "tools/run/kept.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "bytecode/interp/kept_code.h"
#include "bytecode/interp/open_compiler.h"
#include "core/code/build_id.h"
#include "core/code/processor.h"

namespace doppel::tools {

using bytecode::LoadOptions;
using bytecode::interp::CompilerSettings;
using bytecode::interp::KeptCode;
using bytecode::interp::KeptFile;
using bytecode::interp::Profile;

namespace {

std::string build_line() { return fmt::format("doppel {}\n", build_id("/proc/self/exe")); }

tl::unexpected<Error> refused(const std::string& path, std::string_view why) {
  return fail(ErrorKind::kUnsupported, fmt::format("{}: {}", path, why));
}

}  // namespace

Result<std::optional<CodeCache>> open_cache(const ParsedOptions& options,
                                            const CompilerSettings& settings) {
  if (settings.switches_tiers || settings.tells_debugger || settings.profile != Profile::kNone)
    return std::nullopt;
  const auto given = options.text("--cache");
  if (given) {
    if (*given == "none") return std::nullopt;
    return DOPPEL_TRY(CodeCache::open(std::string(*given)));
  }
  const std::string usual = CodeCache::usual_folder();
  auto opened = usual.empty() ? fail(ErrorKind::kSystem, "no home") : CodeCache::open(usual);
  if (!opened) return std::nullopt;
  return *std::move(opened);
}

void keep_in(const CodeCache& cache, const CompilerSettings& settings, LoadOptions& load) {
  load.keep = [&cache, left_out = settings.left_out,
               fuel = load.fuel](std::span<const std::byte> module) {
    return std::make_unique<KeptCode>(
        cache,
        fmt::format("{}processor {}\ncompiler {}\nleft out {:x}\nfuel {}\n", build_line(),
                    processor(), build_id(bytecode::interp::compiler_path()), left_out, fuel),
        module);
  };
}

std::string native_origin() { return fmt::format("{}processor {}\n", build_line(), processor()); }

Result<std::optional<std::vector<std::byte>>> open_native(const std::string& path, bool is_allowed,
                                                          LoadOptions& load) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<std::byte, KeptFile::kMagicBytes> begin{};
  if (::pread(file.get(), begin.data(), begin.size(), 0) != static_cast<ssize_t>(begin.size()) ||
      !KeptFile::begins(begin))
    return std::nullopt;
  if (!is_allowed)
    return refused(path,
                   "found machine code, which can do whatever you can; --allow-precompiled runs "
                   "it, if you trust who made it");
  if (load.fuel)
    return refused(path, "found code that does not count instructions, as --fuel and --stats want");
  auto kept = KeptFile::open(std::move(file));
  if (!kept) return tl::unexpected(std::move(kept).error().within(path));
  if (!kept->origin().starts_with(build_line()))
    return refused(path, "found code of another build of doppel, expected one of this build");
  if (kept->origin() != native_origin())
    return refused(path, "found code for another processor, expected one for this processor");
  auto module = DOPPEL_TRY(kept->read(kept->module()));
  load.keep = [kept = std::make_shared<KeptFile>(*std::move(kept))](std::span<const std::byte>) {
    return std::make_unique<KeptCode>(std::move(*kept));
  };
  return module;
}

}  // namespace doppel::tools
