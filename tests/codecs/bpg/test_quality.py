"""The rival is as good as published: nobody may win against a weak one."""

from typing import NamedTuple

import numpy as np
import pytest

from gcdemo.codecs.base import bpp
from gcdemo.codecs.bpg.codec import BpgCodec
from gcdemo.evaluation.metrics import ms_ssim, psnr_db
from gcdemo.images import load_image

# BPG 4:2:0 on Kodak, means of 24 pictures as published: bits per pixel, PSNR in dB, MS-SSIM.
PUBLISHED = (
    (0.0238, 23.79, 0.785),
    (0.0341, 24.58, 0.816),
    (0.0490, 25.45, 0.846),
    (0.0705, 26.35, 0.873),
    (0.1004, 27.31, 0.897),
)
# Three of our own points tell the curve between them: their parabola over the logarithm of the rate
# follows it to 0.005 dB and 0.0005.
QPS = (51, 47, 42)


class Measured(NamedTuple):
    rates: list[float]
    psnr_db: float
    ms_ssim: float


def measure(images, qp):
    codec = BpgCodec()
    rates, psnrs, similarities = [], [], []
    for image in images:
        data = codec.encode(image, 51 - qp)
        decoded = codec.decode(data)
        rates.append(bpp(len(data), image.shape[1], image.shape[0]))
        psnrs.append(psnr_db(image, decoded))
        similarities.append(ms_ssim(image, decoded))
    return Measured(rates, float(np.mean(psnrs)), float(np.mean(similarities)))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kodak_is_coded_as_small_and_as_well_as_published(kodak):
    images = [load_image(path) for path in kodak]
    points = [measure(images, qp) for qp in QPS]
    smallest = points[0].rates
    found = (min(smallest), np.median(smallest), max(smallest))
    assert found == pytest.approx((0.0090, 0.0185, 0.0561), rel=0.05)
    rates = np.log([np.mean(point.rates) for point in points])
    psnr_curve = np.polyfit(rates, [point.psnr_db for point in points], 2)
    similarity_curve = np.polyfit(rates, [point.ms_ssim for point in points], 2)
    for rate, psnr, similarity in PUBLISHED:
        assert rates[0] < np.log(rate) < rates[-1]
        assert np.polyval(psnr_curve, np.log(rate)) > psnr - 0.15
        assert np.polyval(similarity_curve, np.log(rate)) > similarity - 0.006
