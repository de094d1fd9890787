#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the weights of a training run into the project: copies weights and loss curve, measures them on photographs that were not trained on, and writes
manifest.json beside them.

usage: model_manifest.py KEEL VALIDATION_PHOTOS RUN_FOLDER MODELS_FOLDER [--pairs 2000] [--note TEXT]
"""
import argparse
import csv
import hashlib
import json
import pathlib
import shutil
import subprocess


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("keel", type=pathlib.Path)
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--note", default="")
    a = parser.parse_args()
    a.models.mkdir(parents=True, exist_ok=True)
    weights = a.models / "ihn.safetensors"
    shutil.copyfile(a.run / "weights.safetensors", weights)
    shutil.copyfile(a.run / "loss.csv", a.models / "loss.csv")
    last = list(csv.DictReader(open(a.run / "loss.csv")))[-1]
    scores = []
    for protocol in ("coco", "video"):
        for estimator in ("ihn", "regression"):
            # Seed 1, while checkpoints are judged on seed 77: the reported pairs were never selected on.
            done = subprocess.run([a.keel, "mace", "--photos", a.photos, "--weights", weights, "--protocol", protocol, "--estimator", estimator,
                                   "--pairs", str(a.pairs), "--seed", "1", "--json"], check=True, capture_output=True, text=True)
            scores.append(json.loads(done.stdout))
    manifest = {
        "file": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "licence": "GPL-3.0-or-later",
        "estimators": ["ihn", "regression"],
        "training": {"seed": 1, "steps": int(last["step"]), "minutes": float(last["minutes"]), "last_loss": float(last["loss"]), "note": a.note},
        "mace": scores,
    }
    (a.models / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(json.dumps(manifest["mace"], indent=2))


main()
