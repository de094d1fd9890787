#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stabilizes every clip of a folder once with each estimator, measures the outputs with `keel metrics` and prints a Markdown table: residual
acceleration (of the original's; less is steadier), share of frames with a border, and the seconds that stabilizing took.

usage: estimators.py KEEL CLIPS_DIR WORK_DIR [--estimators classical ihn] [--keep 0.8] [--jobs N] [--only NAME ...]
A measurement that is in WORK_DIR already is used again. Exit code 1 where a clip could not be stabilized.
"""
import argparse
import json
import pathlib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from rivals import measure, run


def scores_of(arguments, clip, estimator):
    """The scores, or a sentence."""
    out = arguments.work / f"{clip.stem}-{estimator}.mp4"
    cache = out.with_suffix(".json")
    if not cache.exists():
        begin = time.monotonic()
        try:
            run(arguments.keel, "stabilize", clip, out, "--quiet", "--crf", "16", "--keep", arguments.keep, "--estimator", estimator)
            seconds = time.monotonic() - begin
            scores = measure(arguments, clip, out)
            if isinstance(scores, dict):
                scores["seconds"] = seconds
        except subprocess.CalledProcessError as error:
            return f"ended with {error.returncode}: {error.stderr.strip()[-200:]}"
        cache.write_text(json.dumps(scores))
    return json.loads(cache.read_text())


def cells(scores):
    if not isinstance(scores, dict):
        return f"{scores} | | "
    return f"{scores['jitter_ratio']:.3f} | {100 * scores['border']['any_share']:.1f} | {scores['seconds']:.0f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("keel", type=pathlib.Path)
    parser.add_argument("clips", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--estimators", nargs="+", default=["classical", "ihn"])
    parser.add_argument("--keep", default="0.8")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    clips = sorted(c for c in arguments.clips.iterdir() if c.suffix != ".md" and (not arguments.only or c.stem in arguments.only))
    print(f"| clip | {' | '.join(f'{e}: acceleration | border, % | s' for e in arguments.estimators)} |")
    print("|---" * (1 + 3 * len(arguments.estimators)) + "|", flush=True)
    failed = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for clip, rows in zip(clips, pool.map(lambda c: [scores_of(arguments, c, e) for e in arguments.estimators], clips)):
            failed += sum(isinstance(r, str) and r.startswith("ended") for r in rows)
            print(f"| {clip.name} | {' | '.join(cells(r) for r in rows)} |", flush=True)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
