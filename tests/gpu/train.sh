#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the training program with LibTorch alone (no Qt, no FFmpeg, no network), trains for some minutes, evaluates and leaves weights, loss curve and checkpoint.
# Needs CMake, Ninja, a compiler, LibTorch (Python's PyTorch serves) and what tests/gpu/prepare collected in build/gpu.
#   tests/gpu/train.sh OUT_DIR MINUTES [cuda|cpu] [keel train options ...]
# A checkpoint.pt or weights.safetensors in OUT_DIR is gone on from; the project's own weights are the start where there is neither.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=${1:?a folder for the results} minutes=${2:?minutes to train} device=${3-cuda}
shift $(($# < 3 ? $# : 3))
deps=$PWD/build/gpu/deps/usr
torch=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)' 2>/dev/null || true)
cmake -S . -B build/gpu-train -G Ninja -DCMAKE_BUILD_TYPE=Release -DKEEL_STUDIO=OFF -DKEEL_MEDIA=OFF -DKEEL_LEARNED=ON -DKEEL_TESTS=OFF -DKEEL_CUDA=OFF \
  -DCMAKE_PREFIX_PATH="$deps;$torch" >/dev/null
cmake --build build/gpu-train
mkdir -p "$out"
export LD_LIBRARY_PATH=$deps/lib/x86_64-linux-gnu${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}
keel=build/gpu-train/bin/keel
start=()
[[ ! -f resources/models/ihn.safetensors ]] || start=(--start resources/models/ihn.safetensors)
"$keel" train --photos build/gpu/train.pack --validation build/gpu/val.pack --out "$out" --minutes "$minutes" --device "$device" "${start[@]}" "$@"
for protocol in coco video; do
  for estimator in ihn regression; do
    "$keel" mace --photos build/gpu/val.pack --weights "$out/weights.safetensors" --protocol "$protocol" --estimator "$estimator" --pairs 2000 --json
  done
done | tee "$out/mace.json"
