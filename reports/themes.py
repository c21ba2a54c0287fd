"""The page's colours, light and dark, as variables of CSS. The models' are those of plots/style.py, made fit to be read
as text."""

from plots.style import look
from reports.contrast import readable

LIGHT = {
    "ink": "#1f2328", "muted": "#59626c", "grid": "#d8dce1", "paper": "#fffffe", "band": "#f4f5f7", "link": "#0a58a5",
    "good": "#1a6f32", "bad": "#b42318", "mixed": "#7d5200", "open": "#59626c",
}  # fmt: skip
DARK = {
    "ink": "#e6e8eb", "muted": "#a3abb5", "grid": "#3a414a", "paper": "#15181c", "band": "#1e2228", "link": "#7cb8f5",
    "good": "#4cc36b", "bad": "#ff8a7a", "mixed": "#e0b04c", "open": "#a3abb5",
}  # fmt: skip


def variable(model: str) -> str:
    """A variant has its model's colour."""
    return f"model-{model.partition('.')[0]}"


def declarations(theme: dict[str, str], models: list[str]) -> str:
    """The theme as declarations of CSS."""
    papers = [theme["paper"], theme["band"]]
    text = {variable(model): readable(look(model).colour, papers) for model in models}
    return " ".join(f"--{name}: {colour};" for name, colour in {**theme, **text}.items())


def both(models: list[str]) -> dict[str, str]:
    """What page.css asks for."""
    return {"light": declarations(LIGHT, models), "dark": declarations(DARK, models)}
