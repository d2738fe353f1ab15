"""Extreme image compression with GANs: `compress` a picture to about a kilobyte, `decompress` it.

>>> import gcdemo
>>> data = gcdemo.compress("photo.jpg", bpp=0.04)  # doctest: +SKIP
>>> image = gcdemo.decompress(data)  # doctest: +SKIP
"""

from typing import Any

__version__ = "0.1.0"
__all__ = ["compress", "compress_selective", "decompress", "decompress_selective", "describe"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    # Late: `import gcdemo` alone must not load torch.
    if name in __all__:
        from gcdemo import api

        return getattr(api, name)
    raise AttributeError(f"module 'gcdemo' has no attribute '{name}'")
