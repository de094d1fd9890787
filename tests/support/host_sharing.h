// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <GL/glcorearb.h>

#include <cstdint>
#include <map>

#include "tests/support/host_gpu.h"
#include "ui/gl/gl_functions.h"
#include "ui/gl/gl_sharing.h"

namespace keel::ui::test {

/// Sharing of textures with a keel::test::HostGpu: what is written comes into the texture when the stream is waited for, and only then. Fails on demand. It
/// aborts on what a real one would not forgive: writing what is not mapped, beyond a texture's size, letting go of what is mapped.
class HostSharing final : public GlSharing {
 public:
  static constexpr int kNever = keel::test::HostGpu::kNever;
  /// `gl` finds its functions in the context that is current when textures are written.
  HostSharing(keel::test::HostGpu& gpu, const GlFunctions& gl) : gpu_(gpu), gl_(gl) {}

  [[nodiscard]] SharingGpu device() { return {gpu_.gpu(), this}; }
  /// Calls from number `first` on fail (0 is the first). What is let go of is gone all the same.
  void fail_from(int first) { calls_ = 0, first_ = first; }
  void draw_elsewhere() { same_ = false; }
  /// From now on one byte of what is written is wrong.
  void miscopy() { wrong_ = true; }
  [[nodiscard]] int calls() const { return calls_; }
  /// Planes written so far, and those of them that came from the device's own memory.
  [[nodiscard]] int writes() const { return writes_; }
  [[nodiscard]] int writes_on_device() const { return writes_on_device_; }
  /// Textures that were shared and not let go of.
  [[nodiscard]] std::size_t leaks() const { return shared_.size(); }

  int same_device(bool* same) noexcept override;
  int share(SharedTexture* shared, unsigned texture) noexcept override;
  int unshare(SharedTexture shared) noexcept override;
  int map(SharedTexture* shared, int count, GpuStream stream) noexcept override;
  int unmap(SharedTexture* shared, int count, GpuStream stream) noexcept override;
  int write(SharedTexture shared, const Rows& from, CopyDirection direction, GpuStream stream) noexcept override;

 private:
  struct Texture {
    GLuint name;
    bool mapped = false;
  };
  int next_call() noexcept { return calls_++ >= first_ ? keel::test::HostGpu::kFailure : 0; }
  /// Which one it is; aborts on one that is not shared.
  Texture& known(SharedTexture shared);
  void put(GLuint name, const Rows& from) const;

  keel::test::HostGpu& gpu_;
  const GlFunctions& gl_;
  std::map<SharedTexture, Texture> shared_;
  int calls_ = 0, first_ = kNever, writes_ = 0, writes_on_device_ = 0;
  std::uintptr_t next_handle_ = 0;
  bool same_ = true, wrong_ = false;
};

}  // namespace keel::ui::test
