// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/weights.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace keel::learned {
namespace {

/// Bounds on what a weights file may ask for, so that a damaged one cannot ask for gigabytes.
constexpr std::int64_t kMaxChannels = 512;
constexpr std::int64_t kMaxRadius = 4;
constexpr std::int64_t kMaxIterations = 16;

template <class T>
std::string list_text(const std::array<T, kLevels>& values) {
  std::string text;
  for (const T value : values) text += (text.empty() ? "" : ",") + std::to_string(value);
  return text;
}

template <class T>
bool parse_list(const StoredTensors& stored, const std::string& key, std::int64_t maximum, std::array<T, kLevels>& out) {
  const auto found = stored.metadata.find(key);
  if (found == stored.metadata.end()) return false;
  const char *at = found->second.data(), *end = at + found->second.size();
  for (std::size_t i = 0; i < kLevels; ++i) {
    const auto [next, failure] = std::from_chars(at, end, out[i]);
    if (failure != std::errc() || out[i] < 1 || out[i] > static_cast<T>(maximum)) return false;
    if (i + 1 < kLevels && (next == end || *next != ',')) return false;
    at = next + (i + 1 < kLevels);
  }
  return at == end;
}

}  // namespace

StoredTensors stored_weights(MotionNets& nets) {
  StoredTensors stored;
  const IhnOptions& options = nets->ihn->options();
  stored.metadata = {{"format", "keel-motion-nets-1"}, {"feature_channels", list_text(options.feature_channels)}, {"head_channels", list_text(options.head_channels)},
                     {"radius", list_text(options.radius)}, {"iterations", list_text(options.iterations)}};
  for (const auto& parameter : nets->named_parameters()) {
    const torch::Tensor values = parameter.value().detach().to(torch::kCPU, torch::kFloat).contiguous();
    stored.tensors[parameter.key()] = {values.sizes().vec(), {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()}};
  }
  return stored;
}

Result<MotionNets> nets_from(const StoredTensors& stored) {
  IhnOptions options;
  if (!parse_list(stored, "feature_channels", kMaxChannels, options.feature_channels) || !parse_list(stored, "head_channels", kMaxChannels, options.head_channels) ||
      !parse_list(stored, "radius", kMaxRadius, options.radius) || !parse_list(stored, "iterations", kMaxIterations, options.iterations))
    return Error{ErrorCode::kCorrupt, "the sizes of the network are missing or out of range"};
  try {
    MotionNets nets(options);
    torch::NoGradGuard no_gradient;
    for (auto& parameter : nets->named_parameters()) {
      const auto found = stored.tensors.find(parameter.key());
      if (found == stored.tensors.end()) return Error{ErrorCode::kCorrupt, "tensor " + parameter.key() + " is missing"};
      const StoredTensor& tensor = found->second;
      if (parameter.value().sizes() != at::IntArrayRef(tensor.shape)) return Error{ErrorCode::kCorrupt, "tensor " + parameter.key() + " has another shape"};
      if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](float v) { return std::isfinite(v); }))
        return Error{ErrorCode::kCorrupt, "tensor " + parameter.key() + " holds values that are no numbers"};
      parameter.value().copy_(torch::tensor(tensor.values).view(tensor.shape));
    }
    nets->eval();
    return nets;
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, "LibTorch refused the network: " + std::string(error.what()).substr(0, 200)};
  }
}

Result<void> save_weights(MotionNets& nets, const std::filesystem::path& path) { return write_safetensors(path, stored_weights(nets)); }

Result<MotionNets> load_weights(const std::filesystem::path& path) {
  KEEL_ASSIGN(const StoredTensors stored, read_safetensors(path));
  auto nets = nets_from(stored);
  if (!nets) return Error{nets.error().code, "The weights " + path.string() + " cannot be used: " + nets.error().message + "."};
  return nets;
}

}  // namespace keel::learned
