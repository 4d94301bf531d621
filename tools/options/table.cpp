// SPDX-License-Identifier: Apache-2.0
// The option table itself: what the command `doppel` offers, and nothing that it does not.
#include "tools/options/table.h"

#include "tools/command/commands.h"
#include "tools/exit_status.h"

namespace doppel::tools {
namespace {

constexpr Choice kTiers[] = {{"auto"}, {"interp"}, {"jit", DOPPEL_HAS_JIT}};
constexpr Choice kReportForms[] = {{"text"}, {"json"}};

constexpr Option kJson = {
    .name = "--json", .value = "", .kind = ValueKind::kNone, .help = "print JSON"};

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
    {"--tier", "TIER", ValueKind::kChoice, "how the code is executed", kTiers},
    {"--fuel", "N", ValueKind::kCount, "trap after N instructions"},
    {"--timeout", "SECONDS", ValueKind::kSeconds, "stop after so long, with exit status 124"},
    {"--max-memory", "SIZE", ValueKind::kSize,
     "let each memory grow to SIZE bytes (suffixes K, M, G) and no further"},
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

constexpr Option kCompileOptions[] = {kOutput};

constexpr Example kCompileExamples[] = {
    {"doppel compile fib.wat -o fib.wasm", "assembles a module and checks it"},
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
    {"--tier", "TIER", ValueKind::kChoice, "how the code is executed", kTiers},
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
    {.name = "compile",
     .summary = "translate a module",
     .description = "Translates a module from the text format to the binary format, after it was "
                    "found valid. Without -o the output has the name of the input, ending in "
                    ".wasm.",
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
     .options = kCompileOptions,
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
    {kExitError, "error: the module is bad, a file cannot be read"},
    {kExitUsage, "usage: an option or operand is wrong, or not built"},
    {kExitTimeout, "the time given by --timeout is over"},
    {kExitTrap, "the program trapped (running out of fuel included)"},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }
std::span<const Option> common_options() { return kCommonOptions; }
std::span<const ExitMeaning> exit_meanings() { return kExitMeanings; }

}  // namespace doppel::tools
