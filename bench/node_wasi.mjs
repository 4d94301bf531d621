// SPDX-License-Identifier: Apache-2.0
// Runs a WASI command under node: node_wasi.mjs MODULE [ARGS...]. A peer in benchmarks.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const args = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args });
const module = await WebAssembly.compile(await readFile(args[0]));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
