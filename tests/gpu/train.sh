#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the training program with LibTorch alone (no Qt, no FFmpeg, no network), trains for some minutes, evaluates and leaves weights, loss curve and checkpoint.
# Needs CMake, Ninja, a compiler, LibTorch (Python's PyTorch serves) and what tests/gpu/prepare collected in build/gpu; nvcc where the fused correlation is to run on the GPU.
#   tests/gpu/train.sh OUT_DIR MINUTES [cuda|cpu] [keel train options ...]
# The errors are of KEEL_MACE_PAIRS pairs each, 2000 where it is not set: about four minutes on two cores.
# A checkpoint.pt in OUT_DIR is gone on from; the project's own weights are the start where there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/gpu/common.sh
source tests/gpu/common.sh
usage='usage: tests/gpu/train.sh OUT_DIR MINUTES [cuda|cpu] [keel train options ...]'
out=${1:?$usage} minutes=${2:?$usage} device=${3-cuda}
shift $(($# < 3 ? $# : 3))
case $device in
  cuda) nvidia-smi --query-gpu=name --format=csv,noheader >/dev/null 2>&1 || { echo "there is no NVIDIA GPU here (nvidia-smi finds none); give cpu as the third argument to train without one" >&2; exit 1; } ;;
  cpu) ;;
  *) echo "$usage" >&2; exit 1 ;;
esac
for pack in train val; do
  [[ -s build/gpu/$pack.pack ]] || { echo "build/gpu/$pack.pack is missing; run tests/gpu/prepare where the photographs are, and bring build/gpu along" >&2; exit 1; }
done
if [[ $device == cuda ]]; then
  # The reference correlation trains too, only slower: nvcc that does not fit LibTorch must not cost the run.
  configure_and_build build/gpu-train ON -DKEEL_TESTS=OFF || configure_and_build build/gpu-train OFF -DKEEL_TESTS=OFF
else
  configure_and_build build/gpu-train OFF -DKEEL_TESTS=OFF
fi
mkdir -p "$out"
keel=build/gpu-train/bin/keel
start=()
[[ ! -f resources/models/ihn.safetensors ]] || start=(--start resources/models/ihn.safetensors)
"$keel" train --photos build/gpu/train.pack --validation build/gpu/val.pack --out "$out" --minutes "$minutes" --device "$device" "${start[@]}" "$@"
separator='['
for protocol in coco video; do
  for estimator in ihn regression; do
    echo "$separator"
    "$keel" mace --photos build/gpu/val.pack --weights "$out/weights.safetensors" --protocol "$protocol" --estimator "$estimator" --pairs "${KEEL_MACE_PAIRS-2000}" --json
    separator=','
  done
done | tee "$out/mace.json"
echo ']' | tee -a "$out/mace.json"
