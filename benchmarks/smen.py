"""SMEN in the tables of its study, on a soil whose truth is known: python benchmarks/smen.py [SEED]

uRMSE of fine images that it never saw (two years train, one tests), all images together and image
by image: by inputs, and by how many pairs train. About half an hour; `tests/retrieval` holds the
scene.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import zoom

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "retrieval"))
from fine_and_coarse import FineAndCoarse

from retrieval.smen import INPUTS, unbiased_rmse
from retrieval.smen_training import Pairs, applied, in_pairs, train

TRAINED = (12, 20, 40)  # pairs of images, the latest ones before the test


def bicubic(images: np.ndarray, block: int) -> np.ndarray:
    """Coarse images (image, row, col) with smooth passages between their pixels."""
    coarse = images[:, block // 2 :: block, block // 2 :: block]
    options = {"order": 3, "mode": "nearest", "grid_mode": True}
    return np.stack([zoom(image, block, **options) for image in coarse])


def told(name: str, found: np.ndarray, pairs: Pairs, truth: np.ndarray) -> None:
    """A line of the table."""
    by_image = np.mean([unbiased_rmse(f, t) for f, t in zip(found, pairs.fine, strict=True)])
    numbers = (unbiased_rmse(found, pairs.fine), by_image, unbiased_rmse(found, truth))
    print(f"{name:28s}" + "".join(f"{number:10.4f}" for number in numbers), flush=True)


def main(seed: int) -> None:
    scene = FineAndCoarse(seed=seed)
    pairs, truth = in_pairs(scene.coarse[scene.seen], scene.fine), scene.truth[scene.seen]
    number = pairs.coarse.shape[0]
    cut = 2 * number // 3
    one, two, truth = (
        pairs.part(slice(0, cut)),
        pairs.part(slice(cut, number)),
        truth[-number:][cut:],
    )
    print(f"seed {seed}: {cut} pairs train, {number - cut} test; uRMSE m3 m-3")
    print(f"{'':28s}{'all':>10s}{'an image':>10s}{'truth':>10s}")
    told("coarse, as it is", two.coarse, two, truth)
    told("bicubic", bicubic(two.coarse, scene.block), two, truth)
    for inputs in INPUTS:
        told(inputs, applied(train(one, inputs), two), two, truth)
    for few in TRAINED:
        told(f"both, {few} pairs", applied(train(one.part(slice(cut - few, cut))), two), two, truth)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
