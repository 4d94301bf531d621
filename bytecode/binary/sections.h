// SPDX-License-Identifier: Apache-2.0
// One function for each section of the binary format (specification 5.5). Each reads the contents
// into the module and stops at the reader's first failure.
#pragma once

#include "bytecode/binary/section_reader.h"

namespace doppel::bytecode {

void read_type_section(SectionReader& reader, Module& module);
void read_import_section(SectionReader& reader, Module& module);
void read_function_section(SectionReader& reader, Module& module);
void read_table_section(SectionReader& reader, Module& module);
void read_memory_section(SectionReader& reader, Module& module);
void read_tag_section(SectionReader& reader, Module& module);
void read_global_section(SectionReader& reader, Module& module);
void read_export_section(SectionReader& reader, Module& module);
void read_start_section(SectionReader& reader, Module& module);
void read_element_section(SectionReader& reader, Module& module);
void read_data_count_section(SectionReader& reader, Module& module);
void read_code_section(SectionReader& reader, Module& module);
void read_data_section(SectionReader& reader, Module& module);

}  // namespace doppel::bytecode
