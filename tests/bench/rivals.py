#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stabilizes every clip of a folder with Keel and with vid.stab (FFmpeg's vidstabtransform=smoothing=30:optzoom=1), measures both
outputs with `keel metrics` and prints a Markdown table: residual acceleration and picture kept, side by side.

Keel runs at --keep = max(0.8, what vid.stab kept), so that it never shows less picture where vid.stab shows more than 80 %.

usage: rivals.py KEEL CLIPS_DIR WORK_DIR [--jobs N] [--only NAME ...] [--keel-args "..."]
"""
import argparse
import json
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def measure(keel, original, stabilized):
    done = subprocess.run([str(keel), "metrics", str(original), str(stabilized), "--json"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return json.loads(done.stdout)


def vidstab(clip, work):
    out = work / f"{clip.stem}-vidstab.mp4"
    if not out.exists():
        transforms = work / f"{clip.stem}.trf"
        run("ffmpeg", "-v", "error", "-y", "-i", clip, "-an", "-vf", f"vidstabdetect=shakiness=8:accuracy=15:result={transforms}", "-f", "null", "-")
        run("ffmpeg", "-v", "error", "-y", "-i", clip, "-an", "-fps_mode", "passthrough", "-vf",
            f"vidstabtransform=input={transforms}:smoothing=30:optzoom=1:interpol=bicubic", "-c:v", "libx264", "-crf", "16", out)
    return out


def cached_measure(keel, clip, out, work):
    cache = work / f"{out.stem}.metrics.json"
    if not cache.exists():
        cache.write_text(json.dumps(measure(keel, clip, out)))
    return json.loads(cache.read_text())


def compare(arguments, clip):
    work = arguments.work
    try:
        rival = cached_measure(arguments.keel, clip, vidstab(clip, work), work)
    except subprocess.CalledProcessError as error:
        # vid.stab 1.1 aborts on some clips: Keel still has to do them, at its default.
        rival = {"failure": f"vid.stab ended with {error.returncode}"}
    rival_keep = rival["scores"]["picture_kept"]["mean_linear"] if rival.get("scores") else 0.8
    out = work / f"{clip.stem}-keel.mp4"
    # What vid.stab shows can exceed 1 by the noise of the measurement.
    keep = min(0.995, max(0.8, rival_keep))
    run(arguments.keel, "stabilize", clip, out, "--quiet", "--crf", "16", "--keep", f"{keep:.4f}", *arguments.keel_args.split())
    own = measure(arguments.keel, clip, out)
    return clip.name, rival, own


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("keel", type=pathlib.Path)
    parser.add_argument("clips", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--keel-args", default="")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    clips = sorted(c for c in arguments.clips.iterdir() if c.suffix != ".md" and (not arguments.only or c.stem in arguments.only))
    print("| clip | acceleration ratio vid.stab | Keel | better | kept (linear) vid.stab | Keel | shake vid.stab | Keel | sharpness vid.stab | Keel | frames outside vid.stab | Keel |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    wins = total = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for name, rival, own in pool.map(lambda c: compare(arguments, c), clips):
            if not rival.get("scores") or not own.get("scores"):
                print(f"| {name} | {rival.get('failure')} | {own.get('failure')} |", flush=True)
                continue
            a, b = rival["scores"], own["scores"]
            better = b["jitter_ratio"] < a["jitter_ratio"]
            wins += better
            total += 1
            print(f"| {name} | {a['jitter_ratio']:.3f} | {b['jitter_ratio']:.3f} | {'yes' if better else 'NO'} | {a['picture_kept']['mean_linear']:.3f} | "
                  f"{b['picture_kept']['mean_linear']:.3f} | {a['shake_ratio']:.3f} | {b['shake_ratio']:.3f} | {a['sharpness'] or 0:.2f} | {b['sharpness'] or 0:.2f} | "
                  f"{a['border']['any_share']:.3f} | {b['border']['any_share']:.3f} |", flush=True)
    print(f"\nKeel has the lower residual acceleration on {wins} of {total} clips.")


main()
