// SPDX-License-Identifier: GPL-3.0-or-later
// Weights files come from elsewhere: whatever the bytes, the parser answers with a consistent set of tensors or an error.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "engine/learned/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = keel::learned::parse_safetensors({data, size});
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  for (const auto& [name, tensor] : parsed->tensors) {
    std::uint64_t count = 1;
    for (const std::int64_t side : tensor.shape) count *= static_cast<std::uint64_t>(side);
    if (count != tensor.values.size()) std::abort();
  }
  // What was understood is written so that it is understood again, name by name. (Values may be no numbers, which equal nothing.)
  const auto again = keel::learned::parse_safetensors(keel::learned::serialize_safetensors(*parsed));
  if (!again || again->tensors.size() != parsed->tensors.size() || again->metadata != parsed->metadata) std::abort();
  return 0;
}
