// SPDX-License-Identifier: Apache-2.0
// The attribute of everything that handlers are made of. Handler files are compiled for several
// processor levels, and an out-of-line copy made for a newer one must never be linked in elsewhere.
#pragma once

#define DOPPEL_INLINE [[gnu::always_inline]] inline
