// SPDX-License-Identifier: Apache-2.0
// Nothing of this gets into a bundle.
export const table = /* @__PURE__ */ Array.from({ length: 1000 }, (_, i) => i ** 2);
export function never(this: void): never { throw new Error('never'); }
