"""What programs may call, through Gradio's own client."""

import http.server
import json
import socketserver
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.codecs.webp import WebpCodec
from gcdemo.errors import InputError
from gcdemo.images import load_image
from gcdemo.label_classes import LABEL_CLASSES
from gcdemo.ui.context import Limits
from gcdemo.ui.endpoints import Endpoints
from gcdemo.ui.keep_endpoint import KeepEndpoint
from gcdemo.ui.workbench import Workbench
from tests.ui.conftest import in_loop, serve
from tests.ui.fakes import FakeCodec, FakeSelective, draw_photo, fake_context

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def client(tmp_path_factory, repository):
    """A client of the page over the fake codec."""
    folder = tmp_path_factory.mktemp("api")
    (folder / "samples").mkdir()
    script = Path(__file__).with_name("serve_fake.py")
    with serve([script, folder / "samples", 0, "keep"], folder, repository) as address:
        client = Client(address, verbose=False, download_files=str(folder), analytics_enabled=False)
        yield client
        client.close()


@pytest.fixture
def mask_file(tmp_path):
    """A mask of the photo's size whose left quarter is white."""
    path = tmp_path / "mask.png"
    mask = np.zeros((64, 96), np.uint8)
    mask[:, :24] = 255
    Image.fromarray(mask).save(path)
    return path


def offer(context, folder):
    def build():
        with gr.Blocks():
            return Endpoints(Workbench(context, folder / "files"), {})

    return in_loop(build)


@pytest.fixture
def endpoints(tmp_path):
    """The endpoints without a server."""
    return offer(fake_context(rivals=(JpegCodec(), WebpCodec())), tmp_path)


def test_every_endpoint_is_offered_with_types_and_words(client):
    offered = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(offered) == {"/compress", "/decompress", "/compare", "/keep"}
    for endpoint in offered.values():
        assert endpoint["description"]
        for value in (*endpoint["parameters"], *endpoint["returns"]):
            assert value["label"]
            assert value["python_type"]["type"]
    names = [value["parameter_name"] for value in offered["/compare"]["parameters"]]
    assert names == ["photo", "channels", "codecs", "factor", "scaled"]
    kept = {value["parameter_name"]: value for value in offered["/keep"]["parameters"]}
    assert list(kept) == ["photo", "mask", "classes", "background", "detail", "search"]
    assert kept["background"]["python_type"]["type"] == "Literal['suited', 'synthesised', 'thin']"
    assert all(known.name in kept["classes"]["label"] for known in LABEL_CLASSES)
    assert "2 to 12" in kept["detail"]["label"]


def test_a_photo_goes_to_a_file_and_back(client, photo_file):
    file, numbers = client.predict(handle_file(photo_file), 8, 0, api_name="/compress")
    data = Path(file).read_bytes()
    assert Path(file).suffix == ".gci"
    assert numbers["bytes"] == len(data)
    assert numbers["channels"] == 8
    assert numbers["bpp"] == pytest.approx(8 * len(data) / (96 * 64))
    assert numbers["PSNR"] > 10
    picture, fields = client.predict(handle_file(file), api_name="/decompress")
    assert (load_image(picture) == FakeCodec().decode(data)).all()
    assert fields["codec"] == "GC"
    assert "96" in fields["Picture"]


def test_a_file_may_be_asked_for_by_its_size(client, photo_file):
    _, large = client.predict(handle_file(photo_file), 16, 0, api_name="/compress")
    _, small = client.predict(handle_file(photo_file), 8, large["bytes"] - 1, api_name="/compress")
    assert small["bytes"] < large["bytes"]


def test_codecs_are_compared_at_as_many_bytes(client, photo_file):
    rows, files, pictures = client.predict(
        handle_file(photo_file), 16, ["webp", "jpeg"], 3, False, api_name="/compare"
    )
    assert [row["codec"] for row in rows] == ["gc", "jpeg", "webp"]
    for row, file, picture in zip(rows, files, pictures, strict=True):
        assert Path(file).stat().st_size == row["bytes"]
        assert load_image(picture).shape == (64, 96, 3)
        assert row["codec"] == "gc" or row["bytes"] >= 3 * rows[0]["bytes"] or not row["smallest"]
    assert json.loads(json.dumps(rows)) == rows


def test_what_a_mask_and_classes_say_is_kept(client, photo_file, mask_file):
    photo, mask = handle_file(photo_file), handle_file(mask_file)
    file, by_mask, picture = client.predict(photo, mask, "", "thin", 8, api_name="/keep")
    data = Path(file).read_bytes()
    assert by_mask["bytes"] == len(data)
    assert by_mask["bpp"] == pytest.approx(8 * len(data) / (96 * 64))
    assert by_mask["kept"] == pytest.approx(1 / 4)
    assert (by_mask["background"], by_mask["detail"]) == ("thin", 8)
    assert (load_image(picture) == FakeCodec().decode(data)).all()
    # The stand-in's map is sky above and a building below.
    _, by_class, _ = client.predict(photo, None, "building", "suited", 8, api_name="/keep")
    assert by_class["kept"] == pytest.approx(1 / 2)
    assert by_class["background"] == "synthesised"
    _, by_both, _ = client.predict(photo, mask, " sky ,", "synthesised", 8, api_name="/keep")
    assert by_both["kept"] == pytest.approx(1 / 2 + 1 / 8)


def test_what_is_not_said_of_what_to_keep_is_as_the_page_has_it(client, photo_file):
    _, fields, _ = client.predict(photo=handle_file(photo_file), classes="sky", api_name="/keep")
    assert (fields["background"], fields["detail"]) == ("synthesised", 8)
    with pytest.raises(AppError, match="Say what is to be kept"):
        client.predict(photo=handle_file(photo_file), api_name="/keep")


def test_a_selective_file_is_decompressed_like_any_other(client, photo_file, mask_file):
    file, _, picture = client.predict(
        handle_file(photo_file), handle_file(mask_file), "", "thin", 8, api_name="/keep"
    )
    decoded, _ = client.predict(handle_file(file), api_name="/decompress")
    assert (load_image(decoded) == load_image(picture)).all()


@pytest.mark.parametrize(
    ("arguments", "name", "sentence"),
    [
        (("PHOTO", 99, 0), "/compress", "C must be one of 2, 3"),
        (("PHOTO", 8, -5), "/compress", "Bytes at most is a number above zero"),
        (("PHOTO", 8, 1), "/compress", "1 bytes are too few"),
        (("NOTE", 8, 0), "/compress", "note.png"),
        (("NOTE",), "/decompress", "This is not a .gci file."),
        (("PHOTO", 8, ["jpeg"], 7, False), "/compare", "Times ours is one of 1, 1.5"),
        (("PHOTO", None, " , ", "thin", 8), "/keep", "Say what is to be kept"),
        (("PHOTO", "SMALL", "", "thin", 8), "/keep", "The mask is 48 x 64, the photo 96 x 64"),
        (("PHOTO", "NOTE", "", "thin", 8), "/keep", "note.png"),
        (("PHOTO", None, "sky, dragon", "thin", 8), "/keep", "'dragon' is no class .* vegetation"),
        (("PHOTO", None, "sky", "thin", 13), "/keep", "The detail is .* from 2 to 12"),
        (("NOTE", None, "sky", "thin", 8), "/keep", "note.png"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    client, photo_file, tmp_path, arguments, name, sentence
):
    note = tmp_path / "note.png"
    note.write_text("not a picture")
    small = tmp_path / "small.png"
    Image.fromarray(draw_photo(48, 64)).save(small)
    files = {"PHOTO": photo_file, "NOTE": note, "SMALL": small}
    sent = [handle_file(files[a]) if a in ("PHOTO", "NOTE", "SMALL") else a for a in arguments]
    with pytest.raises(AppError, match=sentence):
        client.predict(*sent, api_name=name)


def test_a_file_of_the_server_cannot_be_asked_for(client):
    forged = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    with pytest.raises(Exception, match=r".") as caught:
        client.predict(forged, api_name="/decompress")
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize(
    ("codecs", "factor", "scaled"),
    [
        ("jpeg", 1, False),
        (["../jpeg"], 1, False),
        ([["jpeg"]], 1, False),
        (None, 1, False),
        (["jpeg"], float("nan"), False),
        (["jpeg"], True, False),
        (["jpeg"], "1", False),
        (["jpeg"], 1, 1),
        (["jpeg"], 1, None),
    ],
)
def test_a_forged_choice_is_refused(endpoints, photo_file, codecs, factor, scaled):
    with pytest.raises(InputError):
        endpoints._compare(str(photo_file), 8, codecs, factor, scaled)


@pytest.mark.parametrize("channels", [None, "8", 8.5, True, float("nan"), [8]])
def test_a_forged_rate_is_refused(endpoints, photo_file, channels):
    with pytest.raises(InputError, match="C must be one of"):
        endpoints._compress(str(photo_file), channels, 0, False)


@pytest.mark.parametrize(
    ("classes", "background", "detail"),
    [
        (["sky"], "thin", 8),
        (8, "thin", 8),
        ("sky," * 1000, "thin", 8),
        ("sky", "pink", 8),
        ("sky", None, 8),
        ("sky", ["thin"], 8),
        ("sky", "thin", "8"),
        ("sky", "thin", 8.0),
        ("sky", "thin", True),
        ("sky", "thin", None),
    ],
)
def test_a_forged_wish_is_refused(tmp_path, photo_file, classes, background, detail):
    selective = FakeSelective(FakeCodec())
    bench = Workbench(fake_context(), tmp_path)

    def build():
        with gr.Blocks():
            return KeepEndpoint(bench, selective, {})

    with pytest.raises(InputError):
        in_loop(build)._keep(str(photo_file), None, classes, background, detail, False)
    assert not selective.wishes


def test_a_search_is_asked_for_with_yes_or_no(tmp_path, photo_file):
    selective = FakeSelective(FakeCodec())
    bench = Workbench(fake_context(), tmp_path)

    def build():
        with gr.Blocks():
            return KeepEndpoint(bench, selective, {})

    endpoint = in_loop(build)
    endpoint._keep(str(photo_file), None, "sky", "thin", 8, True)
    assert selective.wishes[-1].searched is True
    with pytest.raises(InputError, match="true or false"):
        endpoint._keep(str(photo_file), None, "sky", "thin", 8, 1)


def test_a_large_picture_comes_back_whole(tmp_path):
    path = tmp_path / "photo.jpg"
    Image.fromarray(draw_photo(64, 48)).save(path)
    endpoints = offer(fake_context(limits=Limits(view_pixels=500)), tmp_path)
    picture, _ = endpoints._decompress(str(path))
    assert load_image(picture).shape == (48, 64, 3)


def test_a_file_of_too_many_pixels_is_refused(tmp_path):
    path = tmp_path / "large.gci"
    path.write_bytes(FakeCodec().encode(draw_photo(64, 48), 4))
    endpoints = offer(fake_context(limits=Limits(decode_pixels=64 * 48 - 1)), tmp_path)
    with pytest.raises(InputError, match="at most 3,071 are decoded"):
        endpoints._decompress(str(path))


def test_an_address_in_place_of_a_file_is_never_fetched(client, tmp_path):
    with socketserver.TCPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as listener:
        listener.timeout = 2
        seen = []
        listener.process_request = lambda *request: seen.append(request)
        address = f"http://127.0.0.1:{listener.server_address[1]}/a.png"
        file = {"path": address, "meta": {"_type": "gradio.FileData"}}
        with pytest.raises(AppError):
            client.predict(file, 4, api_name="/compress")
        listener.handle_request()
    assert not seen


@pytest.mark.parametrize("search", [None, 1, "yes", float("nan"), [True]])
def test_a_forged_search_is_refused(endpoints, photo_file, search):
    with pytest.raises(InputError, match="true or false"):
        endpoints._compress(str(photo_file), 4, 0, search)


def test_a_searched_file_says_so(endpoints, photo_file):
    plain, searched = (
        endpoints._compress(str(photo_file), 4, 0, search)[1] for search in (False, True)
    )
    assert (plain["codec"], searched["codec"]) == ("gc", "gc-search")
    with pytest.raises(InputError, match="Choose C with a search"):
        endpoints._compress(str(photo_file), 4, 500, True)
