// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/host_sharing.h"

#include <cstring>
#include <vector>

namespace keel::ui::test {

HostSharing::Texture& HostSharing::known(SharedTexture shared) {
  const auto found = shared_.find(shared);
  KEEL_CHECK(found != shared_.end());
  return found->second;
}

int HostSharing::same_device(bool* same) noexcept {
  *same = same_;
  return next_call();
}

int HostSharing::share(SharedTexture* shared, unsigned texture) noexcept {
  if (const int code = next_call(); code != 0) return code;
  *shared = reinterpret_cast<SharedTexture>(++next_handle_);
  shared_[*shared] = {texture};
  return 0;
}

int HostSharing::unshare(SharedTexture shared) noexcept {
  const int code = next_call();
  // On a device that fails nothing is certain any more.
  KEEL_CHECK(code != 0 || !known(shared).mapped);
  KEEL_CHECK(shared_.erase(shared) == 1);
  return code;
}

int HostSharing::map(SharedTexture* shared, int count, GpuStream) noexcept {
  if (const int code = next_call(); code != 0) return code;
  for (int i = 0; i < count; ++i) {
    KEEL_CHECK(!known(shared[i]).mapped);
    known(shared[i]).mapped = true;
  }
  return 0;
}

int HostSharing::unmap(SharedTexture* shared, int count, GpuStream) noexcept {
  if (const int code = next_call(); code != 0) return code;
  for (int i = 0; i < count; ++i) {
    KEEL_CHECK(known(shared[i]).mapped);
    known(shared[i]).mapped = false;
  }
  return 0;
}

int HostSharing::write(SharedTexture shared, const Rows& from, CopyDirection direction, GpuStream stream) noexcept {
  if (const int code = next_call(); code != 0) return code;
  KEEL_CHECK(known(shared).mapped && from.bytes <= from.pitch && direction != CopyDirection::kToHost);
  const bool on_device = direction == CopyDirection::kOnDevice;
  ++writes_;
  writes_on_device_ += on_device ? 1 : 0;
  gpu_.enqueue(stream, from.data, (from.count - 1) * from.pitch + from.bytes, on_device, [=, this, name = known(shared).name] { put(name, from); });
  return 0;
}

void HostSharing::put(GLuint name, const Rows& from) const {
  std::vector<std::byte> packed(from.bytes * from.count);
  for (std::size_t y = 0; y < from.count; ++y) std::memcpy(packed.data() + y * from.bytes, static_cast<const std::byte*>(from.data) + y * from.pitch, from.bytes);
  if (wrong_) packed[packed.size() / 2] ^= std::byte{1};
  gl_.glBindTexture(GL_TEXTURE_2D, name);
  GLint width = 0, height = 0, bits = 0;
  gl_.glGetTexLevelParameteriv(GL_TEXTURE_2D, 0, GL_TEXTURE_WIDTH, &width);
  gl_.glGetTexLevelParameteriv(GL_TEXTURE_2D, 0, GL_TEXTURE_HEIGHT, &height);
  gl_.glGetTexLevelParameteriv(GL_TEXTURE_2D, 0, GL_TEXTURE_RED_SIZE, &bits);
  KEEL_CHECK(from.bytes == static_cast<std::size_t>(width) * static_cast<std::size_t>(bits) / 8 && from.count == static_cast<std::size_t>(height));
  gl_.glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  gl_.glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, width, height, GL_RED, bits == 16 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_BYTE, packed.data());
  gl_.glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
}

}  // namespace keel::ui::test
