"""The whole page: its head, its tabs, its foot, and how it is served."""

import os
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
from gradio import processing_utils
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware
from starlette.routing import Route

from gcdemo.expiry import KEPT_SECONDS
from gcdemo.request_limit import REFUSAL, RequestLimit
from gcdemo.sweeper import Sweeper
from gcdemo.ui.benchmark_tab import BenchmarkTab
from gcdemo.ui.component import STATIC, Untyped, static_text
from gcdemo.ui.compress_tab import CompressTab
from gcdemo.ui.context import AppContext
from gcdemo.ui.decode_tab import DecodeTab
from gcdemo.ui.endpoints import Endpoints
from gcdemo.ui.keep_tab import KeepTab
from gcdemo.ui.links import Link, read_link
from gcdemo.ui.results_tab import ResultsTab
from gcdemo.ui.study_http import intro_message
from gcdemo.ui.study_results import result_routes
from gcdemo.ui.study_routes import WRITING, study_routes
from gcdemo.ui.study_tab import StudyTab
from gcdemo.ui.theme import page_theme
from gcdemo.ui.view import RivalChoice
from gcdemo.ui.workbench import Workbench

TITLE = "Extreme image compression with GANs"

STYLES = ("page", "about")
"""Style sheets of the page itself; components bring their own."""


def build_app(context: AppContext) -> gr.Blocks:
    """Give the page, not yet served.

    Args:
        context: The codec, metrics, samples and limits that it shows.
    """
    bench = Workbench(context, Path(get_upload_folder()))
    # One worker for all: the codec is the heavy part, and two at once are slower than in turn.
    coding: dict[str, Untyped] = {
        "concurrency_id": "codec",
        "concurrency_limit": 1,
        "api_visibility": "private",
    }
    page: gr.Blocks
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, delete_cache=(KEPT_SECONDS // 12, KEPT_SECONDS)
    ) as page:
        gr.HTML(static_text("head.html"), apply_default_css=False, elem_id="gc-head")
        with gr.Tabs(elem_id="gc-tabs", overflow_behavior="wrap") as tabs:
            with gr.Tab("Try it", id="try"):
                tab = CompressTab(bench, coding)
            keeping = []
            if context.selective is not None:
                with gr.Tab("Keep and invent", id="keep") as keep:
                    keep_tab = KeepTab(bench, context.selective)
                keeping = keep_tab.bind(keep, tab.photo, coding)
            with gr.Tab("Open a file", id="decode"):
                decoding = DecodeTab(bench, tabs, "decode")
            charting = []
            if context.benchmark is not None:
                with gr.Tab("Benchmark", id="benchmark") as chart:
                    plot = BenchmarkTab(bench, context.benchmark)
                charting = plot.bind(chart, tab.photo, coding)
            if context.study is not None:
                with gr.Tab("User study", id="study"):
                    StudyTab()
                with gr.Tab("Study results", id="results"):
                    ResultsTab()
            with gr.Tab("How it works", id="about"):
                gr.HTML(static_text("about.html"), apply_default_css=False, elem_id="gc-about")
        gr.HTML(static_text("foot.html"), apply_default_css=False, elem_id="gc-foot")
        decoding.bind(tab.drop, coding)
        Endpoints(bench, coding)
        names = [str(tab.id) for tab in tabs.children if isinstance(tab, gr.Tab)]

        def asked(request: gr.Request) -> Link:
            return read_link(request.query_params, context, names)

        def arrange(request: gr.Request) -> list[Untyped]:
            link = asked(request)
            # What is as it always is stays untouched: a person may have moved on by now.
            return [
                gr.skip() if link.tab == names[0] else gr.Tabs(selected=link.tab),
                gr.skip() if link.rivals == RivalChoice(context.first_rivals) else link.rivals,
                gr.skip() if link.searched == context.search_first else link.searched,
            ]

        def start(request: gr.Request) -> Iterator[list[Untyped]]:
            yield from tab.start(asked(request))

        quiet: dict[str, Untyped] = {"show_progress": "hidden", "api_visibility": "private"}
        page.load(arrange, None, [tabs, tab.rivals, tab.search], queue=False, **quiet)
        started = page.load(start, None, tab.outputs, **{**coding, **quiet})
        tab.stop_with([started, *charting, *keeping])
    page.queue(max_size=context.limits.queue)
    return page


def launch(page: gr.Blocks, context: AppContext) -> None:
    """Serve the page until it is stopped; address and port are Gradio's own GRADIO_SERVER_*.

    Args:
        page: From `build_app`.
        context: What it was built from.
    """
    Sweeper(Path(get_upload_folder()), KEPT_SECONDS).start()
    # Gradio would fetch any address that stands in place of a file.
    processing_utils.async_ssrf_protected_download = _refuse_address
    page.launch(
        app_kwargs={"routes": _routes(context), "middleware": _limits(context)},
        theme=page_theme(),
        css="\n".join(static_text(f"{name}.css") for name in STYLES),
        favicon_path=STATIC / "favicon.svg",
        max_file_size=context.limits.upload_bytes,
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        ssr_mode=False,
        # Else Gradio ends the program where its page does not answer itself within 3 s, as happens
        # on a small machine when visitors are there before it is.
        _frontend=False,
    )


async def _refuse_address(url: str, cache_dir: str) -> str:
    raise gr.Error("Files are sent, not linked to.", print_exception=False)


def _limits(context: AppContext) -> list[Middleware]:
    """Give what bounds how often one visitor may ask."""
    behind_proxy = "SPACE_ID" in os.environ
    return [
        Middleware(
            RequestLimit,
            per_minute=context.limits.requests_per_minute,
            behind_proxy=behind_proxy,
        ),
        # Apart from the other: a photo that is coded takes no vote from a neighbor.
        Middleware(
            RequestLimit,
            per_minute=context.limits.study_requests_per_minute,
            behind_proxy=behind_proxy,
            paths=WRITING,
            refusal=intro_message(REFUSAL),
        ),
    ]


def _routes(context: AppContext) -> list[Route]:
    """Give what is served beside the page."""
    if context.study is None:
        return []
    return [*study_routes(context.study), *result_routes(context.study)]
