// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/track_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

namespace keel {
namespace {

namespace fs = std::filesystem;

/// Counted up when the layout of the bytes changes, or what a decoder of this program delivers.
constexpr std::int64_t kFormatVersion = 3;
constexpr std::array<char, 8> kMagic{'K', 'E', 'E', 'L', 'T', 'R', 'K', '\n'};
/// Two days at 60 frames a second; larger counts are damage.
constexpr std::int64_t kMaxFrames = 10'000'000;
constexpr std::int64_t kMaxName = 64;
constexpr std::int64_t kMaxSide = 1 << 16;
constexpr const char* kEnding = ".track";
constexpr const char* kPartEnding = ".part";
/// Parts older than this belong to a process that is gone.
constexpr auto kStalePart = std::chrono::hours(24);

class Writer {
 public:
  template <class T>
  void put(const T& value) {
    const auto raw = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
  }
  void put(const std::string& text) {
    put(static_cast<std::int64_t>(text.size()));
    const auto raw = std::as_bytes(std::span(text));
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
  }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads what is there and remembers whether it was enough.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <class T>
  [[nodiscard]] T get() {
    T value{};
    if (rest_.size() < sizeof(T)) good_ = false;
    if (!good_) return value;
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }
  [[nodiscard]] std::string text(std::int64_t longest) {
    const auto size = get<std::int64_t>();
    if (size < 0 || size > longest || static_cast<std::size_t>(size) > rest_.size()) good_ = false;
    if (!good_) return {};
    std::string out(reinterpret_cast<const char*>(rest_.data()), static_cast<std::size_t>(size));
    rest_ = rest_.subspan(static_cast<std::size_t>(size));
    return out;
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
  bool good_ = true;
};

constexpr std::size_t kMotionBytes = 9 * sizeof(double) + sizeof(float);
constexpr std::size_t kBendBytes = (2 * RowBend::kTerms + 2) * sizeof(double);
constexpr std::size_t kPairBytes = kMotionBytes + kBendBytes + sizeof(std::uint8_t);
constexpr std::size_t kAnchorBytes = kMotionBytes + 2 * sizeof(std::int32_t);

void write_motion(Writer& out, const Mat3& h, float confidence) {
  for (const double value : h.m) out.put(value);
  out.put(confidence);
}

/// False where a value is out of range.
bool read_motion(Reader& in, Mat3& h, float& confidence) {
  for (double& value : h.m) value = in.get<double>();
  confidence = in.get<float>();
  return std::all_of(h.m.begin(), h.m.end(), [](double v) { return std::isfinite(v); }) && confidence >= 0 && confidence <= 1;
}

void write_bend(Writer& out, const RowBend& bend) {
  for (const RowBend::Terms& terms : {bend.x, bend.y})
    for (const double value : terms) out.put(value);
  out.put(bend.middle_px);
  out.put(bend.half_px);
}

/// False where a value is out of range.
bool read_bend(Reader& in, RowBend& bend) {
  bool finite = true;
  const auto read = [&](double& value) { finite = std::isfinite(value = in.get<double>()) && finite; };
  for (RowBend::Terms* terms : {&bend.x, &bend.y})
    for (double& value : *terms) read(value);
  read(bend.middle_px);
  read(bend.half_px);
  return finite && bend.half_px > 0;
}

std::optional<PairMotion> read_pair(Reader& in) {
  PairMotion pair;
  bool plausible = read_motion(in, pair.cur_from_prev, pair.confidence);
  plausible = read_bend(in, pair.bend) && plausible;
  const auto status = in.get<std::uint8_t>();
  if (!plausible || status < static_cast<int>(MotionStatus::kOk) || status > static_cast<int>(MotionStatus::kDiverged)) return std::nullopt;
  pair.status = static_cast<MotionStatus>(status);
  return pair;
}

std::optional<AnchorMotion> read_anchor(Reader& in, int frames) {
  AnchorMotion anchor;
  const bool plausible = read_motion(in, anchor.to_from_from, anchor.confidence);
  anchor.from = in.get<std::int32_t>();
  anchor.to = in.get<std::int32_t>();
  return plausible && anchor.from >= 0 && anchor.from < anchor.to && anchor.to < frames ? std::optional(anchor) : std::nullopt;
}

Digest checksum(std::span<const std::byte> bytes) {
  Sha256 sum;
  sum.add(bytes);
  return sum.finish();
}

}  // namespace

Result<Digest> track_key(const fs::path& clip, const std::string& estimator, const OptionValues& options, TrackBy by) {
  KEEL_ASSIGN(const EstimatorIdentity identity, motion_estimator_identity(estimator));
  KEEL_ASSIGN(const Digest content, content_key(clip));
  Sha256 sum;
  sum.add(kFormatVersion);
  sum.add(std::as_bytes(std::span(content)));
  sum.add(estimator);
  sum.add(static_cast<std::int64_t>(identity.version));
  for (const auto& [id, value] : options) {
    sum.add(id);
    sum.add(std::as_bytes(std::span(&value, 1)));
  }
  if (!identity.weights.empty()) {
    KEEL_ASSIGN(const Digest weights, hash_file(identity.weights));
    sum.add(std::as_bytes(std::span(weights)));
  }
  // The CPU's keys stay what they were.
  if (identity.gpu_shows && by == TrackBy::kGpu) sum.add(std::string("gpu"));
  return sum.finish();
}

std::vector<TrackBy> tracks_that_serve(const std::string& estimator, bool with_gpu) {
  const auto identity = motion_estimator_identity(estimator);
  const auto uses = motion_estimator_uses_gpu(estimator);
  if (with_gpu && identity && identity->gpu_shows && uses && *uses) return {TrackBy::kGpu, TrackBy::kCpu};
  return {TrackBy::kCpu};
}

std::optional<TrackBy> track_kept_as(const MotionCompute& compute) {
  if (!compute.gpu_shows) return TrackBy::kCpu;
  return compute.on_gpu ? std::optional(TrackBy::kGpu) : std::nullopt;
}

std::vector<std::byte> track_to_bytes(const MotionTrack& track, const Digest& key) {
  Writer out;
  out.reserve(256 + track.pts.size() * (sizeof(std::int64_t) + kPairBytes));
  out.put(kMagic);
  out.put(kFormatVersion);
  out.put(key);
  out.put(track.estimator);
  for (const std::int64_t value : {std::int64_t{track.size.width}, std::int64_t{track.size.height}, track.time_base.num, track.time_base.den,
                                   static_cast<std::int64_t>(track.pts.size()), static_cast<std::int64_t>(track.anchors.size())})
    out.put(value);
  for (const std::int64_t pts : track.pts) out.put(pts);
  for (const PairMotion& pair : track.pairs) {
    write_motion(out, pair.cur_from_prev, pair.confidence);
    write_bend(out, pair.bend);
    out.put(static_cast<std::uint8_t>(pair.status));
  }
  for (const AnchorMotion& anchor : track.anchors) {
    write_motion(out, anchor.to_from_from, anchor.confidence);
    out.put(static_cast<std::int32_t>(anchor.from));
    out.put(static_cast<std::int32_t>(anchor.to));
  }
  out.put(checksum(out.bytes()));
  return std::move(out.bytes());
}

std::optional<MotionTrack> track_from_bytes(std::span<const std::byte> bytes, const Digest& key) {
  constexpr std::size_t kSum = sizeof(Digest);
  if (bytes.size() < kSum) return std::nullopt;
  const auto body = bytes.first(bytes.size() - kSum);
  const Digest wanted = checksum(body);
  if (std::memcmp(wanted.data(), bytes.data() + body.size(), kSum) != 0) return std::nullopt;
  Reader in(body);
  if (in.get<std::array<char, 8>>() != kMagic || in.get<std::int64_t>() != kFormatVersion || in.get<Digest>() != key) return std::nullopt;
  MotionTrack track;
  track.estimator = in.text(kMaxName);
  const auto width = in.get<std::int64_t>(), height = in.get<std::int64_t>();
  track.time_base.num = in.get<std::int64_t>();
  track.time_base.den = in.get<std::int64_t>();
  const auto frames = in.get<std::int64_t>(), anchors = in.get<std::int64_t>();
  if (!in.good() || width < 1 || height < 1 || width > kMaxSide || height > kMaxSide || track.time_base.num < 1 || track.time_base.den < 1)
    return std::nullopt;
  if (frames < 1 || frames > kMaxFrames || anchors < 0 || anchors > frames) return std::nullopt;
  const auto count = static_cast<std::size_t>(frames);
  // Before anything is allocated: the bytes must be there.
  if (in.left() != count * sizeof(std::int64_t) + (count - 1) * kPairBytes + static_cast<std::size_t>(anchors) * kAnchorBytes) return std::nullopt;
  track.size = {static_cast<int>(width), static_cast<int>(height)};
  track.pts.resize(count);
  for (std::int64_t& pts : track.pts) pts = in.get<std::int64_t>();
  if (std::adjacent_find(track.pts.begin(), track.pts.end(), std::greater_equal<>()) != track.pts.end()) return std::nullopt;
  track.pairs.reserve(count - 1);
  for (std::size_t i = 1; i < count; ++i) {
    const auto pair = read_pair(in);
    if (!pair) return std::nullopt;
    track.pairs.push_back(*pair);
  }
  for (std::int64_t i = 0; i < anchors; ++i) {
    const auto anchor = read_anchor(in, static_cast<int>(frames));
    if (!anchor) return std::nullopt;
    track.anchors.push_back(*anchor);
  }
  return track;
}

fs::path default_track_cache_folder() {
  // The specification of these folders: relative paths are to be ignored.
  const char* set = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (set != nullptr && fs::path(set).is_absolute()) return fs::path(set) / "keel/tracks";
  return home != nullptr ? fs::path(home) / ".cache/keel/tracks" : fs::path();
}

fs::path TrackCache::file_of(const Digest& key) const { return folder_ / (to_hex(key) + kEnding); }

std::optional<MotionTrack> TrackCache::load(const Digest& key) const {
  const fs::path file = file_of(key);
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  if (failed) return std::nullopt;
  std::optional<MotionTrack> track;
  if (size <= max_bytes_) {
    std::vector<std::byte> bytes(size);
    std::ifstream stream(file, std::ios::binary);
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (stream) track = track_from_bytes(bytes, key);
  }
  if (track) {
    fs::last_write_time(file, fs::file_time_type::clock::now(), failed);
  } else {
    fs::remove(file, failed);
  }
  return track;
}

void TrackCache::store(const MotionTrack& track, const Digest& key) const {
  const std::vector<std::byte> bytes = track_to_bytes(track, key);
  // What could not be read back is not worth its place.
  if (bytes.size() > max_bytes_ || !track_from_bytes(bytes, key)) return;
  static std::atomic<int> count{0};
  std::error_code failed;
  fs::create_directories(folder_, failed);
  const fs::path part = folder_ / fmt::format("{}.{}-{}{}", to_hex(key), getpid(), ++count, kPartEnding);
  {
    std::ofstream stream(part, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (!stream) {
      fs::remove(part, failed);
      return;
    }
  }
  fs::rename(part, file_of(key), failed);
  if (failed) fs::remove(part, failed);
  trim();
}

void TrackCache::trim() const {
  struct Kept {
    fs::file_time_type changed;
    std::uintmax_t bytes;
    fs::path file;
  };
  std::vector<Kept> kept;
  std::uintmax_t total = 0;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder_, failed)) {
    std::error_code gone;
    const Kept one{entry.last_write_time(gone), entry.file_size(gone), entry.path()};
    if (gone) continue;
    const bool part = one.file.extension() == kPartEnding;
    if (part && fs::file_time_type::clock::now() - one.changed > kStalePart) fs::remove(one.file, gone);
    if (one.file.extension() != kEnding) continue;
    total += one.bytes;
    kept.push_back(one);
  }
  std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.changed < b.changed; });
  for (const Kept& oldest : kept) {
    if (total <= max_bytes_) break;
    fs::remove(oldest.file, failed);
    total -= oldest.bytes;
  }
}

}  // namespace keel
