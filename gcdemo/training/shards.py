"""Many pictures into few files: tar shards, read like the folders they were made of."""

import io
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from gcdemo.training.data import SCENES_PREFIX, picture_bytes
from gcdemo.training.scenes import find_data_sets, scene_files, scene_name


def pack_shards(sources: Sequence[Path], folder: Path, max_bytes: int) -> list[Path]:
    """Copy the pictures of `sources`, as they are, into tar shards of at most `max_bytes` each.

    Of data sets of scenes the pictures alone are packed, under the names they are weighted and
    kept from training by: shards are for GC, which is shown no label maps.

    Returns:
        The shards, shard-000.tar onwards; together they serve `read_sources` as the sources do.

    Raises:
        TrainingError: A source does not exist, or is neither a folder nor a tar file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards: list[Path] = []
    shard: tarfile.TarFile | None = None
    for source in sources:
        for name, data in _members(source):
            # A member takes a 512-byte header, its data rounded up, and the end of the archive.
            needed = 512 + -(-len(data) // 512) * 512 + tarfile.RECORDSIZE
            if shard is None or shard.offset + needed > max_bytes:
                if shard is not None:
                    shard.close()
                shards.append(folder / f"shard-{len(shards):03d}.tar")
                shard = tarfile.open(shards[-1], "w")  # noqa: SIM115 - spans the loop
            member = tarfile.TarInfo(name)
            member.size = len(data)
            shard.addfile(member, io.BytesIO(data))
    if shard is not None:
        shard.close()
    return shards


def _members(source: Path) -> Iterator[tuple[str, bytes]]:
    data_sets = find_data_sets(source)
    for name, data in picture_bytes(source, without=data_sets):
        # A scene of a shard that is packed again has its folder in its name.
        prefix = SCENES_PREFIX if "/" in name else f"{source.parent.name}_{source.name}/"
        yield prefix + name, data
    for data_set in data_sets:
        for path in scene_files(data_set):
            yield SCENES_PREFIX + scene_name(data_set, path), path.read_bytes()
