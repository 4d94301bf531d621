// SPDX-License-Identifier: Apache-2.0
// Target, optimization pipeline, memory of the code.
#include "jit/engine/engine.h"

#include <llvm/Analysis/CGSCCPassManager.h>
#include <llvm/Analysis/LoopAnalysisManager.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h>
#include <llvm/ExecutionEngine/Orc/RTDyldObjectLinkingLayer.h>
#include <llvm/IR/PassInstrumentation.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/Mem2Reg.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "jit/engine/code_memory.h"
#include "jit/engine/code_object.h"
#include "jit/engine/emission.h"

namespace doppel::jit {

namespace {

tl::unexpected<Error> failure(ErrorKind kind, llvm::Error error) {
  return fail(kind, "LLVM: " + llvm::toString(std::move(error)));
}

/// How much is done for a function, by its size: what takes more than linear time is left out where
/// that would show.
struct Effort {
  llvm::OptimizationLevel passes;
  llvm::CodeGenOptLevel code;

  static Effort of(const llvm::Module& module, const EngineOptions& options) {
    Effort effort = options.grading ? of(module) : most();
    if (!options.selection) effort.code = llvm::CodeGenOptLevel::None;
    return effort;
  }
  static Effort least() { return {llvm::OptimizationLevel::O0, llvm::CodeGenOptLevel::None}; }

 private:
  static Effort most() { return {llvm::OptimizationLevel::O3, llvm::CodeGenOptLevel::Aggressive}; }
  static Effort of(const llvm::Module& module) {
    std::size_t blocks = 0;
    for (const llvm::Function& function : module) blocks = std::max(blocks, function.size());
    const std::size_t instructions = module.getInstructionCount();
    if (blocks < 3'000 && instructions < 60'000) return most();
    if (blocks < 10'000 && instructions < 200'000)
      return {llvm::OptimizationLevel::O1, llvm::CodeGenOptLevel::Less};
    return least();
  }
};

/// What makes registers of variables, and little else.
llvm::ModulePassManager least_passes() {
  llvm::FunctionPassManager function;
  function.addPass(llvm::PromotePass());
  function.addPass(llvm::EarlyCSEPass());
  llvm::ModulePassManager passes;
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(function)));
  return passes;
}

/// Whether a pass may run. Elimination of dead stores takes a volatile store for one that goes on:
/// what was written before a fault would be missing.
bool is_wanted(llvm::StringRef pass, const llvm::Any& /*code*/) { return pass != "DSEPass"; }

void optimize(llvm::Module& module, llvm::TargetMachine& machine, llvm::OptimizationLevel level,
              const EngineOptions& options) {
  if (!options.passes) return;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization &= options.vectorization;
  tuning.LoopUnrolling &= options.unrolling;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassInstrumentationCallbacks instrumentation;
  instrumentation.registerShouldRunOptionalPassCallback(is_wanted);
  llvm::PassBuilder builder(&machine, tuning, {}, &instrumentation);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  auto passes = level == llvm::OptimizationLevel::O0 ? least_passes()
                                                     : builder.buildPerModuleDefaultPipeline(level);
  passes.run(module, modules);
}

/// An object file in the form that is kept; null if it cannot be.
std::unique_ptr<CodeObject> code_object(const llvm::MemoryBuffer& file) {
  auto object = llvm::object::ObjectFile::createObjectFile(file.getMemBufferRef());
  if (!object) {
    llvm::consumeError(object.takeError());
    return nullptr;
  }
  auto made = to_code_object(**object);
  return made ? std::make_unique<CodeObject>(*std::move(made)) : nullptr;
}

}  // namespace

Engine::Engine(EngineOptions options, std::unique_ptr<llvm::TargetMachine> machine, CodeTable table)
    : options_(std::move(options)), machine_(std::move(machine)), space_(table) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::create(CodeTable table, EngineOptions options) {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
    // Accesses of two places that become one would have no place.
    constexpr std::array kOptions{"doppel", "-hoist-common-insts=false", "-sink-common-insts=false",
                                  "-enable-tail-merge=false",
                                  // A cell's address is soon loaded; registers are few.
                                  "-disable-constant-hoisting",
                                  // No variables are described, and the other way knows it at once.
                                  "-experimental-debug-variable-locations=false"};
    llvm::cl::ParseCommandLineOptions(kOptions.size(), kOptions.data());
  });
  auto target = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!target) return failure(ErrorKind::kUnsupported, target.takeError());
  if (!options.processor) {
    *target = llvm::orc::JITTargetMachineBuilder(target->getTargetTriple());
  }
  target->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  // All of an object lies in one piece of memory (CodeMemory).
  target->setCodeModel(llvm::CodeModel::Small);
  target->setRelocationModel(llvm::Reloc::PIC_);
  auto machine = target->createTargetMachine();
  if (!machine) return failure(ErrorKind::kUnsupported, machine.takeError());
  auto engine = std::unique_ptr<Engine>(new Engine(std::move(options), std::move(*machine), table));
  auto jit =
      llvm::orc::LLJITBuilder()
          .setJITTargetMachineBuilder(std::move(*target))
          .setObjectLinkingLayerCreator(
              [made = engine.get()](llvm::orc::ExecutionSession& session, const llvm::Triple&) {
                auto layer = std::make_unique<llvm::orc::RTDyldObjectLinkingLayer>(
                    session, [made] { return std::make_unique<CodeMemory>(made->space_); });
                layer->setNotifyLoaded([made](auto&, const auto& object, const auto& loaded) {
                  made->note_lines(object, loaded);
                  for (const auto& section : object.sections())
                    made->code_bytes_ += section.isText() ? section.getSize() : 0;
                });
                for (const auto& listener : made->options_.listeners)
                  layer->registerJITEventListener(*listener);
                if (made->options_.tells_debugger)
                  layer->registerJITEventListener(
                      *llvm::JITEventListener::createGDBRegistrationListener());
                return layer;
              })
          .create();
  if (!jit) return failure(ErrorKind::kUnsupported, jit.takeError());
  engine->jit_ = std::move(*jit);
  return engine;
}

void Engine::note_lines(const llvm::object::ObjectFile& object,
                        const llvm::RuntimeDyld::LoadedObjectInfo& loaded) {
  const auto relocated = loaded.getObjectForDebug(object);
  if (relocated.getBinary() == nullptr) return;
  const auto dwarf = llvm::DWARFContext::create(*relocated.getBinary());
  const std::scoped_lock lock(mutex_);
  for (const auto& unit : dwarf->compile_units()) {
    const auto* table = dwarf->getLineTableForUnit(unit.get());
    if (table == nullptr) continue;
    for (const auto& row : table->Rows) {
      lines_[row.Address.Address] = row.EndSequence ? 0 : row.Line;
    }
  }
}

std::uint32_t Engine::line_at(std::uintptr_t pc) const {
  const std::scoped_lock lock(mutex_);
  const auto after = lines_.upper_bound(pc);
  return after == lines_.begin() ? 0 : std::prev(after)->second;
}

llvm::orc::ThreadSafeModule Engine::new_module(llvm::StringRef name) {
  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = std::make_unique<llvm::Module>(name, *context);
  module->setDataLayout(jit_->getDataLayout());
  module->setTargetTriple(jit_->getTargetTriple().str());
  module->setRtLibUseGOT();
  return {std::move(module), std::move(context)};
}

void Engine::define(const std::map<std::string, const void*, std::less<>>& addresses) {
  llvm::orc::SymbolMap symbols;
  for (const auto& [name, address] : addresses)
    symbols[jit_->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                                            llvm::JITSymbolFlags::Exported};
  llvm::cantFail(jit_->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))));
}

Result<std::unique_ptr<CodeObject>> Engine::add(llvm::orc::ThreadSafeModule module, bool quick) {
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream out(object);
  const bool emitted = module.withModuleDo([&](llvm::Module& inner) {
    const Effort effort = quick ? Effort::least() : Effort::of(inner, options_);
    optimize(inner, *machine_, effort.passes, options_);
    machine_->setOptLevel(effort.code);
    return emit(inner, *machine_, out, llvm::CodeGenFileType::ObjectFile);
  });
  if (!emitted) return fail(ErrorKind::kUnsupported, "LLVM cannot compile for this processor");
  auto buffer = std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object),
                                                                /*RequiresNullTerminator=*/false);
  std::unique_ptr<CodeObject> kept = options_.keeps ? code_object(*buffer) : nullptr;
  if (llvm::Error error = jit_->addObjectFile(std::move(buffer)))
    return failure(ErrorKind::kSystem, std::move(error));
  return kept;
}

Result<Engine::Listing> Engine::list(llvm::orc::ThreadSafeModule module, llvm::StringRef function) {
  return module.withModuleDo([&](llvm::Module& inner) -> Result<Listing> {
    const Effort effort = Effort::of(inner, options_);
    optimize(inner, *machine_, effort.passes, options_);
    Listing listing;
    listing.ir = list_ir(*inner.getFunction(function));
    machine_->setOptLevel(effort.code);
    listing.assembly = DOPPEL_TRY(list_assembly(inner, *machine_, function));
    return listing;
  });
}

Result<void*> Engine::find(llvm::StringRef name) {
  auto address = jit_->lookup(name);
  if (!address) return failure(ErrorKind::kSystem, address.takeError());
  return address->toPtr<void*>();
}

}  // namespace doppel::jit
