#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stabilizes every clip of a folder with Keel and with other free stabilizers, measures all outputs with `keel metrics` and prints Markdown tables.

The rivals: vid.stab in FFmpeg, vidstabtransform=smoothing=30:optzoom=1 with its global path optimization (`opt`, the default; the same as `gauss` in
libvidstab 1.1) and with `avg`; and, where --opencv names the program that is built from opencv_videostab.cpp, OpenCV's videostab with a Gaussian of radius 30.
Against each rival Keel runs at --keep = max(0.8, what the rival showed on average). No frame shows less than --keep, so that on average it then shows more; where that is
more by a hundredth, --keep is lowered by as much, or by half of it where that shows less than the rival, again not below 0.8; the lowest that shows no less counts.
A clip is won when the residual acceleration is lower at no less picture kept and no more wobble, within the noise of the measurement.
Wobble is how far small blocks lie from the frame's motion, and a softer picture holds its blocks better: what a rival's resampling blurs away looks steadier. So where
the sharper of the two outputs shows more wobble, it is softened to the other's sharpness and measured again; the tables tell both.

With --second-opinion, the program that is built from opencv_steadiness.cpp, another tracker says too whose acceleration is lower.

usage: rivals.py KEEL CLIPS_DIR WORK_DIR [--opencv PROGRAM] [--second-opinion PROGRAM] [--jobs N] [--only NAME ...] [--against RIVAL ...] [--keel-args "..."]
Outputs of the rivals and their measurements stay in WORK_DIR and are used again.
"""
import argparse
import json
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

LEAST_KEEP, MOST_KEEP = 0.8, 0.995
# Measured on the same output twice, through two encodings: half a percent of the picture, two percent of the wobble.
KEPT_NOISE, WOBBLE_NOISE = 0.005, 0.02
# Sharpness that counts as equal, as a share: on the clip where it matters most it moves the wobble by half of its noise.
SAME_SHARPNESS = 0.03


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def vidstab(algorithm):
    def make(arguments, clip, out):
        transforms = arguments.work / f"{clip.stem}.trf"
        if not transforms.exists():
            run("ffmpeg", "-v", "error", "-y", "-i", clip, "-an", "-vf", f"vidstabdetect=shakiness=8:accuracy=15:result={transforms}", "-f", "null", "-")
        run("ffmpeg", "-v", "error", "-y", "-i", clip, "-an", "-fps_mode", "passthrough", "-vf",
            f"vidstabtransform=input={transforms}:smoothing=30:optzoom=1:optalgo={algorithm}:interpol=bicubic", "-c:v", "libx264", "-crf", "16", out)
    return make


def opencv(arguments, clip, out):
    run(arguments.opencv, *size_of(arguments, clip), clip, out)


def measure(arguments, clip, out):
    """The scores, or a sentence."""
    done = subprocess.run([str(arguments.keel), "metrics", str(clip), str(out), "--json"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    report = json.loads(done.stdout)
    scores = report.get("scores")
    if scores and arguments.second_opinion:
        scores["second_opinion"] = second_opinion(arguments, clip, out)
    return scores or report.get("failure", "not measured")


def size_of(arguments, clip):
    shape = json.loads(run(arguments.keel, "info", clip, "--json").stdout)["clip"]
    return shape["width"], shape["height"]


def second_opinion(arguments, clip, out):
    """Acceleration, stabilized over original, or None."""
    done = subprocess.run([str(a) for a in (arguments.second_opinion, *size_of(arguments, clip), clip, out)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        return None
    figures = json.loads(done.stdout)
    return figures["stabilized_px"] / max(figures["original_px"], 1e-6)


def rival_output(arguments, clip, name):
    return arguments.work / f"{clip.stem}-{name}.mp4"


def rival_scores(arguments, clip, name, make):
    out = rival_output(arguments, clip, name)
    cache = out.with_suffix(".json")
    if not cache.exists():
        try:
            make(arguments, clip, out)
            scores = measure(arguments, clip, out)
        except subprocess.CalledProcessError as error:
            # Both abort on some clips: Keel still has to do them, at its default.
            scores = f"ended with {error.returncode}"
        cache.write_text(json.dumps(scores))
    scores = json.loads(cache.read_text())
    if isinstance(scores, dict) and arguments.second_opinion and "second_opinion" not in scores:
        scores["second_opinion"] = second_opinion(arguments, clip, out)
        cache.write_text(json.dumps(scores))
    return scores


def own_output(arguments, clip, keep):
    return arguments.work / f"{clip.stem}-keel-{keep:.3f}.mp4"


def own_scores(arguments, clip, keep, done):
    if keep not in done:
        out = own_output(arguments, clip, keep)
        run(arguments.keel, "stabilize", clip, out, "--quiet", "--crf", "16", "--keep", f"{keep:.3f}", *arguments.keel_args.split())
        done[keep] = measure(arguments, clip, out)
    return done[keep]


def shown(scores):
    """What was shown on average; more than all of it is noise of the measurement."""
    return min(1, scores["picture_kept"]["mean_linear"])


def own_at_same_kept(arguments, clip, wanted, done):
    """Output and scores of the run that shows no less than `wanted` on average, and little more."""
    keep = round(min(MOST_KEEP, max(LEAST_KEEP, wanted)), 3)
    best = own_scores(arguments, clip, keep, done)
    for part in (1, 0.5):
        if not isinstance(best, dict) or keep == LEAST_KEEP or shown(best) - wanted < 2 * KEPT_NOISE:
            break
        lower = round(max(LEAST_KEEP, keep - part * (shown(best) - wanted)), 3)
        trial = own_scores(arguments, clip, lower, done)
        if isinstance(trial, dict) and shown(trial) >= wanted - KEPT_NOISE:
            best, keep = trial, lower
    return own_output(arguments, clip, keep), best


def softened(arguments, clip, output, sharpness):
    """The scores of `output` once a blur has taken it down to `sharpness`; None where none did."""
    soft = output.with_name(f"{output.stem}-soft.mp4")
    least, most = 0.0, 3.0  # px
    while most - least > 0.02:
        sigma = (least + most) / 2
        run("ffmpeg", "-v", "error", "-y", "-i", output, "-an", "-fps_mode", "passthrough", "-vf", f"gblur=sigma={sigma}", "-c:v", "libx264", "-crf", "16", soft)
        scores = measure(arguments, clip, soft)
        if not isinstance(scores, dict):
            return None
        if abs(scores["sharpness"] / sharpness - 1) < SAME_SHARPNESS:
            return scores
        least, most = (sigma, most) if scores["sharpness"] > sharpness else (least, sigma)
    return None


def at_same_sharpness(arguments, clip, rival_file, rival, own_file, own):
    """Both wobbles where the sharper output's, the larger one, is measured on a softened copy; None where the wobble is not the sharper output's fault."""
    if own["sharpness"] > rival["sharpness"] and more_wobble(rival["wobble_ratio"], own["wobble_ratio"]):
        soft = softened(arguments, clip, own_file, rival["sharpness"])
        return (rival["wobble_ratio"], soft["wobble_ratio"]) if soft else None
    if rival["sharpness"] > own["sharpness"] and more_wobble(own["wobble_ratio"], rival["wobble_ratio"]):
        soft = softened(arguments, clip, rival_file, own["sharpness"])
        return (soft["wobble_ratio"], own["wobble_ratio"]) if soft else None
    return None


def compare(arguments, clip):
    done, rows = {}, {}
    for name, make in arguments.rivals.items():
        rival = rival_scores(arguments, clip, name, make)
        if arguments.rivals_only:
            continue
        output, own = own_at_same_kept(arguments, clip, shown(rival) if isinstance(rival, dict) else LEAST_KEEP, done)
        both = isinstance(rival, dict) and isinstance(own, dict)
        rows[name] = (rival, own, at_same_sharpness(arguments, clip, rival_output(arguments, clip, name), rival, output, own) if both else None)
    return clip.name, rows


def more_wobble(one, two):
    """Whether `two` is more than `one`, beyond noise."""
    return two > one * (1 + WOBBLE_NOISE)


def verdict(rival, own, wobbles):
    """Empty for a win, else what was worse. `wobbles`: the rival's and Keel's."""
    worse = []
    if not own["jitter_ratio"] < rival["jitter_ratio"]:
        worse.append("acceleration")
    if shown(own) < shown(rival) - KEPT_NOISE:
        worse.append("kept")
    if more_wobble(*wobbles):
        worse.append("wobble")
    return ", ".join(worse)


def print_table(name, results):
    print(f"\n{name}\n\n| clip | acceleration {name} | Keel | kept | Keel | wobble | Keel | at one sharpness | Keel | sharpness | Keel "
          "| shake | Keel | frames with border | Keel | second opinion | Keel | Keel is worse in | at one sharpness |")
    print("|---" * 19 + "|")
    total = accelerations = wins = equal_wins = judged = lower = 0
    before = [lambda r: r["jitter_ratio"], lambda r: r["picture_kept"]["mean_linear"], lambda r: r["wobble_ratio"]]
    after = [lambda r: r["sharpness"], lambda r: r["shake_ratio"], lambda r: r["border"]["any_share"]]
    for clip, rows in results:
        rival, own, wobbles = rows[name]
        if not isinstance(rival, dict) or not isinstance(own, dict):
            text = [s if isinstance(s, str) else f"{s['jitter_ratio']:.3f}" for s in (rival, own)]
            print(f"| {clip} | {text[0]} | {text[1]} |")
            continue
        as_made = (rival["wobble_ratio"], own["wobble_ratio"])
        worse, worse_at_one_sharpness = verdict(rival, own, as_made), verdict(rival, own, wobbles or as_made)
        total += 1
        wins += not worse
        equal_wins += not worse_at_one_sharpness
        accelerations += "acceleration" not in worse
        columns = [f"{key(s):.3f}" for key in before for s in (rival, own)]
        columns += [f"{w:.3f}" for w in wobbles] if wobbles else ["", ""]
        columns += [f"{key(s):.3f}" for key in after for s in (rival, own)]
        seconds = [s.get("second_opinion") for s in (rival, own)]
        if None not in seconds:
            judged += 1
            lower += seconds[1] < seconds[0]
        columns += ["-" if s is None else f"{s:.3f}" for s in seconds]
        print(f"| {clip} | {' | '.join(columns)} | {worse} | {worse_at_one_sharpness} |")
    print(f"\nAgainst {name}: lower residual acceleration on {accelerations} of {total} clips; on {wins} of them at no less picture and no more wobble, "
          f"on {equal_wins} where wobble is compared at one sharpness.")
    if judged:
        print(f"By the second opinion lower on {lower} of {judged}.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("keel", type=pathlib.Path)
    parser.add_argument("clips", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--opencv", type=pathlib.Path)
    parser.add_argument("--second-opinion", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--against", nargs="*", default=[], help="only these rivals, by the names in the tables")
    parser.add_argument("--keel-args", default="")
    parser.add_argument("--rivals-only", action="store_true", help="only make and measure the rivals' outputs, for a later run")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    arguments.rivals = {"vidstab-opt": vidstab("opt"), "vidstab-avg": vidstab("avg")}
    if arguments.opencv:
        arguments.rivals["opencv-gaussian"] = opencv
    arguments.rivals = {name: make for name, make in arguments.rivals.items() if not arguments.against or name in arguments.against}
    clips = sorted(c for c in arguments.clips.iterdir() if c.suffix != ".md" and (not arguments.only or c.stem in arguments.only))
    with ThreadPoolExecutor(arguments.jobs) as pool:
        results = list(pool.map(lambda c: compare(arguments, c), clips))
    for name in () if arguments.rivals_only else arguments.rivals:
        print_table(name, results)


if __name__ == "__main__":
    main()
