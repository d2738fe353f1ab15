"""What programs may call: compress, decompress, compare and keep, by their names, with types.

Gradio's client calls them as `client.predict(handle_file("photo.jpg"), 8, api_name="/compress")`.
All that arrives is checked: files by `images` and the codecs, all else here.
"""

import math
from collections.abc import Sequence

import gradio as gr

from gcdemo.codecs.matching import fit_size
from gcdemo.errors import InputError
from gcdemo.ui.component import Untyped
from gcdemo.ui.context import FACTORS
from gcdemo.ui.endpoint_values import (
    PHOTO_LABEL,
    Answer,
    check_search,
    facts_of,
    given_file,
    is_number,
    opened_photo,
    row,
    told,
)
from gcdemo.ui.fitting import MAX_BUDGET
from gcdemo.ui.handlers import check_size, safe_stem
from gcdemo.ui.keep_endpoint import KeepEndpoint
from gcdemo.ui.workbench import Workbench


class Endpoints:
    """The components that give the endpoints their types, and what they do; not to be seen."""

    def __init__(self, bench: Workbench, settings: dict[str, Untyped]) -> None:
        """Offer the endpoints; made within `gr.Blocks`.

        Args:
            bench: Does the work.
            settings: Of every event that codes.
        """
        self._bench = bench
        public = {**settings, "api_visibility": "public"}
        with gr.Row(visible=False):
            self._offer_compress(public)
            self._offer_decompress(public)
            self._offer_compare(public)
            if bench.context.selective is not None:
                KeepEndpoint(bench, bench.context.selective, public)

    def _offer_compress(self, settings: dict[str, Untyped]) -> None:
        context = self._bench.context
        low, high = context.rates[0].quality, context.rates[-1].quality
        gr.Button().click(
            self.compress,
            [
                gr.File(label=PHOTO_LABEL),
                gr.Number(context.start_quality, label=f"C, {low} to {high}", precision=0),
                gr.Number(0, label="Bytes at most; 0: as many as C takes", precision=0),
                gr.Checkbox(False, label="Search for better symbols"),
            ],
            [gr.File(label="File"), gr.JSON(label="Its bytes, rate and C")],
            api_name="compress",
            api_description="Compress a photo into a file of ours, at C or into so many bytes.",
            **settings,
        )

    def _offer_decompress(self, settings: dict[str, Untyped]) -> None:
        endings = " ".join(self._bench.context.reader.endings)
        gr.Button().click(
            self.decompress,
            [gr.File(label=f"File ({endings})")],
            [gr.File(label="Picture (PNG)"), gr.JSON(label="What the file says of itself")],
            api_name="decompress",
            api_description="Decode a compressed file, known by its content, into a PNG.",
            **settings,
        )

    def _offer_compare(self, settings: dict[str, Untyped]) -> None:
        context = self._bench.context
        names = list(context.rivals_by_name)
        factors = ", ".join(f"{factor:g}" for factor in FACTORS)
        gr.Button().click(
            self.compare,
            [
                gr.File(label=PHOTO_LABEL),
                gr.Number(context.start_quality, label="C", precision=0),
                gr.CheckboxGroup(names, value=list(context.first_rivals), label="Codecs"),
                gr.Number(1, label=f"Bytes of each, times ours: {factors}"),
                gr.Checkbox(label="Whether a codec without so small a file may code it smaller"),
            ],
            [
                gr.JSON(label="A row for each codec, ours first"),
                gr.File(label="Their files", file_count="multiple"),
                gr.File(label="Their pictures (PNG)", file_count="multiple"),
            ],
            api_name="compare",
            api_description="Code a photo with ours and with others at as many bytes, and measure.",
            **settings,
        )

    def compress(
        self, photo: str | None, channels: Untyped, max_bytes: Untyped, search: Untyped = False
    ) -> Untyped:
        """Give a photo's file, and its numbers."""
        return told(lambda: self._compress(photo, channels, max_bytes, search))

    def decompress(self, file: str | None) -> Untyped:
        """Give the picture of a file, and what the file says of itself."""
        return told(lambda: self._decompress(file))

    def compare(
        self,
        photo: str | None,
        channels: Untyped,
        codecs: Untyped,
        factor: Untyped,
        scaled: Untyped,
    ) -> Untyped:
        """Give a row for each codec, their files and their pictures."""
        return told(lambda: self._compare(photo, channels, codecs, factor, scaled))

    def _compress(
        self, photo: str | None, channels: Untyped, max_bytes: Untyped, search: Untyped
    ) -> tuple[str, Answer]:
        if check_search(search) and max_bytes:
            raise InputError("Choose C with a search; it does not fit into a number of bytes.")
        opened = opened_photo(self._bench, photo)
        if max_bytes:
            if not is_number(max_bytes) or not 1 <= max_bytes <= MAX_BUDGET:
                raise InputError("Bytes at most is a number above zero, or zero for none.")
            match = fit_size(self._bench.context.codec, opened.image, int(max_bytes))
            channels = match.quality
        coded = self._bench.code(opened, self._channels(channels), searched=search)
        codec = self._bench.codec(searched=search)
        numbers = row(codec.name, opened, coded.data, coded.stats)
        return str(coded.file), {**numbers, "channels": channels}

    def _decompress(self, file: str | None) -> tuple[str, Answer]:
        path, reader = given_file(file), self._bench.context.reader
        check_size(path, self._bench.context.limits.file_bytes, "file")
        data = path.read_bytes()
        report = reader.describe(data)
        self._bench.context.limits.check_file(report)
        image = reader.decode(data)
        picture = self._bench.store_png(image, f"{safe_stem(path.name)}.png")
        return str(picture), {"codec": report.codec, "bytes": len(data), **facts_of(report)}

    def _compare(
        self,
        photo: str | None,
        channels: Untyped,
        codecs: Untyped,
        factor: Untyped,
        scaled: Untyped,
    ) -> tuple[list[Answer], list[str], list[str]]:
        rivals = self._rivals(codecs)
        if not is_number(factor) or factor not in FACTORS:
            raise InputError(f"Times ours is one of {', '.join(f'{f:g}' for f in FACTORS)}.")
        if not isinstance(scaled, bool):
            raise InputError("Whether a codec may code it smaller is true or false.")
        opened = opened_photo(self._bench, photo)
        coded = self._bench.code(opened, self._channels(channels))
        ours = row(self._bench.context.codec.name, opened, coded.data, coded.stats)
        rows, files, pictures = [ours], [str(coded.file)], [str(coded.view)]
        for name in rivals:
            codec = self._bench.context.rivals_by_name[name]
            size = math.ceil(len(coded.data) * factor)
            made = self._bench.rival(opened, codec, size, scaled=scaled)
            numbers = row(name, opened, made.match.data, made.stats)
            rows.append({**numbers, "smallest": made.match.floor, "scale": made.match.scale})
            files.append(str(made.file))
            pictures.append(str(made.view))
        return rows, files, pictures

    def _channels(self, channels: Untyped) -> int:
        stops = [rate.quality for rate in self._bench.context.rates]
        if not is_number(channels) or channels not in stops:
            raise InputError(f"C must be one of {', '.join(map(str, stops))}.")
        return int(channels)

    def _rivals(self, codecs: Untyped) -> Sequence[str]:
        known = self._bench.context.rivals_by_name
        if not isinstance(codecs, list) or not all(
            isinstance(name, str) and name in known for name in codecs
        ):
            raise InputError(f"Codecs are some of {', '.join(known)}.")
        return [name for name in known if name in codecs]
