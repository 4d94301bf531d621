// SPDX-License-Identifier: Apache-2.0
// Another engine for random modules: each line of the input is a question as JSON, each line of the
// output its answer. A module with calls is answered by what could be seen of them, in the terms of
// the differential test; modules as probes, by whether they are valid here.
import { createInterface } from 'node:readline';

const kPrime = 0x100000001b3n;
const kBasis = 0xcbf29ce484222325n;
const u64 = (value) => BigInt.asUintN(64, value);
const view = new DataView(new ArrayBuffer(8));

/// A value of JavaScript from its bits, and back; NaNs are alike.
const fromBits = {
  i32: (bits) => Number(BigInt.asIntN(32, bits)),
  i64: (bits) => BigInt.asIntN(64, bits),
  f32: (bits) => (view.setUint32(0, Number(bits)), view.getFloat32(0)),
  f64: (bits) => (view.setBigUint64(0, bits), view.getFloat64(0)),
};
const toBits = {
  i32: (value) => BigInt.asUintN(32, BigInt(value)),
  i64: (value) => u64(value),
  f32: (value) => (view.setFloat32(0, value), isNaN(value) ? 0x7fc00000n : BigInt(view.getUint32(0))),
  f64: (value) => (view.setFloat64(0, value), isNaN(value) ? 0x7ff8000000000000n : view.getBigUint64(0)),
};

/// What the imported functions do: results and a running sum that depend on all arguments.
class Imports {
  sum = 0n;
  env = {};
  constructor(functions) {
    functions.forEach(({ name, params, results }, index) => {
      this.env[name] = (...args) => {
        args.forEach((argument, i) => { this.sum = u64((this.sum ^ toBits[params[i]](argument)) * kPrime * kPrime); });
        this.sum = u64(this.sum + BigInt(index));
        const number = (this.sum >> 20n) % 1000n;
        const values = results.map((type) => type === 'i64' ? number : Number(number));
        return results.length > 1 ? values : values[0];
      };
    });
  }
}

function hash(buffer) {
  const halves = new Uint32Array(buffer);
  let sum = kBasis;
  for (let i = 0; i < halves.length; i += 2) {
    if (halves[i] === 0 && halves[i + 1] === 0) continue;
    const word = (BigInt(halves[i + 1]) << 32n) | BigInt(halves[i]);
    sum = u64((sum ^ word ^ BigInt(i * 4)) * kPrime);
  }
  return sum;
}

/// Traps by the messages of the versions of node that are known.
const kTraps = [
  [/unreachable/, 'unreachable'],
  [/by zero/, 'division by zero'],
  [/unrepresentable/, 'unrepresentable'],
  [/memory access|data segment|unaligned/, 'memory'],
  [/table index|table access|element segment/, 'table'],
  [/signature mismatch/, 'indirect call'],
  [/null pointer|null value/, 'null'],
  [/array element|array access/, 'array'],
  [/illegal cast/, 'cast'],
  [/Atomics.wait/, 'wait'],
];

function trapOf(error) {
  if (error instanceof WebAssembly.Exception) return 'exception';
  if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  return kTraps.find(([pattern]) => pattern.test(error.message))?.[1] ?? `other: ${error.message}`;
}

function answer({ module: hex, probes, budget, imports: functions, memories, globals, calls }) {
  const bytes = (digits) => Buffer.from(digits, 'hex');
  if (probes) return { version: process.version, probes: probes.map((probe) => WebAssembly.validate(bytes(probe))) };
  const imports = new Imports(functions);
  let exports;
  try {
    ({ exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes(hex)), imports));
  } catch (error) {
    return { refused: error.message };
  }
  return calls.map(({ name, params, results, args }) => {
    exports.budget.value = budget;
    const seen = { trap: '', results: [] };
    try {
      const values = exports[name](...args.map((bits, i) => fromBits[params[i]](BigInt(bits))));
      const list = results.length > 1 ? [...values] : [values];
      seen.results = results.map((type, i) => toBits[type](list[i]).toString());
    } catch (error) {
      seen.trap = trapOf(error);
    }
    const buffers = memories.map((memory) => exports[memory].buffer);
    seen.sizes = buffers.map((buffer) => buffer.byteLength.toString());
    seen.hashes = buffers.map((buffer) => hash(buffer).toString());
    seen.globals = globals.map(({ name: global, type }) => toBits[type](exports[global].value).toString());
    seen.host = imports.sum.toString();
    return seen;
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line))));
}
