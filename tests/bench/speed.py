#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times whole programs side by side in one run and writes a Markdown report: `keel analyze` against FFmpeg's vidstabdetect, `keel stabilize` against
FFmpeg decoding and encoding the same clip with the same encoder settings, peak memory for a clip and the same clip ten times as long, and the
engine's own benchmarks. Machines are noisy: the commands take turns and medians and ratios are what counts.

usage: speed.py BIN_DIR SMALL_CLIP LARGE_CLIP REPORT.md [--runs 5]      (SMALL_CLIP about 640x360, LARGE_CLIP 1920x1080)
"""
import argparse
import datetime
import os
import pathlib
import statistics
import subprocess
import tempfile
import time


def timed(command):
    """(wall s, CPU s, peak MiB) of one run, from the kernel's accounting of that process."""
    with tempfile.TemporaryFile() as messages:
        start = time.monotonic()
        process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=messages)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        if status != 0:
            messages.seek(0)
            raise SystemExit(f"failed: {' '.join(map(str, command))}\n{messages.read().decode(errors='replace')}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def side_by_side(first, second, runs):
    """Medians of both, and the medians of the ratios run by run."""
    timed(first), timed(second)
    pairs = [(timed(first), timed(second)) for _ in range(runs)]
    median = lambda values: statistics.median(values)
    return [median(p[0][k] for p in pairs) for k in range(3)], [median(p[1][k] for p in pairs) for k in range(3)], [median(p[0][k] / p[1][k] for p in pairs) for k in range(2)]


def row(what, first, second, ratio, target):
    return f"| {what} | {first[0]:.2f} | {second[0]:.2f} | {ratio[0]:.2f} | {first[1]:.2f} | {second[1]:.2f} | {ratio[1]:.2f} | {target} |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("small", type=pathlib.Path)
    parser.add_argument("large", type=pathlib.Path)
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    a = parser.parse_args()
    keel = a.bin / "keel"
    lines = [f"# Speed, {datetime.date.today()}", "", f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, {a.runs} run(s) of each analysis in turn, medians. Times in seconds.", "",
             "| what | Keel wall | FFmpeg wall | ratio | Keel CPU | FFmpeg CPU | ratio | wanted |", "|---|---|---|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        temporary = pathlib.Path(folder)
        for clip, wanted in ((a.small, "< 1"), (a.large, "<= 0.25")):
            detect = ["ffmpeg", "-v", "error", "-i", clip, "-an", "-vf", f"vidstabdetect=shakiness=8:accuracy=15:result={temporary / 't.trf'}", "-f", "null", "-"]
            analyze = [keel, "analyze", clip, "--out", temporary / "m.json", "--quiet"]
            lines.append(row(f"analysis of {clip.name}, against vidstabdetect", *side_by_side(analyze, detect, a.runs), wanted))
        encode = ["-c:v", "libx264", "-crf", "18", "-preset", "medium"]
        # What is shaken and what is nearly still cost the encoder different shares: the small clip, enlarged, stands for the one kind.
        shaken = temporary / "shaken.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(a.small), "-an", "-vf", "scale=1920:1080:flags=bicubic", "-frames:v", "150", "-c:v", "libx264", "-crf", "14", "-preset", "fast",
                        str(shaken)], check=True, stdin=subprocess.DEVNULL)
        plain_of = lambda clip: ["ffmpeg", "-v", "error", "-y", "-i", clip, *encode, "-c:a", "copy", temporary / "plain.mp4"]
        stabilize_of = lambda clip: [keel, "stabilize", clip, temporary / "keel.mp4", "--quiet"]
        lines.append(row(f"whole of {a.small.name} enlarged to 1920x1080, against decode + encode", *side_by_side(stabilize_of(shaken), plain_of(shaken), max(2, a.runs // 2)), "<= 1.25"))
        stabilize, plain = stabilize_of(a.large), plain_of(a.large)
        lines.append(row(f"whole of {a.large.name}, against decode + encode", *side_by_side(stabilize, plain, max(2, a.runs // 2)), "<= 1.25"))
        again = ["ffmpeg", "-v", "error", "-y", "-i", temporary / "keel.mp4", *encode, "-c:a", "copy", temporary / "again.mp4"]
        lines.append(row("the same, against decode + encode of the stabilized file", *side_by_side(stabilize, again, max(2, a.runs // 2)), ""))
        long_clip = temporary / f"long{a.large.suffix}"
        subprocess.run(["ffmpeg", "-v", "error", "-stream_loop", "9", "-i", str(a.large), "-c", "copy", str(long_clip)], check=True, stdin=subprocess.DEVNULL)
        peaks = [timed([keel, "stabilize", clip, temporary / "memory.mp4", "--quiet", "--preset", "ultrafast"])[2] for clip in (a.large, long_clip)]
        peak_medium = timed(stabilize)[2]
        peak_plain = timed(plain)[2]
    lines += ["", f"Peak memory of `keel stabilize` on {a.large.name}: {peak_medium:.0f} MiB at preset medium (FFmpeg alone with the same encoder: {peak_plain:.0f} MiB); "
              f"at preset ultrafast {peaks[0]:.0f} MiB, and {peaks[1]:.0f} MiB for ten times the length. Wanted: at most 500 MiB, and the same within 10 % for the long clip.", "", "Engine, one thread:", "", "```"]
    bench = subprocess.run([str(a.bin / "keel_bench"), "--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true"], check=True, capture_output=True,
                           text=True, stdin=subprocess.DEVNULL, env={**os.environ, "KEEL_THREADS": "1"}).stdout
    lines += [line for line in bench.splitlines() if "_median" in line] + ["```", ""]
    a.report.write_text("\n".join(lines))
    print("\n".join(lines))


main()
