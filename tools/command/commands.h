// SPDX-License-Identifier: Apache-2.0
// The subcommands: each is one function in a file of its own, called with checked options and
// returning the exit status of the process.
#pragma once

namespace doppel::tools {

class ParsedOptions;

int run_command(const ParsedOptions& options);
int explain_command(const ParsedOptions& options);
int compile_command(const ParsedOptions& options);
int compile_native_command(const ParsedOptions& options);
int wasm_asm_command(const ParsedOptions& options);
int wasm_dis_command(const ParsedOptions& options);
int wasm_wast_command(const ParsedOptions& options);
int wasm_validate_command(const ParsedOptions& options);
int wasm_objdump_command(const ParsedOptions& options);
int vm_run_command(const ParsedOptions& options);
int doctor_command(const ParsedOptions& options);

}  // namespace doppel::tools
