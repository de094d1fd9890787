# SPDX-License-Identifier: GPL-3.0-or-later
# For the scripts beside it: where a bare machine's LibTorch and the libraries of tests/gpu/prepare are, and how the program is built with them.
deps=$PWD/build/gpu/deps/usr
torch=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)' 2>/dev/null || true)
export LD_LIBRARY_PATH=$deps/lib/x86_64-linux-gnu${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}

# configure_and_build FOLDER CUDA [CMAKE OPTIONS...]: no Qt, no FFmpeg. The log is FOLDER.log; its end is shown where it fails.
configure_and_build() {
  local folder=$1 cuda=$2
  shift 2
  local options=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DKEEL_STUDIO=OFF -DKEEL_MEDIA=OFF -DKEEL_LEARNED=ON -DKEEL_CUDA="$cuda" -DCMAKE_PREFIX_PATH="$deps;$torch")
  if [[ $cuda == ON ]]; then
    # Only the GPU that is here: every further architecture costs a minute.
    local capability
    capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 || true)
    if [[ -n $capability ]]; then
      export TORCH_CUDA_ARCH_LIST=$capability
      options+=(-DCMAKE_CUDA_ARCHITECTURES="${capability/./}-real")
    fi
    [[ ! -x /usr/local/cuda/bin/nvcc ]] || options+=(-DCMAKE_CUDA_COMPILER=/usr/local/cuda/bin/nvcc)
  fi
  rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  mkdir -p "$(dirname "$folder")"
  if ! { cmake -S . -B "$folder" "${options[@]}" "$@" && cmake --build "$folder"; } >"$folder.log" 2>&1; then
    tail -n 40 "$folder.log" >&2
    echo "$folder did not build with KEEL_CUDA=$cuda; $folder.log has all of it" >&2
    return 1
  fi
}
