// SPDX-License-Identifier: Apache-2.0
// The option table itself: what the command `doppel` offers, and nothing that it does not.
#include "tools/options/table.h"

#include <algorithm>
#include <array>

#include "bytecode/interp/compiler_settings.h"
#include "tools/command/commands.h"
#include "tools/exit_status.h"

namespace doppel::tools {
namespace {

constexpr Choice kTiers[] = {
    {"auto"}, {"interp"}, {"jit", DOPPEL_HAS_JIT}, {"random", DOPPEL_HAS_JIT}};
constexpr Choice kReportForms[] = {{"text"}, {"json"}};

constexpr Option kJson = {
    .name = "--json", .value = "", .kind = ValueKind::kNone, .help = "print JSON"};

constexpr Choice kProfiles[] = {{"perfmap", DOPPEL_HAS_JIT}, {"jitdump", DOPPEL_HAS_JIT}};
constexpr Choice kDebuggers[] = {{"gdb", DOPPEL_HAS_JIT}};
constexpr auto kOptimizations = [] {
  std::array<Choice, bytecode::interp::kOptimizationNames.size()> choices;
  std::ranges::transform(bytecode::interp::kOptimizationNames, choices.begin(),
                         [](std::string_view name) { return Choice{name, DOPPEL_HAS_JIT}; });
  return choices;
}();

constexpr Option kTier = {
    "--tier", "TIER", ValueKind::kChoice,
    "how the code is executed: auto, which run does if not told, interprets it "
    "and compiles what is hot; random, for tests, changes by chance",
    kTiers};
constexpr Option kSeed = {"--seed", "N", ValueKind::kCount, "with --tier random: of the chance"};
constexpr Option kProfile = {
    "--profile", "FORM", ValueKind::kChoice,
    "name compiled functions to perf: in /tmp/perf-PID.map, or in ./jit-PID.dump with their code",
    kProfiles};
constexpr Option kDebugger = {"--debugger", "NAME", ValueKind::kChoice,
                              "name compiled functions to this debugger", kDebuggers};
constexpr Option kWithout = {
    "--without",        "OPTIMIZATION",
    ValueKind::kChoice, "leave out something that is done for the speed of compiled code",
    kOptimizations,     true};

constexpr Option kCache = {
    "--cache", "DIR", ValueKind::kFolder,
    "keep compiled code in this folder, which must be yours alone; none: keep nothing; if not "
    "given, where programs keep such things: $XDG_CACHE_HOME/doppel or ~/.cache/doppel"};

constexpr Option kRunOptions[] = {
    {"--dir",
     "HOST[::GUEST]",
     ValueKind::kFolder,
     "give the program the folder HOST, which it sees as GUEST; nothing outside can be reached",
     {},
     true},
    {"--env",
     "NAME=VALUE",
     ValueKind::kText,
     "set an environment variable of the program",
     {},
     true},
    {"--invoke", "FUNCTION", ValueKind::kText,
     "call this exported function instead of _start; the arguments are its parameters"},
    kTier,
    kSeed,
    kCache,
    {"--allow-precompiled", "", ValueKind::kNone,
     "run machine code that compile --native wrote, which nothing keeps from harm"},
    kWithout,
    kProfile,
    kDebugger,
    {"--fuel", "N", ValueKind::kCount, "trap after N instructions"},
    {"--timeout", "SECONDS", ValueKind::kSeconds, "stop after so long, with exit status 124"},
    {"--max-memory", "SIZE", ValueKind::kSize,
     "let each memory grow to SIZE bytes (suffixes K, M, G; 16G if not given) and no further"},
    {"--max-heap", "SIZE", ValueKind::kSize,
     "let the objects of garbage collection take SIZE bytes, then trap"},
    {"--stub-imports", "", ValueKind::kNone,
     "let a module with unknown imported functions start; one traps when it is called"},
    {"--trace",
     "FUNCTION",
     ValueKind::kText,
     "print calls and returns of this function, or of all (*), on stderr",
     {},
     true},
    {"--stats", "text|json", ValueKind::kChoice, "print what was counted, on stderr at the end",
     kReportForms, false, true},
};

constexpr Example kRunExamples[] = {
    {"doppel run hello.wasm", "runs a program"},
    {"doppel run --dir data::/ sort.wasm -r /names.txt",
     "lets it see the folder data as /; the options after the module are the program's"},
    {"doppel run --invoke fib math.wasm 20", "calls one exported function and prints its results"},
    {"doppel run --timeout 2.5 --max-memory 64M job.wasm", "bounds its time and memory"},
};

constexpr Option kOutput = {
    .name = "-o", .value = "FILE", .kind = ValueKind::kFile, .help = "write to FILE"};

constexpr Option kAsmOptions[] = {kOutput};

constexpr Option kCompileOptions[] = {
    kOutput,
    {"--native", "", ValueKind::kNone,
     "write machine code for this processor and this build of doppel, together with the module"},
};

constexpr Option kExplainOptions[] = {kWithout};

constexpr Example kExplainExamples[] = {
    {"doppel explain math.wasm fib", "shows what the compiler makes of a function"},
    {"doppel explain --without unrolling math.wasm 3", "without one of its optimizations"},
};

constexpr Example kCompileExamples[] = {
    {"doppel compile fib.wat -o fib.wasm", "assembles a module and checks it"},
    {"doppel compile --native fib.wasm -o fib.native",
     "compiles it, for doppel run --allow-precompiled fib.native"},
};

constexpr Example kAsmExamples[] = {
    {"doppel wasm asm fib.wat", "writes fib.wasm"},
    {"doppel wasm asm fib.wat -o - | xxd", "shows the bytes"},
};

constexpr Option kDisOptions[] = {
    {"--folded", "", ValueKind::kNone, "put operands inside of their instruction's parentheses"},
    kOutput,
};

constexpr Example kDisExamples[] = {
    {"doppel wasm dis fib.wasm", "prints a module as text, one instruction a line"},
    {"doppel wasm dis --folded fib.wasm -o fib.wat", "writes it as nested expressions"},
};

constexpr Option kWastOptions[] = {
    {"--features", "LIST", ValueKind::kText,
     "decide by these features what is malformed or invalid, such as wasm3,threads,-gc; by default "
     "the script's folder tells"},
    kTier,
    kSeed,
    kCache,
    kWithout,
};

constexpr Example kWastExamples[] = {
    {"doppel wasm wast testsuite/*.wast", "runs test scripts and counts what passed and failed"},
    {"doppel wasm wast --features wasm2 memory.wast", "by the rules of WebAssembly 2.0"},
};

constexpr Example kValidateExamples[] = {
    {"doppel wasm validate module.wasm && echo fine", "checks one module"},
    {"doppel wasm validate *.wasm", "checks many, and names each bad one with its byte offset"},
};

constexpr Option kObjdumpOptions[] = {
    {"--headers", "", ValueKind::kNone, "list the sections"},
    {"--details", "", ValueKind::kNone, "list what the sections hold"},
    {"--disassemble", "", ValueKind::kNone, "print the instructions of each function"},
    {"--function", "NAME", ValueKind::kText, "only the function of this name or index", {}, true},
    kJson,
};

constexpr Example kObjdumpExamples[] = {
    {"doppel wasm objdump module.wasm", "lists the sections of a module and what they hold"},
    {"doppel wasm objdump --disassemble --function main module.wasm", "prints one function"},
};

constexpr Choice kClocks[] = {{"host"}, {"instructions"}};
constexpr Choice kTraces[] = {{"exceptions"}};
constexpr Choice kConsoles[] = {{"serial"}, {"virtio"}};
constexpr Choice kEngines[] = {{"interp"}, {"jit", false}, {"direct", false}, {"kvm", false}};
constexpr Choice kTechniques[] = {
    {"soft"}, {"trap", false}, {"assist", false}, {"translate", false}, {"para", false}};
constexpr Choice kPlaces[] = {{"u", false}, {"s", false}};
constexpr Choice kTables[] = {{"guest"}, {"shadow", false}, {"nested", false}, {"direct", false}};
constexpr Choice kTlbs[] = {{"soft"}, {"host", false}};

constexpr Option kVmRunOptions[] = {
    {"--kernel", "FILE", ValueKind::kFile,
     "boot this kernel: a Linux image as distributions ship it, ELF, or raw code"},
    {"--initrd", "FILE", ValueKind::kFile, "give the kernel this initial RAM disk"},
    {"--append", "TEXT", ValueKind::kText, "give the kernel this command line"},
    {"--bios", "FILE", ValueKind::kFile,
     "start this firmware in M-mode, such as OpenSBI; without it, doppel serves the SBI itself"},
    {"--bare", "FILE", ValueKind::kFile,
     "run an ELF program in M-mode, which ends by its word tohost (HTIF)"},
    {"--memory", "SIZE", ValueKind::kSize, "bytes of RAM (suffixes K, M, G; 1G if not given)"},
    {"--cpus", "N", ValueKind::kCount, "number of harts"},
    {"--disk", "FILE", ValueKind::kFile, "attach a raw disk image by virtio", {}, true},
    {"--net", "user[,hostfwd=RULE]", ValueKind::kText,
     "attach a network card behind address translation; RULE is "
     "tcp|udp:[ADDRESS]:PORT-[ADDRESS]:PORT, from the host to the guest"},
    {"--console", "DEVICE", ValueKind::kChoice, "which console of the guest gets the input",
     kConsoles},
    {"--clock", "CLOCK", ValueKind::kChoice,
     "what time is: the host's, or instructions executed, so that a run repeats", kClocks},
    {"--seed", "N", ValueKind::kCount, "with --clock instructions: what randomness is made of"},
    {"--until", "N", ValueKind::kCount,
     "with --clock instructions: end the run after N of them, with exit status 0"},
    {"--save", "FILE", ValueKind::kFile,
     "with --clock instructions: write all state but the disks' to FILE at the end"},
    {"--save-at", "N", ValueKind::kCount, "write it after N instructions instead, and go on"},
    {"--restore", "FILE", ValueKind::kFile, "go on from a saved state, with the same options"},
    {"--engine", "ENGINE", ValueKind::kChoice, "how instructions are executed", kEngines},
    {"--virt", "TECHNIQUE", ValueKind::kChoice, "how the machine is virtualized", kTechniques},
    {"--place", "MODE", ValueKind::kChoice, "in which mode the guest's kernel runs", kPlaces},
    {"--table", "KIND", ValueKind::kChoice, "which page tables are walked", kTables},
    {"--tlb", "KIND", ValueKind::kChoice, "how translations are cached", kTlbs},
    {"--no-reboot", "", ValueKind::kNone, "end the run where the guest reboots"},
    {"--gdb", "PORT", ValueKind::kCount,
     "let GDB connect at this port of 127.0.0.1 (0: one that is free); harts are its threads"},
    {"-S", "", ValueKind::kNone, "with --gdb: wait for a debugger to let the guest begin"},
    {"--trace", "WHAT", ValueKind::kChoice,
     "print on stderr what harts do, with the kernel's symbols", kTraces},
    {"--timeout", "SECONDS", ValueKind::kSeconds, "stop after so long, with exit status 124"},
    {"--stats", "text|json", ValueKind::kChoice, "print what was counted, on stderr at the end",
     kReportForms, false, true},
};

constexpr Example kVmRunExamples[] = {
    {"doppel vm run --kernel vmlinux --initrd initrd.cpio --append console=ttyS0",
     "boots Linux on this terminal; Ctrl-a x quits"},
    {"doppel vm run --kernel vmlinux --disk root.img --append 'console=ttyS0 root=/dev/vda'",
     "boots from a disk image"},
    {"doppel vm run --bios fw_dynamic.bin --kernel u-boot.bin --cpus 2 --disk disk.img",
     "starts firmware in M-mode, then U-Boot"},
    {"doppel vm run --kernel vmlinux --net user,hostfwd=tcp::2222-:22",
     "with a network, and ssh at the host's port 2222"},
    {"doppel vm run --bare rv64ui-p-add --timeout 10", "runs a test program on the bare machine"},
    {"doppel vm run --kernel vmlinux --gdb 1234 -S",
     "waits for a debugger: gdb-multiarch vmlinux -ex 'target remote :1234'"},
};

constexpr Option kDoctorOptions[] = {kJson};

constexpr Example kDoctorExamples[] = {
    {"doppel doctor", "lists what this machine offers, and what is missing"},
    {"doppel doctor --json", "the same for programs"},
};

constexpr Command kCommands[] = {
    {.name = "run",
     .summary = "run a WebAssembly program",
     .description = "Runs a WebAssembly module under WASI preview 1. The program reaches only the "
                    "folders that --dir gives it. Its exit status becomes doppel's.",
     .examples = kRunExamples,
     .options = kRunOptions,
     .operands = {"MODULE [ARGUMENT...]", ValueKind::kFile, 1, UINT32_MAX, true},
     .run = run_command},
    {.name = "explain",
     .summary = "show what a function is compiled to",
     .description = "Prints a function's bytecode, and beside each instruction what it becomes in "
                    "LLVM's form and in assembly. The function is named as in its module, by its "
                    "export or by its index.",
     .examples = kExplainExamples,
     .options = kExplainOptions,
     .operands = {"MODULE FUNCTION", ValueKind::kFile, 2, 2},
     .run = explain_command},
    {.name = "compile",
     .summary = "translate a module",
     .description = "Translates a module from the text format to the binary format, after it was "
                    "found valid; or any module to machine code. Without -o the output has the "
                    "name of the input, ending in .wasm or .native.",
     .examples = kCompileExamples,
     .options = kCompileOptions,
     .operands = {"MODULE", ValueKind::kFile, 1, 1},
     .run = compile_command},
    {.name = "wasm asm",
     .summary = "assemble the text format",
     .description = "Translates a module from the text format to the binary format, valid or not. "
                    "Errors show the line and the place in it. Without -o the output has the name "
                    "of the input, ending in .wasm.",
     .examples = kAsmExamples,
     .options = kAsmOptions,
     .operands = {"FILE", ValueKind::kFile, 1, 1},
     .run = wasm_asm_command},
    {.name = "wasm dis",
     .summary = "print a module as text",
     .description = "Prints a module in the text format, with the names of its name section. "
                    "Assembling the text gives the same module again.",
     .examples = kDisExamples,
     .options = kDisOptions,
     .operands = {"FILE", ValueKind::kFile, 1, 1},
     .run = wasm_dis_command},
    {.name = "wasm wast",
     .summary = "run test scripts",
     .description = "Runs scripts of the WebAssembly test suite. Each failure is named with its "
                    "script and line, and the last line says \"N passed, M failed\". The exit "
                    "status is 1 where anything failed.",
     .examples = kWastExamples,
     .options = kWastOptions,
     .operands = {"FILE...", ValueKind::kFile, 1, UINT32_MAX},
     .run = wasm_wast_command},
    {.name = "wasm validate",
     .summary = "check that modules are valid WebAssembly",
     .description = "Decodes and validates each module. Silent when all are valid; otherwise the "
                    "exit status is 1 and each bad module is named with the byte offset, the "
                    "section, what was found and what was expected.",
     .examples = kValidateExamples,
     .options = {},
     .operands = {"FILE...", ValueKind::kFile, 1, UINT32_MAX},
     .run = wasm_validate_command},
    {.name = "wasm objdump",
     .summary = "show what modules hold",
     .description = "Prints the sections of each module and what they hold.",
     .examples = kObjdumpExamples,
     .options = kObjdumpOptions,
     .operands = {"FILE...", ValueKind::kFile, 1, UINT32_MAX},
     .run = wasm_objdump_command},
    {.name = "vm run",
     .summary = "run a system machine on this terminal",
     .description = "Runs a RISC-V machine with the devices of QEMU's virt board. Ctrl-a x quits, "
                    "Ctrl-a a types Ctrl-a. The exit status is 0 when the guest powers off.",
     .examples = kVmRunExamples,
     .options = kVmRunOptions,
     .operands = {},
     .run = vm_run_command},
    {.name = "doctor",
     .summary = "list what this machine offers and what is missing",
     .description = "Looks at the processor, the kernel and the programs that doppel can use. The "
                    "exit status is 1 where something is missing that doppel cannot do without.",
     .examples = kDoctorExamples,
     .options = kDoctorOptions,
     .operands = {},
     .run = doctor_command},
};

constexpr Option kCommonOptions[] = {
    {"--help", "", ValueKind::kNone, "print help, examples first"},
    {"--version", "", ValueKind::kNone, "print the version"},
};

constexpr ExitMeaning kExitMeanings[] = {
    {kExitSuccess, "success"},
    {kExitError, "error: the module or image is bad, a file cannot be read"},
    {kExitUsage, "usage: an option or operand is wrong, or not built"},
    {kExitTimeout, "the time given by --timeout is over"},
    {kExitTrap, "the program trapped (running out of fuel included), or the machine cannot go on"},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }
std::span<const Option> common_options() { return kCommonOptions; }
std::span<const ExitMeaning> exit_meanings() { return kExitMeanings; }

}  // namespace doppel::tools
