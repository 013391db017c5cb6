"""How the program looks: light and dark palettes, the layers' colours, the grid of 8 pixels."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

GRID = 8
"""All spacing is a multiple of this many pixels, or half of it."""


@dataclass(frozen=True)
class Theme:
    """The colours of one look; `theme()` gives the one in use."""

    window: str
    surface: str  # lists, cards, plots
    raised: str  # a card on a surface
    line: str
    text: str
    quiet_text: str
    accent: str
    on_accent: str
    error: str
    warning: str
    layers: tuple[str, ...]


LIGHT = Theme(
    window="#f3f4f6",
    surface="#ffffff",
    raised="#f8f9fb",
    line="#d5d9e0",
    text="#1c2330",
    quiet_text="#5b6575",
    accent="#1f6feb",
    on_accent="#ffffff",
    error="#b42318",
    warning="#8a5a00",
    layers=("#0072b2", "#c25e00", "#00825f", "#a8498a", "#7a6a00", "#3d8fc4", "#5b4fc7"),
)

DARK = Theme(
    window="#1b1f27",
    surface="#232833",
    raised="#2b313d",
    line="#3d4553",
    text="#e8ebf0",
    quiet_text="#a3adbc",
    accent="#5b9dff",
    on_accent="#0d1420",
    error="#ff8a7a",
    warning="#f2b84b",
    layers=("#56b4e9", "#f0a050", "#2fc69d", "#e39ac6", "#e4d454", "#8fb8de", "#a79cf0"),
)


def theme() -> Theme:
    """The theme that goes with the colours that the application has now."""
    return DARK if QGuiApplication.palette().window().color().lightness() < 128 else LIGHT


def layer_color(index: int) -> QColor:
    """The colour of the layer at ``index``, the same on its card and on its curves.

    The colours are told apart also with red-green blindness (after Okabe and Ito), and differ
    in lightness from each theme's background.
    """
    colors = theme().layers
    return QColor(colors[index % len(colors)])


def blend(first: QColor, second: QColor, share: float) -> QColor:
    """The opaque colour that is ``share`` of the way from the first to the second."""
    return QColor.fromRgbF(
        first.redF() + (second.redF() - first.redF()) * share,
        first.greenF() + (second.greenF() - first.greenF()) * share,
        first.blueF() + (second.blueF() - first.blueF()) * share,
    )


SCHEMES = ("system", "light", "dark")


def apply(app: QApplication) -> None:
    """Give the application the Fusion style and the theme that the user or the system wants."""
    app.setStyle("Fusion")
    _dress(app)
    app.styleHints().colorSchemeChanged.connect(lambda _: _dress(app))


def chosen_scheme() -> str:
    """Which of `SCHEMES` the user has chosen."""
    chosen = str(QSettings().value("window/scheme", "system"))
    return chosen if chosen in SCHEMES else "system"


def choose_scheme(scheme: str) -> None:
    """Change the look now and for the next start."""
    QSettings().setValue("window/scheme", scheme)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    _dress(app)


def _dress(app: QApplication) -> None:
    scheme = chosen_scheme()
    system_is_dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
    colors = DARK if scheme == "dark" or (scheme == "system" and system_is_dark) else LIGHT
    app.setPalette(palette(colors))
    app.setStyleSheet(SCROLL_BARS.format(handle=colors.line, pressed=colors.quiet_text))


SCROLL_BARS = """
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 8px; }}
QScrollBar:horizontal {{ height: 8px; }}
QScrollBar::handle {{ background: {handle}; border-radius: 4px; }}
QScrollBar::handle:vertical {{ min-height: 24px; }}
QScrollBar::handle:horizontal {{ min-width: 24px; }}
QScrollBar::handle:hover, QScrollBar::handle:pressed {{ background: {pressed}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def palette(colors: Theme) -> QPalette:
    """The theme as a Qt palette."""
    made = QPalette()
    role = QPalette.ColorRole
    for which, color in (
        (role.Window, colors.window),
        (role.WindowText, colors.text),
        (role.Base, colors.surface),
        (role.AlternateBase, colors.raised),
        (role.Text, colors.text),
        (role.Button, colors.raised),
        (role.ButtonText, colors.text),
        (role.Highlight, colors.accent),
        (role.HighlightedText, colors.on_accent),
        (role.ToolTipBase, colors.raised),
        (role.ToolTipText, colors.text),
        (role.PlaceholderText, colors.quiet_text),
        (role.Link, colors.accent),
        (role.Mid, colors.line),
    ):
        made.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        quiet = QColor(colors.quiet_text)
        quiet.setAlpha(140)
        made.setColor(QPalette.ColorGroup.Disabled, which, quiet)
    return made
