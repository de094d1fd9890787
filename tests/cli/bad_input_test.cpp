// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "cli_support.h"

namespace keel::test {
namespace {

/// Every command that reads a clip refuses it with exit code 1 and one sentence; nothing is written.
class BadInputTest : public CliTest {
 protected:
  void expect_refused(const std::string& name, const std::string& reason = "") {
    const fs::path in = at(name);
    for (const Words& words : {Words{"stabilize", in, at("out.mp4")}, Words{"analyze", in, "--out", at("out.json")}, Words{"info", in},
                               Words{"metrics", in, in}}) {
      const Outcome outcome = keel(words, {}, 20);
      EXPECT_EQ(outcome.exit_code, 1) << words[0] << ": " << outcome.err;
      EXPECT_TRUE(outcome.out.empty()) << words[0] << ": " << outcome.out;
      expect_one_sentence(outcome, name);
      EXPECT_NE(outcome.err.find(reason), std::string::npos) << words[0] << ": " << outcome.err;
      expect_nothing_left(at("out.mp4"));
      expect_nothing_left(at("out.json"));
    }
  }
};

TEST_F(BadInputTest, MissingFileIsRefused) { expect_refused("absent.mp4", "not found"); }

TEST_F(BadInputTest, EmptyFileIsRefused) {
  write_text(at("empty.mp4"), "");
  expect_refused("empty.mp4", "empty");
}

TEST_F(BadInputTest, TextWithTheNameOfAVideoIsRefused) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "This is a letter, not a film. ";
  write_text(at("letter.mp4"), text);
  expect_refused("letter.mp4", "not a video");
}

TEST_F(BadInputTest, RandomBytesAreRefused) {
  std::string bytes;
  unsigned state = 1;
  for (int i = 0; i < 200000; ++i) bytes.push_back(static_cast<char>((state = state * 1664525u + 1013904223u) >> 24));
  write_text(at("noise.mkv"), bytes);
  expect_refused("noise.mkv");
}

TEST_F(BadInputTest, SoundWithoutPictureIsRefused) {
  ffmpeg({"-f", "lavfi", "-i", "sine=d=1", at("song.m4a")});
  expect_refused("song.m4a", "no video");
}

TEST_F(BadInputTest, SoundWithACoverPictureIsRefused) {
  ffmpeg({"-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic",
          at("album.m4a")});
  expect_refused("album.m4a", "no video");
}

TEST_F(BadInputTest, APictureIsRefused) {
  ffmpeg({"-f", "lavfi", "-i", "testsrc=s=64x64", "-frames:v", "1", at("photo.png")});
  expect_refused("photo.png");
}

TEST_F(BadInputTest, UnfinishedRecordingIsRefusedWithTheReason) {
  make_clip(at("whole.mp4"));
  const std::string bytes = read_text(at("whole.mp4"));
  write_text(at("unfinished.mp4"), bytes.substr(0, bytes.size() / 2));
  expect_refused("unfinished.mp4", "index");
}

TEST_F(BadInputTest, InterlacedIsRefusedWithAdvice) {
  ClipSpec spec;
  spec.filters = "setfield=tff";
  spec.more = {"-flags", "+ilme+ildct", "-x264opts", "tff=1"};
  make_clip(at("fields.mp4"), spec);
  expect_refused("fields.mp4", "interlaced");
}

TEST_F(BadInputTest, InterlacedThatOnlyThePicturesTell_IsRefusedWithAdvice) {
  ffmpeg({"-f", "lavfi", "-i", "testsrc=s=720x576:r=25:d=0.4,setfield=bff", "-pix_fmt", "yuv420p", "-c:v", "dvvideo", at("camcorder.dv")});
  expect_refused("camcorder.dv", "interlaced");
}

TEST_F(BadInputTest, RecordingsStrungTogether_AreRefusedWithAdviceThatHelps) {
  for (const char* kind : {".ts", ".vob"}) {
    ClipSpec spec;
    spec.frames = 75;  // 3 s
    spec.more = {"-c:a", "mp2"};
    if (std::string(kind) == ".vob") spec.more.insert(spec.more.end(), {"-c:v", "mpeg2video"});
    const fs::path part = at(std::string("part") + kind), joined = at(std::string("joined") + kind);
    make_clip(part, spec);
    write_text(joined, read_text(part) + read_text(part));
    // What the file's beginning does not show is told where the clip is read.
    const Outcome outcome = keel({"stabilize", joined, at("out.mkv")}, {}, 20);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_NE(outcome.err.find("several recordings"), std::string::npos) << outcome.err;
    expect_nothing_left(at("out.mkv"));
    ffmpeg({"-fflags", "+genpts", "-i", joined, "-map", "0:v", "-map", "0:a", "-c", "copy", at("joined.mkv")});
    EXPECT_EQ(stabilize(at("joined.mkv"), at("out.mkv")).outcome.exit_code, 0) << kind;
    for (const char* used : {"joined.mkv", "out.mkv"}) fs::remove(at(used));
  }
}

TEST_F(BadInputTest, PlaylistsAndScriptsAreNotFollowed) {
  make_clip(at("secret.ts"));
  make_clip(at("secret.mp4"));
  const std::string target = at("secret.ts").string();
  write_text(at("list.m3u8"), "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-VERSION:3\n#EXTINF:1.0,\n" + target + "\n#EXT-X-ENDLIST\n");
  write_text(at("disguised.mp4"), read_text(at("list.m3u8")));
  write_text(at("concat.txt"), "ffconcat version 1.0\nfile " + at("secret.mp4").string() + "\n");
  write_text(at("concat.mkv"), read_text(at("concat.txt")));
  write_text(at("manifest.mpd"), "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"><Period><AdaptationSet "
                                 "mimeType=\"video/mp4\"><Representation id=\"1\"><BaseURL>" +
                                     at("secret.mp4").string() + "</BaseURL></Representation></AdaptationSet></Period></MPD>");
  write_text(at("call.sdp"), "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n");
  for (const char* name : {"list.m3u8", "disguised.mp4", "concat.txt", "concat.mkv", "manifest.mpd", "call.sdp"}) expect_refused(name);
}

TEST_F(BadInputTest, AddressesAreTakenForFileNames) {
  for (const char* address : {"http://127.0.0.1:9/a.mp4", "concat:a.mp4|b.mp4", "lavfi:testsrc", "pipe:0"}) {
    const Outcome outcome = keel({"stabilize", address, at("out.mp4")}, {}, 10);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    expect_one_sentence(outcome, "not found");
  }
}

class DamagedTest : public CliTest {};

TEST_F(DamagedTest, TruncatedClipIsStabilizedToItsEndAndSaysSo) {
  for (const char* ending : {".mp4", ".mkv", ".ts", ".avi"}) {
    ClipSpec spec;
    spec.frames = 60;
    if (std::string(ending) == ".mp4") spec.more = {"-movflags", "+faststart"};
    spec.more.insert(spec.more.end(), {"-g", "10"});
    const fs::path whole = at(std::string("whole") + ending), in = at(std::string("cut") + ending), out = at(std::string("out") + ending);
    make_clip(whole, spec);
    const std::string bytes = read_text(whole);
    write_text(in, bytes.substr(0, bytes.size() * 6 / 10));
    const Stabilized result = stabilize(in, std::string(ending) == ".ts" ? at("out_of_ts.mkv") : out);
    ASSERT_EQ(result.outcome.exit_code, 0) << ending << ": " << result.outcome.err;
    const int frames = result.report["frames"];
    EXPECT_GT(frames, 20) << ending;
    EXPECT_LT(frames, 60) << ending;
    EXPECT_GE(result.report["borders"]["smallest_margin_px"].get<double>(), 0.0);
    // A transport stream promises no length, so there is nothing to miss.
    EXPECT_TRUE(std::string(ending) == ".ts" || result.report["ended_early"].get<bool>()) << ending;
    // --quiet is about progress.
    EXPECT_TRUE(std::string(ending) == ".ts" || result.outcome.err.find("ends early") != std::string::npos) << ending << ": " << result.outcome.err;
  }
}

TEST_F(DamagedTest, LostPacketOfSoundInATransportStream_IsLeftOutAndTold) {
  ClipSpec spec;
  spec.frames = 60;
  spec.more = {"-c:a", "aac"};
  make_clip(at("whole.ts"), spec);
  // Packets of 188 bytes; those of the sound have the second stream's number, and the first of several that make up a frame of sound is marked. Losing another leaves a frame with a hole.
  const std::string bytes = read_text(at("whole.ts"));
  constexpr std::size_t kPacket = 188;
  int refused = 0, lost = 0;
  for (std::size_t at_byte = kPacket * 20; at_byte + kPacket <= bytes.size() && lost < 6; at_byte += kPacket) {
    const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(bytes[at_byte + n]); };
    if (((byte(1) & 0x1FU) << 8U | byte(2)) != 0x101 || (byte(1) & 0x40U) != 0) continue;
    ++lost;
    write_text(at("lost.ts"), bytes.substr(0, at_byte) + bytes.substr(at_byte + kPacket));
    const Stabilized result = stabilize(at("lost.ts"), at("out.mp4"));
    ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
    if (result.report["left_out_packets"].get<int>() == 0) continue;
    ++refused;
    EXPECT_NE(result.outcome.err.find("sound"), std::string::npos) << result.outcome.err;
  }
  EXPECT_GT(refused, 0) << "no clip was damaged as intended";
}

TEST_F(DamagedTest, GarbageInTheMiddleIsBridgedAndCounted) {
  for (const char* ending : {".mp4", ".mkv", ".ts"}) {
    ClipSpec spec;
    spec.frames = 60;
    spec.audio = {};
    spec.more = {"-g", "15"};
    const fs::path in = at(std::string("in") + ending), out = at(std::string("out") + (std::string(ending) == ".ts" ? ".mkv" : ending));
    make_clip(in, spec);
    std::string bytes = read_text(in);
    unsigned state = 9;
    for (std::size_t i = bytes.size() * 45 / 100; i < bytes.size() * 52 / 100; ++i)
      bytes[i] = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
    write_text(in, bytes);
    const Stabilized result = stabilize(in, out);
    ASSERT_EQ(result.outcome.exit_code, 0) << ending << ": " << result.outcome.err;
    const int frames = result.report["frames"], damaged = result.report["damaged_frames"];
    EXPECT_GT(damaged, 0) << ending;
    // The index of an .mp4 survives, so all frames are there; in the other files the damaged packets are lost, and counted.
    EXPECT_GE(frames + (std::string(ending) == ".mp4" ? 0 : damaged), 60) << ending;
    EXPECT_GT(frames, 40) << ending;
    EXPECT_LE(damaged, 20) << ending;
    EXPECT_EQ(video_stream(out)["nb_read_packets"], std::to_string(result.report["frames"].get<int>()));
  }
}

TEST_F(DamagedTest, EveryPrefixEndsInAResultOrASentence) {
  ClipSpec spec;
  spec.width = spec.height = 64;
  spec.frames = 20;
  spec.more = {"-movflags", "+faststart"};
  make_clip(at("whole.mp4"), spec);
  const std::string bytes = read_text(at("whole.mp4"));
  for (int part = 1; part < 12; ++part) {
    write_text(at("in.mp4"), bytes.substr(0, bytes.size() * static_cast<std::size_t>(part) / 12));
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"));
    EXPECT_TRUE(result.outcome.exit_code == 0 || result.outcome.exit_code == 1) << part << ": " << result.outcome.exit_code << result.outcome.err;
    if (result.outcome.exit_code == 1) expect_one_sentence(result.outcome, "in.mp4");
    EXPECT_EQ(fs::exists(at("out.mp4")), result.outcome.exit_code == 0);
    fs::remove(at("out.mp4"));
  }
}

}  // namespace
}  // namespace keel::test
