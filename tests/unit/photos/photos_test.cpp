// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "engine/photos/pair_synthesis.h"
#include "engine/photos/photo_pack.h"

namespace keel {
namespace {

/// Waves of several directions and a few hard edges: something for every frequency.
GrayPhoto wavy_photo(Size size, int seed = 1) {
  GrayPhoto photo{size, {}};
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const double v = 128 + 45 * std::sin(0.11 * x + seed) + 35 * std::cos(0.17 * y - 0.05 * x * seed) + ((x / 23 + y / 31 + seed) % 3 == 0 ? 30 : 0);
      photo.pixels.push_back(static_cast<std::uint8_t>(std::clamp(v, 0.0, 255.0)));
    }
  return photo;
}

double rms(const GrayPhoto& a, const GrayPhoto& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::pow(a.pixels[i] - b.pixels[i], 2);
  return std::sqrt(sum / static_cast<double>(a.pixels.size()));
}

std::filesystem::path temporary(const char* name) { return std::filesystem::temp_directory_path() / (std::string("keel-photos-test-") + name); }

TEST(PhotoCodecTest, PhotographOfAnySize_ComesBackWithinTheQuantisersError) {
  for (const Size size : {Size{320, 240}, Size{1, 1}, Size{7, 9}, Size{65, 8}}) {
    const GrayPhoto photo = wavy_photo(size);
    const auto bytes = encode_photo(photo, 4);
    const auto back = decode_photo(bytes);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->size, size);
    // A uniform quantiser of step 4 to 12 errs by up to half a step a coefficient; 4 grey levels is its root mean square at the coarse end.
    EXPECT_LT(rms(photo, *back), 4) << size.width << "x" << size.height;
  }
}

TEST(PhotoCodecTest, LargerStep_MakesSmallerData) {
  const GrayPhoto photo = wavy_photo(kPackedPhotoSize);
  const auto fine = encode_photo(photo, 2), coarse = encode_photo(photo, 16);
  EXPECT_LT(coarse.size(), fine.size());
  EXPECT_LT(fine.size(), photo.pixels.size());
}

TEST(PhotoCodecTest, ShortenedOrRandomBytes_GiveAnErrorOrAPictureAndNeverCrash) {
  const auto bytes = encode_photo(wavy_photo({64, 48}), 4);
  for (std::size_t length = 0; length < bytes.size(); length += 7) (void)decode_photo(std::span(bytes).first(length));
  EXPECT_FALSE(decode_photo(std::span(bytes).first(bytes.size() / 2)).ok());
  PairRandom random(5);
  for (int i = 0; i < 300; ++i) {
    auto noise = bytes;
    for (int k = 0; k < 8; ++k) noise[static_cast<std::size_t>(random.index(static_cast<int>(noise.size())))] = static_cast<std::uint8_t>(random.next());
    // A header that claims a huge picture is refused by its size, or runs out of data.
    (void)decode_photo(noise);
  }
}

TEST(PhotoPackTest, WrittenPack_IsReadBackInOrder) {
  const auto path = temporary("pack");
  const std::vector<GrayPhoto> photos{wavy_photo(kPackedPhotoSize, 1), wavy_photo(kPackedPhotoSize, 2)};
  ASSERT_TRUE(write_photo_pack(path, photos, 4).ok());
  const auto back = read_photo_pack(path);
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back->size(), 2u);
  EXPECT_LT(rms(photos[0], (*back)[0]), 4);
  EXPECT_LT(rms(photos[1], (*back)[1]), 4);
  std::filesystem::remove(path);
}

TEST(PhotoPackTest, DamagedOrMissingPack_IsAnErrorWithItsName) {
  const auto path = temporary("damaged");
  EXPECT_EQ(read_photo_pack(path).error().code, ErrorCode::kNotFound);
  std::ofstream(path) << "KEELPAK1 and nothing that follows the format";
  const auto damaged = read_photo_pack(path);
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(damaged.error().message.find(path.string()), std::string::npos);
  std::filesystem::remove(path);
}

TEST(ResizePhotoTest, EvenPicture_StaysEvenAtAnySize) {
  const GrayPhoto gray{{50, 37}, std::vector<std::uint8_t>(50 * 37, 90)};
  for (const Size size : {Size{320, 240}, Size{11, 5}})
    for (const std::uint8_t value : resize_photo(gray, size).pixels) EXPECT_EQ(value, 90);
}

/// Mean absolute difference between the previous view and the current one sampled where the homography says, away from the rim.
double disagreement(const SynthesizedPair& pair, const Mat3& cur_from_prev) {
  double sum = 0;
  int count = 0;
  for (int y = 8; y < pair.view.height - 8; ++y)
    for (int x = 8; x < pair.view.width - 8; ++x) {
      const Point p = apply(cur_from_prev, {static_cast<double>(x), static_cast<double>(y)});
      const int u = static_cast<int>(std::lround(p.x)), v = static_cast<int>(std::lround(p.y));
      if (u < 0 || v < 0 || u >= pair.view.width || v >= pair.view.height) continue;
      sum += std::abs(pair.prev[static_cast<std::size_t>(y * pair.view.width + x)] - pair.cur[static_cast<std::size_t>(v * pair.view.width + u)]);
      ++count;
    }
  return sum / count;
}

TEST(PairSynthesisTest, EvaluationPair_AgreesUnderItsHomographyAndNotUnderTheInverse) {
  const GrayPhoto photo = wavy_photo(kPackedPhotoSize);
  for (int i = 0; i < 10; ++i) {
    PairRandom random = evaluation_random(3, i);
    const SynthesizedPair pair = evaluation_pair(photo, PairProtocol::kCoco, random);
    const double right = disagreement(pair, pair.cur_from_prev);
    // Rounding to the nearest pixel costs a few grey levels at these slopes.
    EXPECT_LT(right, 8);
    EXPECT_LT(right, disagreement(pair, *inverse(pair.cur_from_prev)));
  }
}

TEST(PairSynthesisTest, CocoPair_MovesNoCornerBeyondItsReach) {
  const GrayPhoto photo = wavy_photo(kPackedPhotoSize);
  for (int i = 0; i < 50; ++i) {
    PairRandom random = evaluation_random(4, i);
    const SynthesizedPair pair = evaluation_pair(photo, PairProtocol::kCoco, random);
    for (const Point& corner : corner_centres(kPatch)) {
      const Point moved = apply(pair.cur_from_prev, corner);
      EXPECT_LE(std::max(std::abs(moved.x - corner.x), std::abs(moved.y - corner.y)), kCocoReach + 1e-6);
    }
  }
}

TEST(PairSynthesisTest, SameSeed_GivesTheSamePairAndAnotherSeedAnother) {
  const std::vector<GrayPhoto> photos{wavy_photo(kPackedPhotoSize, 1), wavy_photo(kPackedPhotoSize, 2)};
  const auto make = [&](std::uint64_t seed) {
    PairRandom random(seed);
    return training_pair(photos, PairProtocol::kVideo, random);
  };
  EXPECT_EQ(make(9).prev, make(9).prev);
  EXPECT_EQ(make(9).cur_from_prev, make(9).cur_from_prev);
  EXPECT_NE(make(9).cur, make(10).cur);
}

TEST(PairSynthesisTest, ProtocolNames_GoBothWays) {
  for (const PairProtocol protocol : {PairProtocol::kCoco, PairProtocol::kVideo}) EXPECT_EQ(pair_protocol(to_string(protocol)), protocol);
  EXPECT_EQ(pair_protocol("other"), std::nullopt);
}

}  // namespace
}  // namespace keel
