// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The one place that includes LibTorch's headers, as system headers so that their warnings stay theirs. It is this folder's
// precompiled header: a translation unit that reads it costs 10 s otherwise.
#include <torch/torch.h>
