"""Every model that ships in one table: how good, how large, how long trained."""

import gradio as gr
from torch import Tensor

from models.dalle import SCALE
from playground.panels import App
from playground.serving import checkpoints
from playground.shell.languages import word
from playground.widgets.ranking.ranking import ranking
from training import recipes
from training.evaluation.claims.measured import Measured

ASKED = f"scale_{SCALE:g}"  # DALL·E under its usual guidance
COLUMNS = {  # a column → the fields of metrics.json that may hold it, the first one that is there
    "pixels": (),
    "frechet": ("frechet", "samples_frechet", "frechet_en", f"frechet_{ASKED}", "frechet_4"),
    "psnr": ("psnr", "psnr_4"),
    "name_top5": ("judge_top5_en", f"judge_top5_{ASKED}", "judge_top5_4", "concept_top5", "name_en_top5"),
    "precision": ("precision", "samples_precision", "precision_en", f"precision_{ASKED}", "precision_4"),
    "recall": ("recall", "samples_recall", "recall_en", f"recall_{ASKED}", "recall_4"),
    "parameters": ("parameters",),
    "pictures": ("pictures",),
    "minutes": ("seconds",),
    "megabytes": (),
}
PERCENT = ("name_top5", "precision", "recall")


def models(x: Tensor) -> dict:
    """Every model that ships, with what was measured of it: {"rows": [[name, a number or None per column]]}; the name
    of one that an earlier judge measured bears a star."""
    names = [name for name in recipes.names() if checkpoints.stamp(name)]
    before = set(filter(_is_by_earlier_judge, names))
    rows = [[_title(name, name in before), *map(_number(name), COLUMNS)] for name in names]
    return {"rows": rows, "remarks": [["models.earlier", {}]] if before else []}


def _title(name: str, earlier: bool):
    """The model's name; one that draws a plane of codes shares it with the larger one, so it is told apart."""
    kind = ("plane" if name.endswith("_2d") else "plain") + ("_marked" if earlier else "")
    return [f"models.{kind}", {"name": f"model.{name}"}]


def _is_by_earlier_judge(name: str) -> bool:
    return bool(checkpoints.metrics(name)) and not Measured(checkpoints.assets()).is_by_shipped_judge(name)


def _number(name: str):
    """column → the number of a model."""
    found, config = checkpoints.metrics(name), checkpoints.metrics(name, "config.json")
    own = {
        "pixels": config.get("image_size"),
        "megabytes": (checkpoints.assets() / name / "model.safetensors").stat().st_size / 1e6,
    }

    def number(column: str) -> float | None:
        value = own.get(column, next((found[field] for field in COLUMNS[column] if field in found), None))
        if value is None:
            return None
        return value / 60 if column == "minutes" else 100 * value if column in PERCENT else value

    return number


def render(app: App):
    gr.Markdown(word("models.lead"), elem_classes=["lead"])
    shown = ranking(["models.model", *(f"models.{column}" for column in COLUMNS)])
    gr.Markdown(word("models.caution"))
    app.panel("models", models, {}, shown)
