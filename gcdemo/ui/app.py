"""The whole page: its head, its tabs, its foot, and how it is served."""

from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder

from gcdemo.ui.component import STATIC, static_text
from gcdemo.ui.compress_tab import CompressTab
from gcdemo.ui.context import AppContext
from gcdemo.ui.study_tab import StudyTab
from gcdemo.ui.theme import page_theme
from gcdemo.ui.workbench import Workbench

TITLE = "Extreme image compression with GANs"

STYLES = ("page", "about")
"""Style sheets of the page itself; components bring their own."""

KEPT_SECONDS = 7_200
"""How long files of a visit stay on the server."""


def build_app(context: AppContext) -> gr.Blocks:
    """Give the page, not yet served.

    Args:
        context: The codec, metrics, samples and limits that it shows.
    """
    bench = Workbench(context, Path(get_upload_folder()))
    page: gr.Blocks
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, delete_cache=(KEPT_SECONDS // 2, KEPT_SECONDS)
    ) as page:
        gr.HTML(static_text("head.html"), apply_default_css=False, elem_id="gc-head")
        with gr.Tabs(elem_id="gc-tabs"):
            with gr.Tab("Try it", id="try"):
                tab = CompressTab(bench)
            if context.study is not None:
                with gr.Tab("User study", id="study"):
                    StudyTab(context.study, bench.publish)
            with gr.Tab("How it works", id="about"):
                gr.HTML(static_text("about.html"), apply_default_css=False, elem_id="gc-about")
        gr.HTML(static_text("foot.html"), apply_default_css=False, elem_id="gc-foot")
        page.load(
            tab.start,
            None,
            tab.outputs,
            show_progress="hidden",
            concurrency_id="codec",
            api_visibility="private",
        )
    page.queue(max_size=context.limits.queue)
    return page


def launch(page: gr.Blocks, context: AppContext) -> None:
    """Serve the page until it is stopped; address and port are Gradio's own GRADIO_SERVER_*.

    Args:
        page: From `build_app`.
        context: What it was built from.
    """
    page.launch(
        theme=page_theme(),
        css="\n".join(static_text(f"{name}.css") for name in STYLES),
        favicon_path=STATIC / "favicon.svg",
        max_file_size=context.limits.upload_bytes,
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        ssr_mode=False,
    )
