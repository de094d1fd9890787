// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a fuzz target without a fuzzer, for compilers that have none: over files given as arguments, or, without any, over truncations and bit flips of a small valid file, the same ones every time.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "engine/learned/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kFlippedFiles = 20000;

void try_input(const std::vector<std::uint8_t>& bytes) { LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); }

std::vector<std::uint8_t> valid_file() {
  keel::learned::StoredTensors content;
  content.metadata = {{"format", "test"}, {"radius", "4,4,3"}};
  content.tensors["encoder.weight"] = {{2, 3}, {1, 2, 3, 4, 5, 6}};
  content.tensors["empty"] = {{0}, {}};
  content.tensors["scalar"] = {{}, {7}};
  return keel::learned::serialize_safetensors(content);
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    try_input({std::istreambuf_iterator<char>(in), {}});
  }
  if (argc > 1) return 0;
  const std::vector<std::uint8_t> valid = valid_file();
  for (std::size_t length = 0; length <= valid.size(); ++length) try_input({valid.begin(), valid.begin() + static_cast<std::ptrdiff_t>(length)});
  for (std::size_t bit = 0; bit < 8 * valid.size(); ++bit) {
    std::vector<std::uint8_t> flipped = valid;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    try_input(flipped);
  }
  std::mt19937 random(1);
  for (int i = 0; i < kFlippedFiles; ++i) {
    std::vector<std::uint8_t> damaged = valid;
    for (unsigned k = 0; k <= random() % 12; ++k) damaged[random() % damaged.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
    if (random() % 4 == 0) damaged.resize(random() % damaged.size());
    try_input(damaged);
  }
  std::printf("No input was misread.\n");
  return 0;
}
