"""The look: one theme from fonts of our own (fonts/), one colour per family, both in light and in dark (style.css)."""

from pathlib import Path

import gradio as gr

SYSTEM = (
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "ui-sans-serif",
    "system-ui",
    "sans-serif",
)


def theme() -> gr.themes.Base:
    """Quiet: no boxes round blocks, hairlines, ink on paper."""
    fonts = dict(
        font=["Road Sans", *SYSTEM],
        font_mono=["Road Mono", "ui-monospace", "monospace"],
    )
    base = gr.themes.Base(
        primary_hue="neutral", secondary_hue="neutral", neutral_hue="neutral", radius_size="sm", **fonts
    )
    paper, ink, line, mat = "var(--paper)", "var(--ink)", "var(--line)", "var(--mat)"
    both = {
        "body_background_fill": paper,
        "background_fill_primary": paper,
        "background_fill_secondary": paper,
        "block_background_fill": paper,
        "body_text_color": ink,
        "body_text_color_subdued": "var(--quiet)",
        "border_color_primary": line,
        "block_border_color": line,
        "block_label_text_color": ink,
        "block_title_text_color": ink,
        "block_info_text_color": "var(--quiet)",
        "input_background_fill": paper,
        "input_border_color": line,
        "slider_color": "var(--family)",
        "color_accent": "var(--family)",
        "color_accent_soft": mat,
        "border_color_accent": "var(--family)",
        "button_secondary_background_fill": paper,
        "button_secondary_background_fill_hover": mat,
        "button_secondary_text_color": ink,
        "button_secondary_border_color": line,
        "button_primary_background_fill": ink,
        "button_primary_text_color": paper,
        "button_primary_background_fill_hover": ink,
        "checkbox_background_color_selected": "var(--family)",
        "checkbox_border_color_selected": "var(--family)",
        "checkbox_label_background_fill_selected": mat,
        "checkbox_label_text_color_selected": ink,
        "checkbox_label_background_fill": paper,
        "code_background_fill": mat,
    }
    return base.set(
        block_border_width="0px",
        input_border_width="1px",
        block_shadow="none",
        block_label_background_fill=paper,
        block_padding="6px 0",
        layout_gap="10px",
        form_gap_width="0px",
        **both,
        **{f"{name}_dark": value for name, value in both.items() if name != "color_accent"},
    )


def css(families: dict[str, str]) -> str:
    """style.css, and for each tab the colour of its button: {tab: family}."""
    buttons = "\n".join(
        f"#{tab}-button {{ --family: var(--{family}, var(--ink)); }}" for tab, family in families.items()
    )
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8") + buttons
