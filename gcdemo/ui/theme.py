"""Colors, letters and shapes of the page; fonts of the reader's system, so nothing is fetched."""

import gradio as gr

FONTS = ("ui-sans-serif", "system-ui", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
MONO_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def page_theme() -> gr.themes.Base:
    """Give the theme; every text color has a contrast of at least 4.5 on its ground."""
    return gr.themes.Base(
        primary_hue="indigo",
        secondary_hue="indigo",
        neutral_hue="slate",
        radius_size="lg",
        font=list(FONTS),
        font_mono=list(MONO_FONTS),
    ).set(
        body_background_fill="#f6f7f9",
        body_background_fill_dark="#0d1016",
        body_text_color="#131722",
        body_text_color_dark="#eceff4",
        body_text_color_subdued="#586174",
        body_text_color_subdued_dark="#a3adbd",
        block_background_fill="#ffffff",
        block_background_fill_dark="#161a22",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#161a22",
        background_fill_secondary="#eef0f4",
        background_fill_secondary_dark="#1d222c",
        border_color_primary="#d9dde5",
        border_color_primary_dark="#2c3340",
        block_border_width="0px",
        block_shadow="none",
        color_accent="*primary_600",
        color_accent_soft="*primary_50",
        color_accent_soft_dark="#20233f",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="#161a22",
        button_secondary_background_fill_hover="#f1f3f7",
        button_secondary_background_fill_hover_dark="#20262f",
        button_secondary_border_color="#c9cfd9",
        button_secondary_border_color_dark="#3a4352",
        button_secondary_text_color="#131722",
        button_secondary_text_color_dark="#eceff4",
        button_border_width="1px",
        button_large_text_weight="600",
        error_background_fill="#fef2f2",
        error_background_fill_dark="#2a1518",
        error_border_color="#dc2626",
        error_border_color_dark="#f87171",
        error_text_color="#a31515",
        error_text_color_dark="#fda4a4",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
    )
