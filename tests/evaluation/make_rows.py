"""Rows of invented numbers."""

from gcdemo.evaluation.report import Summary
from gcdemo.evaluation.rows import Row


def make_row(picture="a", channels=4, **changes):
    values = {
        "picture": picture,
        "picture_hash": "0123456789ab",
        "codec": "gc",
        "codec_version": "weights 00",
        "point": f"C={channels}",
        "quality": channels,
        "anchor": None,
        "factor": None,
        "target_bytes": None,
        "scale": 1.0,
        "floor": False,
        "width": 64,
        "height": 48,
        "num_bytes": 96,
        "bpp": 0.25,
        "bound_bpp": 0.5,
        "psnr_db": 30.0,
        "ms_ssim": 0.9,
        "lpips_squeeze": 0.2,
        "d10": 2.0,
        "color_error": 1.0,
        "encodes": 1,
        "encode_seconds": 0.5,
        "decode_seconds": 0.25,
    }
    return Row(**(values | changes))


def make_rival_row(picture="a", channels=4, factor=1.0, **changes):
    values = {
        "codec": "jpeg",
        "point": f"{factor:g}xC={channels}",
        "quality": 3,
        "anchor": channels,
        "factor": factor,
        "target_bytes": 90,
        "bound_bpp": None,
        "encodes": 7,
    }
    return make_row(picture, channels, **(values | changes))


def make_summary(*rows, kid=None):
    return Summary.of(rows, kid)
