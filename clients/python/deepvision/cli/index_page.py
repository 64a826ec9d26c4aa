"""index.html: all pages of a folder in one, to leaf through in a browser."""

import html
import pathlib
import string

_TEMPLATE = pathlib.Path(__file__).resolve().parent / "index_template.html"
_CARD = string.Template(
    '<a class="card" href="$file.png"><img loading="lazy" src="$file.png" alt="$id">'
    "<span><b>$id</b> $title</span><span>$shape</span></a>"
)


def write(folder, title, subtitle, infos):
    """infos: (file name without its end, LayerInfo) in execution order."""
    cards = "\n".join(
        _CARD.substitute(
            _escaped(
                file=file, id=info.id, title=info.title, shape=" × ".join(map(str, info.shape))
            )
        )
        for file, info in infos
    )
    template = string.Template(_TEMPLATE.read_text(encoding="utf-8"))
    page = template.substitute(**_escaped(title=title, subtitle=subtitle), cards=cards)
    (pathlib.Path(folder) / "index.html").write_text(page, encoding="utf-8")


def _escaped(**texts):
    return {key: html.escape(text) for key, text in texts.items()}
