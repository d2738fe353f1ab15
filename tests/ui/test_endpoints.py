"""What programs may call, through Gradio's own client."""

import http.server
import json
import socketserver
from pathlib import Path

import gradio as gr
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.codecs.webp import WebpCodec
from gcdemo.errors import InputError
from gcdemo.images import load_image
from gcdemo.ui.context import Limits
from gcdemo.ui.endpoints import Endpoints
from gcdemo.ui.workbench import Workbench
from tests.ui.conftest import in_loop, serve
from tests.ui.fakes import FakeCodec, draw_photo, fake_context

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def client(tmp_path_factory, repository):
    """A client of the page over the fake codec."""
    folder = tmp_path_factory.mktemp("api")
    (folder / "samples").mkdir()
    script = Path(__file__).with_name("serve_fake.py")
    with serve([script, folder / "samples", 0], folder, repository) as address:
        client = Client(address, verbose=False, download_files=str(folder), analytics_enabled=False)
        yield client
        client.close()


def offer(context, folder):
    def build():
        with gr.Blocks():
            return Endpoints(Workbench(context, folder / "files"), {})

    return in_loop(build)


@pytest.fixture
def endpoints(tmp_path):
    """The endpoints without a server."""
    return offer(fake_context(rivals=(JpegCodec(), WebpCodec())), tmp_path)


def test_three_endpoints_are_offered_with_types_and_words(client):
    offered = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(offered) == {"/compress", "/decompress", "/compare"}
    for endpoint in offered.values():
        assert endpoint["description"]
        for value in (*endpoint["parameters"], *endpoint["returns"]):
            assert value["label"]
            assert value["python_type"]["type"]
    names = [value["parameter_name"] for value in offered["/compare"]["parameters"]]
    assert names == ["photo", "channels", "codecs", "factor", "scaled"]


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


@pytest.mark.parametrize(
    ("arguments", "name", "sentence"),
    [
        (("PHOTO", 99, 0), "/compress", "C must be one of 2, 3"),
        (("PHOTO", 8, -5), "/compress", "Bytes at most is a number above zero"),
        (("PHOTO", 8, 1), "/compress", "1 bytes are too few"),
        (("NOTE", 8, 0), "/compress", "note.png"),
        (("NOTE",), "/decompress", "This is not a .gci file."),
        (("PHOTO", 8, ["jpeg"], 7, False), "/compare", "Times ours is one of 1, 1.5"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    client, photo_file, tmp_path, arguments, name, sentence
):
    note = tmp_path / "note.png"
    note.write_text("not a picture")
    files = {"PHOTO": photo_file, "NOTE": note}
    sent = [handle_file(files[a]) if isinstance(a, str) else a for a in arguments]
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
        endpoints._compress(str(photo_file), channels, 0)


def test_a_large_picture_comes_back_whole(tmp_path):
    path = tmp_path / "photo.jpg"
    Image.fromarray(draw_photo(64, 48)).save(path)
    endpoints = offer(fake_context(limits=Limits(view_pixels=500)), tmp_path)
    picture, _ = endpoints._decompress(str(path))
    assert load_image(picture).shape == (48, 64, 3)


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
