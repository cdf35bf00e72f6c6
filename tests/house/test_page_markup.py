"""The page's HTML and SVG come from autoescaped templates alone: its Python holds no markup and escapes nothing.

`breaches` reads source text only; the last tests plant one breach of every kind.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "sim" / "page"
FOLDER = "page/fragments/"
TAG = re.compile(r"<[/!]?[a-zA-Z]|/>|&#?\w+;")
WRITERS = {"escape", "escape_silent", "quoteattr", "Markup"}  # what makes markup, or passes as such
LIBRARIES = {"html", "markupsafe", "jinja2", "xml"}
UNSAFE = {
    "|safe": re.compile(r"\|\s*safe\b|\bMarkup\b|autoescape"),
    "an attribute without quotes": re.compile(r'<\w[^<>"]*(?:"[^"]*"[^<>"]*)*=\s*\{\{'),
    "told within a script": re.compile(r"\son\w+=\"[^\"]*\{[{%]|<script"),
}


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield every string, also those within f-strings; docstrings are none."""
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_string = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_string and id(node) not in documents:
            yield node


def for_types_only(tree: ast.AST) -> set[int]:
    """Return the nodes that only a type checker reads."""
    return {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }


def markup_functions(tree: ast.AST) -> set[str]:
    """Return the names of functions that return markup: `render`, and those annotated so in a file."""
    return {"render"} | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) == "Markup"
    }  # fmt: skip


def in_python(name: str, source: str) -> Iterator[str]:
    """Yield the places at which a file of the page writes markup, escapes, or shows what no template made."""
    tree = ast.parse(source)
    typed, safe = for_types_only(tree), markup_functions(tree)
    for node in strings(tree):
        if TAG.search(str(node.value)):
            yield f"{name}:{node.lineno}: markup in Python"
    for node in ast.walk(tree):
        if id(node) in typed:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            own = isinstance(node, ast.ImportFrom)
            taken = [node.module or ""] if own else [alias.name for alias in node.names]
            if LIBRARIES & {module.split(".")[0] for module in taken}:
                yield f"{name}:{node.lineno}: markup is made by `render` alone"
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in WRITERS:
                yield f"{name}:{node.lineno}: {called}() by hand"
            for word in node.keywords:
                of = getattr(word.value, "func", None)
                if word.arg == "unsafe_innerHTML" and getattr(of, "id", "") not in safe:
                    yield f"{name}:{node.lineno}: shown, but not from a template"


def in_template(name: str, source: str) -> Iterator[str]:
    """Yield the places at which a template lets a value through unescaped."""
    without = re.sub(r"\{% (if|else|endif).*?%\}", "", source)  # its ">" ends no tag
    for what, seen in UNSAFE.items():
        if seen.search(without):
            yield f"{name}: {what}"


def breaches(page: Path) -> list[str]:
    """Return every breach in the folder of the page, one line each."""
    found = []
    for file in sorted(page.rglob("*.py")):
        found += in_python(file.name, file.read_text("utf-8"))
    for file in sorted(page.rglob("*.j2")):
        found += in_template(file.name, file.read_text("utf-8"))
    return found


def test_the_page_makes_markup_by_templates_alone():
    assert breaches(PAGE) == []


def test_every_fragment_is_there_and_used():
    texts = [file.read_text("utf-8") for kind in ("py", "j2") for file in PAGE.rglob(f"*.{kind}")]
    named = {name for text in texts for name in re.findall(rf'"{FOLDER}([\w.]+)"', text)}
    assert named == {file.name for file in (PAGE / "fragments").iterdir()}
    assert len(named) > 15


SOUND = {
    "a.py": '''"""Writes no <b>."""
from typing import TYPE_CHECKING
from sim.render.templates import render
if TYPE_CHECKING:
    from markupsafe import Markup
def drawn(x: float) -> Markup:
    """Return an `<svg>`."""
    return render("page/fragments/a.svg.j2", path=f"M{x:.1f} 0", said="a < b & c")
solara.HTML(tag="p", unsafe_innerHTML=drawn(1.0))
''',
    "fragments/a.svg.j2": '<path d="{{ path }}" onclick="f()"/>{% if a | length %}{{ said }}{% endif %}\n',
}
PLANTED = {
    "an f-string": ("b.py", 'def f(x):\n    return f"<b>{x}</b>"\n'),
    "an end of a tag": ("b.py", 'def f(x):\n    return "".join([x, "</g>"])\n'),
    "an attribute's tag": ("b.py", "def f(x):\n    return '<path d=\"%s\"/>' % x\n"),
    "an entity": ("b.py", 'x = "a&nbsp;b"\n'),
    "html.escape": ("b.py", "import html\nx = html.escape('a')\n"),
    "escape": ("b.py", "from html import escape as plain\n"),
    "escape, late": (
        "b.py",
        "def f(x):\n    from markupsafe import Markup\n    return Markup(x)\n",
    ),
    "escape of others": ("b.py", "from sim.render.a import escape\nx = escape('a')\n"),
    "another environment": ("b.py", "def f():\n    import jinja2\n"),
    "text shown as it is": ("b.py", 'solara.HTML(tag="p", unsafe_innerHTML=watch.message)\n'),
    "text of a function": ("b.py", "solara.HTML(unsafe_innerHTML=f'{x}')\n"),
    "safe": ("fragments/b.html.j2", "{{ x | safe }}\n"),
    "no autoescape": ("fragments/b.html.j2", "{% autoescape false %}{{ x }}{% endautoescape %}\n"),
    "no quotes": ("fragments/b.html.j2", "<p class={{ x }}></p>\n"),
    "no quotes, if": (
        "fragments/b.html.j2",
        '<p a="b"{% if x > 0 %} class={{ x }}{% endif %}></p>\n',
    ),
    "a script": ("fragments/b.html.j2", '<p onclick="f({{ x }})"></p>\n'),
}


def build(page: Path, files: dict[str, str]) -> Path:
    for path, source in files.items():
        (page / path).parent.mkdir(parents=True, exist_ok=True)
        (page / path).write_text(source, encoding="utf-8")
    return page


def test_a_sound_page_passes(tmp_path):
    assert breaches(build(tmp_path, SOUND)) == []


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_breaches_are_seen(kind, tmp_path):
    path, source = PLANTED[kind]
    found = breaches(build(tmp_path, SOUND | {path: source}))
    assert found and all(line.startswith(Path(path).name) for line in found)
